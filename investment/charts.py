"""Figures for Plotly: rows in, `{data, layout}` out. What to draw stands here; `static/js/charts.js` draws it.

A figure carries no colour. Each trace says in `meta`, each annotation in `name`, which role it plays (actual, plan,
last-year, time, month, track, text, unit, lamp-green, lamp-yellow, lamp-red, lamp-grey; bars may have a list of roles);
the script takes the role's colour from the style sheet, so that light, dark and print agree. Amounts in 亿元, rates in
percent. `layout.meta` holds the rest, the same for all figures:

title, unit      what the figure shows; `dated` adds whose figures, of which month and as of when they are
places           the whole names of the places on the axis, where `x` does not say them
links            the addresses that the places lead to; None where there is nothing to open
narrow           the attributes that differ on a phone
empty            a sentence, in place of all else, where there is nothing to draw

A trace with a `name` is a column of the table that the script reads aloud; its `customdata` are the cells, in words.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

import plotly.graph_objects as go
from django.utils import timezone

from projects.money import WAN_PER_YI, format_yi

from .addresses import chosen_behind, projects_behind
from .months import Month
from .overview import CategoryCard, CurveMonth
from .places import Place

Figure = dict[str, Any]
LABEL_ROOM = Decimal("0.13")  # two labels closer than this share of the axis would touch
LABEL_HEIGHT = 34  # the same in pixels
# The lines of the curve: what they are called, in short beside their end, and how they are drawn.
LINES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "plan": ("累计计划", "计划", {"mode": "lines"}),
    "last-year": ("上年同期累计", "上年", {"mode": "lines", "line": {"dash": "dash"}}),
    "actual": ("累计完成", "完成", {"mode": "lines+markers"}),
}
LONGEST_NAME = 14  # characters of a category's name beside its rate; the whole name stands in the strip above


def _yi(amounts: Sequence[Decimal | None]) -> list[float | None]:
    return [None if amount is None else float(amount / WAN_PER_YI) for amount in amounts]


def _said(amounts: Sequence[Decimal | None]) -> list[str]:
    return [f"{format_yi(amount)} 亿元" if amount is not None else "" for amount in amounts]


def nothing(sentence: str) -> Figure:
    """Where there is nothing to draw: the sentence says so, and what would change it."""
    return {"data": [], "layout": {"meta": {"empty": sentence}}}


def dated(figure: Figure, place: Place, subject: object = "") -> Figure:
    """The figure with what an image of it must say: whose figures (those of `subject`), of which month, as of when."""
    as_of = place.freshness.as_of
    figure["layout"]["meta"] |= {
        "subject": str(subject or place.name),
        "month": place.month.label,
        "as_of": f"{timezone.localtime(as_of):%Y-%m-%d %H:%M}" if as_of else "未知",
    }
    return figure


def city_curve(
    months: Sequence[CurveMonth], filters: Mapping[str, int] | None = None, place: Place | None = None
) -> Figure:
    """The cumulative curve of a year against plan, time progress and the year before, over pale bars of the months.

    Without a plan there are neither plan nor time line; months that are not approved or not yet due are null. Each
    month up to the one shown leads to its projects: all, or those of the `filters` of the list and of the `place`.
    """
    names = [f"{row.month.number}月" for row in months]
    amounts, even = [row.amount for row in months], [row.if_even for row in months]
    planned = [row.planned_to_date for row in months] if any(even) else []
    last_year, done = [row.last_year for row in months], [row.year_to_date for row in months]
    lines = {"plan": planned, "last-year": last_year, "actual": done}
    if not any(amount is not None for line in lines.values() for amount in line):
        return nothing("还没有年度计划，也没有审定的月报。下达计划或审定第一份月报后，这里画出累计完成投资。")
    figure = go.Figure(layout=layout(margin={"l": 44, "r": 76, "t": 24, "b": 32}, hovermode="x unified"))
    figure.add_bar(
        x=names, y=_yi(amounts), customdata=_said(amounts), meta="month", name="本月完成", width=0.55,
        hovertemplate="本月完成 %{customdata}<extra></extra>",
    )  # fmt: skip
    if any(even):
        figure.add_scatter(x=names, y=_yi(even), mode="lines", line={"dash": "dot"}, meta="time", hoverinfo="skip")
    for role, (name, _, look) in LINES.items():
        if any(amount is not None for amount in lines[role]) or role == "actual":
            figure.add_scatter(
                x=names, y=_yi(lines[role]), customdata=_said(lines[role]), meta=role, name=name,
                hovertemplate=f"{name} %{{customdata}}<extra></extra>", **look,
            )  # fmt: skip
    for label in _curve_labels(names, lines, even):
        figure.add_annotation(**label)
    figure.add_annotation(**unit_label("亿元"))
    figure.update_xaxes(type="category", tickangle=0, showgrid=False, showline=True)
    figure.update_yaxes(rangemode="tozero", tickformat=",~f", nticks=7, zeroline=False, showline=False)
    links = [None if row.state == "ahead" else _list_of(row.month, filters or {}, place) for row in months]
    narrow = {"xaxis.dtick": 2, "margin.l": 34, "margin.r": 62}
    title = f"{months[0].month.year}年累计完成投资"
    figure.update_layout(meta={"title": title, "unit": "亿元", "narrow": narrow, "links": links})
    return figure.to_plotly_json()


def _list_of(month: Month, filters: Mapping[str, int], place: Place | None) -> str | None:
    return chosen_behind(place, month, **filters) if place else projects_behind(month, **filters)


def _curve_labels(
    names: list[str], lines: Mapping[str, Sequence[Decimal | None]], even: list[Decimal | None]
) -> list[Figure]:
    """Direct labels: each line at its last month, the time progress along its own."""
    labels = []
    highest = max(amount for amounts in lines.values() for amount in amounts if amount is not None)
    ends = {role: _last(amounts) for role, amounts in lines.items()}
    for role, end in ends.items():
        if end is not None and (amount := lines[role][end]) is not None:
            labels.append(_end_label(role, names[end], amount, on_axis=amount < highest * LABEL_ROOM))
    _keep_apart(labels, float(highest / WAN_PER_YI))
    if any(even):
        last = ends["actual"]
        middle = 5 if last is None or last >= 8 else 8  # where the label of the actual is not
        labels.append(
            {"name": "time", "text": "时间进度", "x": names[middle], "y": _yi(even)[middle], "showarrow": False,
             "xanchor": "right", "yanchor": "bottom", "xshift": -4}
        )  # fmt: skip
    return labels


def _last(amounts: Sequence[Decimal | None]) -> int | None:
    """The last place with an amount."""
    return max((index for index, amount in enumerate(amounts) if amount is not None), default=None)


def _end_label(role: str, month: str, amount: Decimal, on_axis: bool) -> Figure:
    """In two lines beside the end of its line; in one on the axis, below the lines that rise from there."""
    text = (" " if on_axis else "<br>").join((LINES[role][1], format_yi(amount)))
    return {
        "name": role, "text": text, "x": month, "y": float(amount / WAN_PER_YI),
        "xanchor": "left", "xshift": 9, "yanchor": "bottom" if on_axis else "middle", "align": "left",
        "showarrow": False,
    }  # fmt: skip


def _keep_apart(labels: list[Figure], highest: float) -> None:
    """Move labels of one month away from each other until each has its room; their middle stays where it is."""
    for month in {label["x"] for label in labels}:
        column = sorted((label for label in labels if label["x"] == month), key=lambda label: label["y"])
        own = [label["y"] / highest / float(LABEL_ROOM) * LABEL_HEIGHT if highest else 0.0 for label in column]
        moved = own[:1]
        for height in own[1:]:
            moved.append(max(height, moved[-1] + LABEL_HEIGHT))
        down = (sum(moved) - sum(own)) / len(own)
        for label, height, wanted in zip(column, own, moved, strict=True):
            if down:
                label["yshift"] = round(wanted - down - height)


def unit_label(unit: str) -> Figure:
    """The unit above the axis of the amounts."""
    return {
        "name": "unit", "text": unit, "xref": "paper", "x": 0, "xanchor": "right", "xshift": -6, "yref": "paper",
        "y": 1, "yanchor": "bottom", "yshift": 2, "showarrow": False,
    }  # fmt: skip


def category_bullets(cards: Sequence[CategoryCard], month: Month) -> Figure:
    """One bullet bar per category: its completion on a pale track of 100 %, with a tick at the time progress.

    A completion over 100 % runs past the track; without one there is no bar and the label says so. A bar leads to the
    projects of its category.
    """
    if not cards:
        return nothing("还没有类别。登记类别并列入项目后，这里画出各类别的完成率。")
    rows = list(range(len(cards)))
    rates = [None if card.completion is None else float(card.completion) for card in cards]
    elapsed = [float(card.time_progress) for card in cards]
    widest = max([100.0, *(rate for rate in rates if rate is not None)])
    figure = go.Figure(layout=layout(margin={"l": 2, "r": 6, "t": 6, "b": 20}, barmode="overlay"))
    whole = [f"{escape(card.category.name, quote=False)}<br>{_how_far(card)}<extra></extra>" for card in cards]
    bar = {"orientation": "h", "y": rows, "width": 0.2, "hovertemplate": whole}
    figure.add_bar(x=[100] * len(cards), meta="track", **bar)
    figure.add_bar(x=rates, meta="actual", name="完成率", customdata=[_how_far(card) for card in cards], **bar)
    figure.add_scatter(
        x=elapsed, y=rows, mode="markers", meta="time", hoverinfo="skip", cliponaxis=False, name="时间进度",
        customdata=[f"{card.time_progress}%" for card in cards],
        marker={"symbol": "line-ns", "size": 12, "line": {"width": 2.5}},
    )  # fmt: skip
    for row, card in enumerate(cards):
        figure.add_annotation(**_above_bar(row, "left", _what(card)))
        figure.add_annotation(**_above_bar(row, "right", _how_far(card)), font={"weight": 600})
    figure.add_annotation(**_tick_label(len(cards) - 1, cards[0].time_progress, widest))
    figure.update_xaxes(range=[0, widest * 1.005], visible=False, showspikes=False)
    figure.update_yaxes(range=[len(cards) - 0.6, -0.6], visible=False)
    places = [f"{card.category.name}（{card.measure_label}）" if card.measure else card.category.name for card in cards]
    links = [card.projects for card in cards]
    figure.update_layout(meta={"title": f"{month.year}年各类别完成率", "unit": "%", "places": places, "links": links})
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
