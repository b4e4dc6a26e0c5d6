"""The figure on the page of one project, for Plotly; the roles are those of `charts`. Amounts in 万元."""

from collections.abc import Sequence
from decimal import Decimal

import plotly.graph_objects as go

from projects.money import format_wan

from .charts import Figure, layout, nothing, unit_label
from .project_file import ProjectMonth


def project_year(months: Sequence[ProjectMonth]) -> Figure:
    """The year month by month: bars for what was completed, a step line for the plan of the month.

    A month without an approved amount is null, never zero; without a plan there is no line, and in the month of a
    revision it is broken. What then stands alone is a tick as wide as a bar.
    """
    names = [f"{row.month.number}月" for row in months]
    done, planned = [row.amount for row in months], [row.planned for row in months]
    if not any(amount is not None for amount in (*done, *planned)):
        return nothing("还没有年度计划，也没有审定的月报。下达计划或审定第一份月报后，这里画出逐月完成投资。")
    figure = go.Figure(layout=layout(margin={"l": 64, "r": 44, "t": 26, "b": 32}, hovermode="x unified"))
    figure.add_bar(
        x=names, y=_wan(done), customdata=_said(done), meta="actual", name="本月完成", width=0.5,
        hovertemplate="本月完成 %{customdata}<extra></extra>",
    )  # fmt: skip
    with_plan = [index for index, amount in enumerate(planned) if amount is not None]
    if with_plan:
        figure.add_scatter(
            x=names, y=_wan(planned), customdata=_said(planned), line={"shape": "hvh"}, meta="plan",
            mode="lines+markers", marker={"symbol": "line-ew", "size": _alone(planned), "line": {"width": 2}},
            name="当月计划", hovertemplate="当月计划 %{customdata}<extra></extra>",
        )  # fmt: skip
        figure.add_annotation(
            name="plan", text="计划", x=names[with_plan[-1]], y=_wan(planned)[with_plan[-1]], xanchor="left", xshift=16,
            yanchor="middle", showarrow=False,
        )  # fmt: skip
    figure.update_xaxes(type="category", tickangle=0, showgrid=False, showline=True)
    figure.update_yaxes(rangemode="tozero", tickformat=",~f", nticks=6, zeroline=False, showline=False)
    figure.add_annotation(**unit_label("万元"))
    narrow = {"xaxis.dtick": 2, "margin.l": 52, "margin.r": 40}
    title = f"{months[0].month.year}年逐月完成投资"
    figure.update_layout(meta={"title": title, "unit": "万元", "narrow": narrow})
    return figure.to_plotly_json()


def _alone(planned: Sequence[Decimal | None]) -> list[int]:
    """How wide the tick of each month is: only what has no neighbour needs one, no line leads to it."""
    known = [False, *(amount is not None for amount in planned), False]
    return [14 if known[at] and not known[at - 1] and not known[at + 1] else 0 for at in range(1, len(known) - 1)]


def _wan(amounts: Sequence[Decimal | None]) -> list[float | None]:
    return [None if amount is None else float(amount) for amount in amounts]


def _said(amounts: Sequence[Decimal | None]) -> list[str]:
    return [f"{format_wan(amount)} 万元" if amount is not None else "" for amount in amounts]
