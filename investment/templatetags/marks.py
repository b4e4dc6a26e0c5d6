"""The marks that every page draws alike."""

from decimal import Decimal
from typing import Any

from django import template

from ..plausibility import check_unit

register = template.Library()
WIDEST = 120  # percent at the right end of a bullet bar; what is above is cut in the drawing, never in the figure


@register.filter
def apart(name: object) -> str:
    """A name inside a Chinese sentence: a space follows a Latin letter or a digit, as typesetting asks."""
    text = str(name)
    return f"{text} " if text[-1:].isascii() and text[-1:].isalnum() else text


register.filter("check_unit", check_unit)


@register.inclusion_tag("first_picture.html")
def first_picture(figure: dict[str, Any]) -> dict[str, Any]:
    """What a figure of months will look like, as plain SVG: seen before Plotly is loaded, and where it never is.

    Bars and lines of the figure's traces in a box of 1200 × 1000, on the axes that Plotly will choose; no text.
    """
    traces = [(trace, [(x, y) for x, y in enumerate(trace["y"]) if y is not None]) for trace in figure["data"]]
    highest = max((y for _, points in traces for _, y in points), default=0) * 1.05 or 1
    bars = [
        (trace["meta"], x * 100 + 22, f"{1000 - y * 1000 / highest:.0f}", f"{y * 1000 / highest:.0f}")
        for trace, points in traces
        if trace["type"] == "bar"
        for x, y in points
    ]
    lines = [
        (trace["meta"], " ".join(f"{x:.0f},{1000 - y * 1000 / highest:.0f}" for x, y in _corners(trace, points)))
        for trace, points in traces
        if trace["type"] != "bar"
    ]
    return {"bars": bars, "lines": lines}


def _corners(trace: dict[str, Any], points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Where the line of a trace turns: in the middle of each month, or at both ends of it where it has steps."""
    if trace.get("line", {}).get("shape") == "hvh":
        return [(x * 100 + end, y) for x, y in points for end in (0, 100)]
    return [(x * 100 + 50, y) for x, y in points]


@register.inclusion_tag("bullet.html")
def bullet(rate: Decimal | None, time_progress: Decimal | None, leads_to: str = "") -> dict[str, Any]:
    """A completion rate in percent as a bar on a track, with a tick at the time progress. Without a rate, nothing.

    `leads_to` is what a click opens; the number beside the bar is the same way for keyboard and screen reader.
    """
    return {"done": _share(rate), "tick": _share(time_progress), "full": _share(Decimal(100)), "leads_to": leads_to}


def _share(percent: Decimal | None) -> str | None:
    """Where a percentage stands on the bar, as SVG writes it."""
    return None if percent is None else f"{min(percent, Decimal(WIDEST)) * 100 / WIDEST:.2f}%"
