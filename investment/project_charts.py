"""The figure on the page of one project, for Plotly; the roles are those of `charts`. Amounts in 万元."""

from collections.abc import Sequence
from decimal import Decimal

import plotly.graph_objects as go

from projects.money import format_wan

from .charts import Figure, layout
from .project_file import ProjectMonth


def project_year(months: Sequence[ProjectMonth]) -> Figure:
    """The year month by month: bars for what was completed, a step line for the plan of the month.

    A month without an approved amount is null, never zero; without a plan there is no line, and in the month of a
    revision it is broken.
    """
    names = [f"{row.month.number}月" for row in months]
    done, planned = [row.amount for row in months], [row.planned for row in months]
    figure = go.Figure(layout=layout(margin={"l": 64, "r": 44, "t": 18, "b": 32}, hovermode="x unified"))
    figure.add_bar(
        x=names, y=_wan(done), customdata=_said(done), meta="actual", name="本月完成", width=0.5,
        hovertemplate="本月完成 %{customdata}<extra></extra>",
    )  # fmt: skip
    with_plan = [index for index, amount in enumerate(planned) if amount is not None]
    if with_plan:
        figure.add_scatter(
            x=names, y=_wan(planned), customdata=_said(planned), mode="lines", line={"shape": "hvh"}, meta="plan",
            name="当月计划", hovertemplate="当月计划 %{customdata}<extra></extra>",
        )  # fmt: skip
        figure.add_annotation(
            name="plan", text="计划", x=names[with_plan[-1]], y=_wan(planned)[with_plan[-1]], xanchor="left", xshift=16,
            yanchor="middle", showarrow=False,
        )  # fmt: skip
    figure.update_xaxes(type="category", tickangle=0, showgrid=False, showline=True)
    figure.update_yaxes(rangemode="tozero", tickformat=",~f", nticks=6, zeroline=False, showline=False)
    figure.update_layout(meta={"narrow": {"xaxis.dtick": 2, "margin.l": 52, "margin.r": 40}})
    return figure.to_plotly_json()


def _wan(amounts: Sequence[Decimal | None]) -> list[float | None]:
    return [None if amount is None else float(amount) for amount in amounts]


def _said(amounts: Sequence[Decimal | None]) -> list[str]:
    return [f"{format_wan(amount)} 万元" if amount is not None else "" for amount in amounts]
