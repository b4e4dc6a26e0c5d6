"""The figure of `/cadence/`, for Plotly; the roles are those of `charts`. Amounts in 亿元."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

import plotly.graph_objects as go

from projects.money import WAN_PER_YI, format_yi

from .cadence import Line
from .charts import LONGEST_NAME, Figure, layout

NONE = "没有审定的月报"
ROOM = 6  # rows that have room at least, so that the bars of one alone are no thicker


def compared(lines: Sequence[Line]) -> Figure:
    """Two bars for each group: pale what it completed then, above it in the accent what it completed now.

    Without an approved report there is no bar, and the label says so. A bar leads to the projects of its group.
    """
    rows = list(range(len(lines)))
    now = [line.now.amount for line in lines]
    then = [line.then.amount if line.then else None for line in lines]
    figure = go.Figure(layout=layout(margin={"l": 2, "r": 6, "t": 6, "b": 8}, barmode="group", bargap=0.62))
    for role, word, amounts in (("month", "上期", then), ("actual", "本期", now)):
        figure.add_bar(
            x=_yi(amounts), y=rows, orientation="h", meta=role, name=word, customdata=_said(amounts),
            hovertemplate=f"{word} %{{customdata}}<extra></extra>",
        )  # fmt: skip
    for row, line in enumerate(lines):
        figure.add_annotation(**_above(row, "left", escape(_short(line.name), quote=False)))
        figure.add_annotation(**_above(row, "right", _how_much(line)), font={"weight": 600})
    figure.update_xaxes(rangemode="tozero", visible=False)
    figure.update_yaxes(range=[max(len(lines), ROOM) - 0.5, -0.75], visible=False)
    figure.update_layout(meta={"links": [line.behind for line in lines]})
    return figure.to_plotly_json()


def _yi(amounts: Sequence[Decimal | None]) -> list[float | None]:
    return [None if amount is None else float(amount / WAN_PER_YI) for amount in amounts]


def _said(amounts: Sequence[Decimal | None]) -> list[str]:
    return [NONE if amount is None else f"{format_yi(amount)} 亿元" for amount in amounts]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _how_much(line: Line) -> str:
    """'3.20 亿元，+12.50%'; without a percentage the amount alone."""
    if line.now.amount is None:
        return NONE
    amount = f"{format_yi(line.now.amount)} 亿元"
    return amount if line.percent is None else f"{amount}，{line.percent:+,.2f}%".replace("-", "−")


def _above(row: int, side: str, text: str) -> Figure:
    x, inset = (0, -2) if side == "left" else (1, 2)
    return {
        "name": "text", "text": text, "xref": "paper", "x": x, "xanchor": side, "xshift": inset, "y": row,
        "yanchor": "bottom", "yshift": 12, "showarrow": False,
    }  # fmt: skip
