"""What a proposed correction or change of plan would do to the figures, worked out before anybody decides.

Amounts in 万元, rates in percent. Nothing here is stored: the engine makes the figures once a proposal is approved.
"""

from dataclasses import dataclass
from decimal import Decimal

from projects.models import Project

from .models import AnnualPlan, MonthlyReport, ProjectProgress
from .months import Month
from .plan_changes import curve_after, plan_in_force, plans_of
from .rates import percent


@dataclass(frozen=True)
class MonthEffect:
    """A month's year to date, and what a correction makes of it."""

    month: Month
    planned: Decimal | None
    before: Decimal
    after: Decimal

    @property
    def rate_before(self) -> Decimal | None:
        return percent(self.before, self.planned)

    @property
    def rate_after(self) -> Decimal | None:
        return percent(self.after, self.planned)


@dataclass(frozen=True)
class PlanLine:
    """A plan of the year, and how much of it is completed to date.

    `in_force`: it is the one of that month; `proposed`: it is not decided.
    """

    label: str
    amount: Decimal
    rate: Decimal | None
    effective_month: int
    in_force: bool = False
    proposed: bool = False


@dataclass(frozen=True)
class CurveLine:
    """What is planned for a month by the plan in force in it, and what a change of plan makes of it."""

    month: int
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class PlanEffect:
    """The plans of a year side by side as of the latest month with figures; the curve if the plan has one."""

    as_of: Month | None
    year_to_date: Decimal | None
    lines: list[PlanLine]
    curve: list[CurveLine]


def correction_effect(report: MonthlyReport, difference: Decimal) -> list[MonthEffect]:
    """The month and the later ones of its year that have figures."""
    rows = _rows(report.project, report.year)
    known = [row.month for row in rows if row.amount is not None]
    return [
        MonthEffect(Month(row.year, row.month), row.planned_year, row.year_to_date, row.year_to_date + difference)
        for row in rows
        if known and report.month <= row.month <= max(known)
    ]


def plan_effect(
    project: Project, year: int, amount: Decimal | None = None, effective_month: int | None = None
) -> PlanEffect:
    """The plans as they stand; with an amount and a month, what would come of a change."""
    now = next((row for row in reversed(_rows(project, year)) if row.amount is not None), None)
    year_to_date = now.year_to_date if now else None
    plans = plans_of(project, year)
    in_force = plan_in_force(plans, now.month) if now else None
    lines = [
        PlanLine(
            label(plan),
            plan.amount,
            percent(year_to_date, plan.amount),
            plan.effective_month,
            in_force=plan == in_force,
        )
        for plan in plans
    ]
    curve: list[CurveLine] = []
    if amount is not None and effective_month is not None:
        lines.append(PlanLine("拟调整为", amount, percent(year_to_date, amount), effective_month, proposed=True))
        curve = _curve(plans, amount, effective_month) if plans else []
    return PlanEffect(Month(now.year, now.month) if now else None, year_to_date, lines, curve)


def label(plan: AnnualPlan) -> str:
    return f"第{plan.revision}次调整" if plan.revision else "年初计划"


def _curve(plans: list[AnnualPlan], amount: Decimal, effective_month: int) -> list[CurveLine]:
    """The months as planned and as they would be: the change revises the last plan, and counts from its month on."""
    curves = {plan: dict(plan.curve.values_list("month", "amount")) for plan in plans}
    revised = curve_after(curves[plans[-1]], amount, effective_month)
    lines = []
    for month in sorted(revised):
        plan = plan_in_force(plans, month)
        before = curves[plan].get(month, Decimal(0)) if plan else Decimal(0)
        lines.append(CurveLine(month, before, revised[month] if month >= effective_month else before))
    return lines


def _rows(project: Project, year: int) -> list[ProjectProgress]:
    return list(ProjectProgress.objects.filter(project=project, year=year).order_by("month"))
