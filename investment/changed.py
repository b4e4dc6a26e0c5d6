"""What changed since a month was closed: approved corrections, and reports that came in by an exception.

The closed figures stay readable as they were; here they stand beside those of today. Amounts in 万元.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef

from projects.models import Project, User

from .models import Correction, MonthlyReport, Period, ProjectProgress, ReportMove
from .months import Month, after, before
from .places import UnknownMonthError, month_asked

NOTHING = Decimal(0)


@dataclass(frozen=True)
class ChangedProject:
    """One project's figures of the month as they were closed, and as they are now. None: there is no such figure."""

    project: Project
    closed_amount: Decimal | None
    amount: Decimal | None
    closed_year_to_date: Decimal | None
    year_to_date: Decimal | None
    difference: Decimal
    year_difference: Decimal


@dataclass(frozen=True)
class ChangedTotal:
    """The sums over the projects whose figures differ, as closed and now."""

    closed_amount: Decimal
    amount: Decimal
    closed_year_to_date: Decimal
    year_to_date: Decimal

    @property
    def difference(self) -> Decimal:
        return self.amount - self.closed_amount

    @property
    def year_difference(self) -> Decimal:
        return self.year_to_date - self.closed_year_to_date


@dataclass(frozen=True)
class ChangedMonth:
    """A closed month as one reader may see it, with all closed months and how many corrections each has."""

    user: User
    period: Period
    months: list[Month]
    corrected: dict[Month, int]

    @property
    def month(self) -> Month:
        return self.period.of_month

    @property
    def previous(self) -> Month | None:
        return before(self.month, self.months)

    @property
    def next(self) -> Month | None:
        return after(self.month, self.months)

    @cached_property
    def corrections(self) -> list[Correction]:
        """The approved corrections of this month's reports, in the order of their approval."""
        return [each for each in self._corrections_to_date if each.report.month == self.period.month]

    @cached_property
    def late(self) -> list[MonthlyReport]:
        """The month's reports that were first approved after the close."""
        return [report for report in self._late_to_date if report.month == self.period.month]

    @cached_property
    def projects(self) -> list[ChangedProject]:
        """The projects whose month or year to date is another one since, by code."""
        month, year, late = defaultdict[int, Decimal](Decimal), defaultdict[int, Decimal](Decimal), set()
        for report in self._late_to_date:
            _add(month, year, report, self.month, report.amount or NOTHING)
            late.add(report.pk)
        for correction in self._corrections_to_date:
            _add(month, year, correction.report, self.month, correction.difference)
        ids = [pk for pk in year if year[pk] or month[pk]]
        reports = {report.project_id: report for report in self._approved(ids)}
        rows = {row.project_id: row for row in self._figures(ids)}
        return [
            _changed(each, reports.get(each.pk), rows.get(each.pk), month[each.pk], year[each.pk], late)
            for each in Project.objects.filter(pk__in=ids).order_by("code")
        ]

    @cached_property
    def total(self) -> ChangedTotal:
        names = ("closed_amount", "amount", "closed_year_to_date", "year_to_date")
        return ChangedTotal(**{name: _sum(getattr(each, name) for each in self.projects) for name in names})

    @cached_property
    def _corrections_to_date(self) -> list[Correction]:
        """Those of this month and of the earlier ones of its year: all of them move the year to date."""
        found = Correction.objects.visible_to(self.user).approved().filter(
            report__year=self.period.year, report__month__lte=self.period.month, decided_at__gt=self.period.closed_at
        )  # fmt: skip
        return list(found.select_related("report__project", "proposed_by", "decided_by").order_by("decided_at"))

    @cached_property
    def _late_to_date(self) -> list[MonthlyReport]:
        approvals = ReportMove.objects.filter(report=OuterRef("pk"), to_state=MonthlyReport.State.APPROVED)
        found = MonthlyReport.objects.visible_to(self.user).filter(
            Exists(approvals.filter(at__gt=self.period.closed_at)),
            ~Exists(approvals.filter(at__lte=self.period.closed_at)),
            year=self.period.year,
            month__lte=self.period.month,
            state=MonthlyReport.State.APPROVED,
        )
        return list(found.select_related("project", "submitted_by", "reviewed_by").order_by("reviewed_at"))

    def _approved(self, projects: list[int]) -> Any:
        approved = MonthlyReport.objects.of(self.month).filter(state=MonthlyReport.State.APPROVED)
        return approved.filter(project__in=projects)

    def _figures(self, projects: list[int]) -> Any:
        return ProjectProgress.objects.filter(project__in=projects, year=self.period.year, month=self.period.month)


def _changed(
    project: Project, report: Any, row: Any, difference: Decimal, year_difference: Decimal, late: set[int]
) -> ChangedProject:
    """A project beside its approved report of the month and its figures of today, either of which may be None."""
    closed = None if report is None or report.pk in late else report.amount
    return ChangedProject(
        project=project,
        closed_amount=closed,
        amount=None if report is None else (closed or NOTHING) + difference,
        closed_year_to_date=row.year_to_date - year_difference if row else None,
        year_to_date=row.year_to_date if row else None,
        difference=difference,
        year_difference=year_difference,
    )


def _add(month: Any, year: Any, report: MonthlyReport, of_month: Month, difference: Decimal) -> None:
    year[report.project_id] += difference
    if report.month == of_month.number:
        month[report.project_id] += difference


def _sum(amounts: Any) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), NOTHING)


def changed_month(user: User, wanted: str | None) -> ChangedMonth | None:
    """The month wanted, else the latest with a correction, else the latest closed one; None while none is closed.

    Raises UnknownMonthError for what is no month, or is not closed.
    """
    periods = {each.of_month: each for each in Period.objects.filter(closed_at__isnull=False).order_by("year", "month")}
    if not periods:
        return None
    approved = Correction.objects.visible_to(user).approved().order_by("report__year", "report__month")
    counted = approved.values("report__year", "report__month").annotate(number=Count("pk"))
    corrected = {Month(row["report__year"], row["report__month"]): row["number"] for row in counted}
    month = month_asked(wanted) if wanted else max(corrected or periods)
    if month not in periods:
        raise UnknownMonthError(f"{month.label}还没有关账，没有关账后的变动。")
    return ChangedMonth(user, periods[month], list(periods), corrected)
