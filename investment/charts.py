"""Figures for Plotly: rows in, `{data, layout}` out. What to draw stands here; `static/js/charts.js` draws it.

A figure carries no colour. Each trace says in `meta`, each annotation in `name`, which role it plays (actual, plan,
time, month, track, text); the script takes the role's colour from the style sheet, so that light, dark and print agree.
`layout.meta.narrow` holds the attributes that differ on a phone, `layout.meta.links` the addresses that the points lead
to, one for each place on the axis. Amounts in 亿元, rates in percent.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

import plotly.graph_objects as go

from projects.money import WAN_PER_YI, format_yi

from .addresses import chosen_behind, projects_behind
from .months import Month
from .overview import CategoryCard, CurveMonth
from .places import Place

Figure = dict[str, Any]
LABEL_ROOM = Decimal("0.13")  # two labels closer than this share of the axis would touch
LONGEST_NAME = 14  # characters of a category's name beside its rate; the whole name stands in the strip above


def _yi(amounts: Sequence[Decimal | None]) -> list[float | None]:
    return [None if amount is None else float(amount / WAN_PER_YI) for amount in amounts]


def _said(amounts: Sequence[Decimal | None]) -> list[str]:
    return [f"{format_yi(amount)} 亿元" if amount is not None else "" for amount in amounts]


def city_curve(
    months: Sequence[CurveMonth], filters: Mapping[str, int] | None = None, place: Place | None = None
) -> Figure:
    """The cumulative curve of a year against plan and time progress, over pale bars of the months.

    Without a plan there are neither plan nor time line; months that are not approved or not yet due are null. Each
    month up to the one shown leads to its projects: all, or those of the `filters` of the list and of the `place`.
    """
    names = [f"{row.month.number}月" for row in months]
    planned = [row.planned_to_date for row in months]
    done = [row.year_to_date for row in months]
    amounts = [row.amount for row in months]
    even = [row.if_even for row in months]
    figure = go.Figure(layout=layout(margin={"l": 44, "r": 76, "t": 24, "b": 32}, hovermode="x unified"))
    figure.add_bar(
        x=names, y=_yi(amounts), customdata=_said(amounts), meta="month", name="本月完成", width=0.55,
        hovertemplate="本月完成 %{customdata}<extra></extra>",
    )  # fmt: skip
    if any(even):
        figure.add_scatter(x=names, y=_yi(even), mode="lines", line={"dash": "dot"}, meta="time", hoverinfo="skip")
        figure.add_scatter(
            x=names, y=_yi(planned), customdata=_said(planned), mode="lines", meta="plan", name="累计计划",
            hovertemplate="累计计划 %{customdata}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=names, y=_yi(done), customdata=_said(done), mode="lines+markers", meta="actual", name="累计完成",
        hovertemplate="累计完成 %{customdata}<extra></extra>",
    )  # fmt: skip
    for label in _curve_labels(names, planned, done, even):
        figure.add_annotation(**label)
    figure.update_xaxes(type="category", tickangle=0, showgrid=False, showline=True)
    figure.update_yaxes(rangemode="tozero", tickformat=",~f", nticks=7, zeroline=False, showline=False)
    links = [None if row.state == "ahead" else _list_of(row.month, filters or {}, place) for row in months]
    figure.update_layout(meta={"narrow": {"xaxis.dtick": 2, "margin.l": 34, "margin.r": 62}, "links": links})
    return figure.to_plotly_json()


def _list_of(month: Month, filters: Mapping[str, int], place: Place | None) -> str | None:
    return chosen_behind(place, month, **filters) if place else projects_behind(month, **filters)


def _curve_labels(
    names: list[str], planned: list[Decimal | None], done: list[Decimal | None], even: list[Decimal | None]
) -> list[Figure]:
    """Direct labels: the plan at December, the actual at its last month, the time progress along its line."""
    labels = []
    highest = max((amount for amount in (*planned, *done) if amount is not None), default=Decimal(0))
    last = max((index for index, amount in enumerate(done) if amount is not None), default=-1)
    for role, word, index, amount in (("plan", "计划", -1, planned[-1]), ("actual", "完成", last, done[last])):
        if amount is not None:
            labels.append(_end_label(role, word, names[index], amount, on_axis=amount < highest * LABEL_ROOM))
    _keep_apart(labels, float(highest * LABEL_ROOM))
    if any(even):
        middle = 5 if last == -1 or last >= 8 else 8  # where the label of the actual is not
        labels.append(
            {"name": "time", "text": "时间进度", "x": names[middle], "y": _yi(even)[middle], "showarrow": False,
             "xanchor": "right", "yanchor": "bottom", "xshift": -4}
        )  # fmt: skip
    return labels


def _end_label(role: str, word: str, month: str, amount: Decimal, on_axis: bool) -> Figure:
    return {
        "name": role, "text": f"{word}<br>{format_yi(amount)}", "x": month, "y": float(amount / WAN_PER_YI),
        "xanchor": "left", "xshift": 9, "yanchor": "bottom" if on_axis else "middle", "align": "left",
        "showarrow": False,
    }  # fmt: skip


def _keep_apart(labels: list[Figure], room: float) -> None:
    """Move two labels of one month away from each other when there is less than `room` (万元) between them."""
    if len(labels) == 2 and labels[0]["x"] == labels[1]["x"]:
        lower, upper = sorted(labels, key=lambda label: label["y"])
        if (upper["y"] - lower["y"]) * WAN_PER_YI < room:
            lower["yshift"], upper["yshift"] = -17, 17


def category_bullets(cards: Sequence[CategoryCard], month: Month) -> Figure:
    """One bullet bar per category: its completion on a pale track of 100 %, with a tick at the time progress.

    A completion over 100 % runs past the track; without one there is no bar and the label says so. A bar leads to the
    projects of its category.
    """
    rows = list(range(len(cards)))
    rates = [None if card.completion is None else float(card.completion) for card in cards]
    elapsed = [float(card.time_progress) for card in cards]
    widest = max([100.0, *(rate for rate in rates if rate is not None)])
    figure = go.Figure(layout=layout(margin={"l": 2, "r": 6, "t": 6, "b": 20}, barmode="overlay"))
    bar = {"orientation": "h", "y": rows, "width": 0.2, "hoverinfo": "none"}
    figure.add_bar(x=[100] * len(cards), meta="track", **bar)
    figure.add_bar(x=rates, meta="actual", **bar)
    figure.add_scatter(
        x=elapsed, y=rows, mode="markers", meta="time", hoverinfo="skip", cliponaxis=False,
        marker={"symbol": "line-ns", "size": 12, "line": {"width": 2.5}},
    )  # fmt: skip
    for row, card in enumerate(cards):
        figure.add_annotation(**_above_bar(row, "left", _what(card)))
        figure.add_annotation(**_above_bar(row, "right", _how_far(card)), font={"weight": 600})
    if cards:
        figure.add_annotation(**_tick_label(len(cards) - 1, cards[0].time_progress, widest))
    figure.update_xaxes(range=[0, widest * 1.005], visible=False)
    figure.update_yaxes(range=[len(cards) - 0.6, -0.6], visible=False)
    figure.update_layout(meta={"links": [card.projects for card in cards]})
    return figure.to_plotly_json()


def _what(card: CategoryCard) -> str:
    name = card.category.name
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    name = escape(name, quote=False)  # Plotly reads tags in its labels
    return f"{name} · {card.measure_label}" if card.measure else name


def _how_far(card: CategoryCard) -> str:
    if card.completion is not None:
        return f"{card.completion}%"
    return "尚无审定数据" if card.measure == "money" else "尚无计划或目标"


def _above_bar(row: int, side: str, text: str) -> Figure:
    x, inset = (0, -2) if side == "left" else (1, 2)
    return {
        "name": "text", "text": text, "xref": "paper", "x": x, "xanchor": side, "xshift": inset, "y": row,
        "yanchor": "bottom", "yshift": 13, "showarrow": False,
    }  # fmt: skip


def _tick_label(row: int, elapsed: Decimal, widest: float) -> Figure:
    """'时间进度 50.00%' under the lowest tick, turned inwards at both ends."""
    share = float(elapsed) / widest
    anchor = "left" if share < 0.2 else "right" if share > 0.8 else "center"
    return {
        "name": "time", "text": f"时间进度 {elapsed}%", "x": float(elapsed), "xanchor": anchor, "y": row,
        "yanchor": "top", "yshift": -12, "showarrow": False,
    }  # fmt: skip


def layout(**own: Any) -> Figure:
    """What all figures share: no template, no legend, no zooming (a finger on the chart scrolls the page)."""
    return {
        "template": "none",
        "showlegend": False,
        "dragmode": False,
        "xaxis": {"fixedrange": True},
        "yaxis": {"fixedrange": True},
        **own,
    }
