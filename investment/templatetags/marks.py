"""The marks that every page draws alike."""

from decimal import Decimal
from typing import Any

from django import template

register = template.Library()
WIDEST = 120  # percent at the right end of a bullet bar; what is above is cut in the drawing, never in the figure


@register.filter
def apart(name: object) -> str:
    """A name inside a Chinese sentence: a space follows a Latin letter or a digit, as typesetting asks."""
    text = str(name)
    return f"{text} " if text[-1:].isascii() and text[-1:].isalnum() else text


@register.inclusion_tag("bullet.html")
def bullet(rate: Decimal | None, time_progress: Decimal | None) -> dict[str, Any]:
    """A completion rate in percent as a bar on a track, with a tick at the time progress. Without a rate, no bar."""
    return {"done": _share(rate), "tick": _share(time_progress), "full": _share(Decimal(100))}


def _share(percent: Decimal | None) -> str | None:
    """Where a percentage stands on the bar, as SVG writes it."""
    return None if percent is None else f"{min(percent, Decimal(WIDEST)) * 100 / WIDEST:.2f}%"
