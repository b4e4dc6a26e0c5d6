"""How a figure came about: whose it is, by which plans, from which reports, without which projects, by which run.

The figure itself stands in the engine's rows. What is named beside it are the rows, plans and reports that it is made
of; they add up to it. Amounts in 万元, rates in percent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import reverse

from projects.models import Project
from projects.money import MoneyField

from .models import AnnualPlan, Correction, GroupProgress, MonthlyReport, Period, ProjectProgress, RefreshRun
from .models.progress import ProjectProgressQuerySet
from .months import Month
from .places import AREA, GROUPINGS, Grouping, Place, added_up, approved_by

NAMED = 8  # named on the page; all of them stand on a page of their own


@dataclass(frozen=True)
class Figure:
    """A figure that can be asked about, and the parts of the page that explain it."""

    code: str
    label: str
    parts: tuple[str, ...]


FIGURES = {
    each.code: each
    for each in (
        Figure("rate", "完成率", ("plan", "reports")),
        Figure("year_to_date", "本年累计完成", ("reports",)),
        Figure("planned_year", "年度计划", ("plan",)),
        Figure("gap", "较时间进度", ("plan", "reports", "time")),
        Figure("plan_ratio", "占累计计划", ("schedule", "plan", "reports", "time")),
        Figure("time_progress", "时间进度", ("time",)),
    )
}


class UnknownSubjectError(Exception):
    """Nothing of this name is counted, or the reader may not know of it."""


@dataclass(frozen=True)
class Subject:
    """Whose figures they are: all that the reader sees, what stands in all of some groups, or one project."""

    place: Place
    groups: tuple[tuple[Grouping, int, str], ...] = ()
    project: Project | None = None

    @property
    def name(self) -> str:
        if self.project:
            return self.project.name
        return " · ".join(name for _, _, name in self.groups) or self.place.name

    @property
    def filters(self) -> dict[str, int]:
        """The same in addresses, as the lists understand it."""
        if self.project:
            return {"project": self.project.pk}
        return {grouping.code: key for grouping, key, _ in self.groups}

    @property
    def query(self) -> str:
        """The same, to be put behind the month: '&category=1'."""
        return f"&{urlencode(self.filters)}" if self.filters else ""

    @property
    def page(self) -> str:
        """The address of the page on which its figures stand."""
        month = urlencode({"month": self.place.month})
        if self.project:
            return f"{reverse('project', args=[self.project.pk])}?{month}"
        if len(self.groups) == 1 and self._has_page:
            return f"{reverse(self.groups[0][0].code, args=[self.groups[0][1]])}?{month}"
        if self.groups:
            return f"{reverse('projects')}?{urlencode({'month': self.place.month, **self.filters})}"
        return f"{reverse('overview')}?{month}"

    @property
    def _has_page(self) -> bool:
        grouping, key, _ = self.groups[0]
        return bool(key) and not (grouping == AREA and key == self.place.city.pk)

    @cached_property
    def of_year(self) -> ProjectProgressQuerySet:
        """The projects' rows of the year."""
        if self.project:
            return self.place.year.filter(project=self.project)
        return self.place.year.filter(**{grouping.column: key or None for grouping, key, _ in self.groups})

    @property
    def of_month(self) -> ProjectProgressQuerySet:
        return self.of_year.filter(month=self.place.month.number)

    @cached_property
    def months(self) -> list[GroupProgress]:
        """The engine's figures, January first; empty if no project that the reader sees is counted."""
        if not self.groups and not self.project:
            return self.place.totals
        stored = self.place.group_year(*self.groups[0][:2]) if len(self.groups) == 1 else []
        return stored or added_up(self.of_year)

    @property
    def reports(self) -> QuerySet[MonthlyReport]:
        """The reports of the year that count, up to the month."""
        return MonthlyReport.objects.filter(
            project__in=self.of_month.values("project"), year=self.place.month.year,
            month__lte=self.place.month.number, state=MonthlyReport.State.APPROVED, amount__isnull=False,
        )  # fmt: skip

    @property
    def corrections(self) -> QuerySet[Correction]:
        """What was corrected in them."""
        return Correction.objects.approved().filter(report__in=self.reports)

    @property
    def plans(self) -> QuerySet[AnnualPlan]:
        """The plans in force in the month, one for each project that has one."""
        come = Q(revision=0) | Q(effective_month__lte=self.place.month.number)
        plans = AnnualPlan.objects.filter(come, year=self.place.month.year)
        later = plans.filter(project=OuterRef("project"), revision__gt=OuterRef("revision"))
        planned = self.of_month.filter(planned_year__isnull=False)
        return plans.filter(~Exists(later), project__in=planned.values("project"))

    @property
    def revised(self) -> QuerySet[Any]:
        """Those of them that are not as they first were: each with the `original` amount, the largest rise first."""
        first = AnnualPlan.objects.filter(project=OuterRef("project"), year=OuterRef("year"), revision=0)
        rows: Any = self.plans.filter(revision__gt=0).select_related("project", "change")
        rows = rows.annotate(original=Subquery(first.values("amount")))
        return rows.annotate(difference=_minus("amount", "original")).order_by("-difference", "project__code")

    @property
    def projects(self) -> ProjectProgressQuerySet:
        """The rows of the month, each with whether it is `approved`: whether a report of the year counts by then."""
        reports = ProjectProgress.objects.filter(  # by the project alone, which is indexed
            project=OuterRef("project"), year=self.place.month.year, month__lte=self.place.month.number,
            amount__isnull=False,
        )  # fmt: skip
        return self.of_month.annotate(approved=Exists(reports))

    @property
    def unplanned(self) -> ProjectProgressQuerySet:
        """Those without an annual plan, the largest amount first."""
        return self.projects.filter(planned_year=None).order_by("-year_to_date", "-approved", "project__code")

    @property
    def silent(self) -> ProjectProgressQuerySet:
        """Those of which no report of the year is approved, the largest plan first."""
        return self.projects.filter(approved=False).order_by(F("planned_year").desc(nulls_last=True), "project__code")

    def counted(self, *, corrected: bool = False) -> QuerySet[Any]:
        """The reports of the month shown, each with what its corrections add and what it counts for."""
        made = Correction.objects.approved().filter(report=OuterRef("pk")).order_by()
        added = made.values("report").annotate(sum=Sum(_minus("new_amount", "old_amount")))
        rows: Any = self.reports.filter(month=self.place.month.number).select_related("project")
        rows = rows.annotate(
            added=Subquery(added.values("sum"), output_field=MoneyField()),
            correction=Subquery(made.order_by("-id").values("pk")[:1]),
        )
        return (rows.filter(added__isnull=False) if corrected else rows).order_by("-amount", "project__code")


def _minus(amount: str, less: str) -> Any:
    return ExpressionWrapper(F(amount) - F(less), output_field=MoneyField())


def subject_of(place: Place, address: Mapping[str, str]) -> Subject:
    """Whose figures an address asks for: `project=7`, or any of `category`, `area`, `leader` and `unit`, else all.

    Raises UnknownSubjectError for what the reader may not know of.
    """
    try:
        if "project" in address:
            return Subject(place, project=place.projects.get(pk=_key(address["project"])))
        groups = [(GROUPINGS[code], _key(address[code])) for code in GROUPINGS if code in address]
        subject = Subject(place, tuple((grouping, key, "") for grouping, key in groups))
        seen = bool(subject.months)
        return Subject(place, tuple((*each, _name(place, *each, seen=seen)) for each in groups))
    except (ValueError, ObjectDoesNotExist) as error:
        raise UnknownSubjectError from error


def _key(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


def _name(place: Place, grouping: Grouping, key: int, *, seen: bool) -> str:
    """What the group is called. It is known to whom the register shows it, and to whoever sees a project in it."""
    if not key or (grouping == AREA and key == place.city.pk):
        return grouping.nobody or f"未分到{grouping.label}"
    known: Any = grouping.model._default_manager
    return str((known if seen else known.visible_to(place.user)).get(pk=key))


@dataclass(frozen=True)
class CountedMonth:
    """A month of the year: the engine's figures, and the reports and corrections that make up its amount."""

    figures: GroupProgress
    reports: int
    reported: Decimal | None
    corrections: int
    corrected: Decimal | None

    @property
    def month(self) -> Month:
        return Month(self.figures.year, self.figures.month)

    @property
    def amount(self) -> Decimal | None:
        """What counts for the month; None while no report is approved, which is not zero."""
        return self.figures.amount if self.figures.reported_projects else None

    @property
    def agrees(self) -> bool:
        """Whether the reports, as they are now, are those that the figures were made of."""
        made_of = (self.reported or 0) + (self.corrected or 0)
        return (self.figures.reported_projects, self.figures.amount) == (self.reports, made_of)


@dataclass(frozen=True)
class Named:
    """Some of the projects that a figure consists of: what they add up to (None: there are none), and the first few."""

    sums: GroupProgress | None
    rows: list[Any]

    @property
    def others(self) -> int:
        return (self.sums.projects if self.sums else 0) - len(self.rows)


@dataclass(frozen=True)
class Computed:
    """One figure of one subject in one month, and all that it is made of."""

    subject: Subject
    figure: Figure

    @property
    def place(self) -> Place:
        return self.subject.place

    @cached_property
    def now(self) -> GroupProgress:
        """The engine's figures of the month. Raises StopIteration where nothing is counted."""
        return next(row for row in self.subject.months if row.month == self.place.month.number)

    @property
    def approved(self) -> bool:
        """Whether a report of the year counts, up to the month: before that there is no amount, not one of 0."""
        return approved_by(self.place.month, self.subject.months)

    @property
    def planned(self) -> bool:
        return self.now.planned_projects > 0

    @property
    def value(self) -> Decimal | None:
        """The figure, as all pages show it; None where there is none."""
        measured = self.figure.code in ("time_progress", "planned_year") or self.approved
        known = self.planned if self.figure.code == "planned_year" else measured
        return getattr(self.now, self.figure.code) if known else None

    @cached_property
    def months(self) -> list[CountedMonth]:
        """The months up to the one shown."""
        difference = Sum(_minus("new_amount", "old_amount"))
        reports = self.subject.reports.order_by().values_list("month").annotate(Count("pk"), Sum("amount"))
        corrections = self.subject.corrections.order_by().values_list("report__month")
        reported = {month: (number, amount) for month, number, amount in reports}
        corrected = {
            month: (number, amount) for month, number, amount in corrections.annotate(Count("pk"), sum=difference)
        }
        return [
            CountedMonth(row, *reported.get(row.month, (0, None)), *corrected.get(row.month, (0, None)))
            for row in self.subject.months
            if row.month <= self.place.month.number
        ]

    @property
    def reports(self) -> int:
        """How many reports count."""
        return sum(month.reports for month in self.months)

    @property
    def reported(self) -> Decimal:
        """What the reports say, before any correction."""
        return sum((month.reported for month in self.months if month.reported is not None), Decimal(0))

    @property
    def corrections(self) -> int:
        return sum(month.corrections for month in self.months)

    @property
    def corrected(self) -> Decimal:
        """What the corrections add to that."""
        return sum((month.corrected for month in self.months if month.corrected is not None), Decimal(0))

    @property
    def agrees(self) -> bool:
        return all(month.agrees for month in self.months)

    @property
    def added_by_revisions(self) -> Decimal:
        """What the revisions in force add to the original plans."""
        return self.now.planned_year - self.now.planned_original

    @cached_property
    def revised(self) -> list[AnnualPlan]:
        return list(self.subject.revised[:NAMED])

    @cached_property
    def revised_projects(self) -> int:
        return len(self.revised) if len(self.revised) < NAMED else self.subject.revised.count()

    @cached_property
    def plan(self) -> AnnualPlan | None:
        """The plan in force, of a single project."""
        return self.subject.plans.select_related("change").first() if self.subject.project else None

    @cached_property
    def curved(self) -> GroupProgress | None:
        """The sums of the projects whose plan to date follows a plan of months; None if there are none."""
        plans = self.subject.plans.filter(curve__isnull=False)
        return _sums(self.subject.of_month.filter(project__in=plans.values("project")))

    @cached_property
    def even(self) -> GroupProgress | None:
        """The sums of the projects whose plan to date is their annual plan × the time progress."""
        plans = self.subject.plans.filter(curve__isnull=True)
        return _sums(self.subject.of_month.filter(project__in=plans.values("project")))

    @cached_property
    def unplanned(self) -> Named:
        """The projects without an annual plan; named are those with an amount."""
        rows = self.subject.unplanned
        return Named(_sums(rows), list(rows.filter(approved=True).select_related("project")[:NAMED]))

    @cached_property
    def silent(self) -> Named:
        """The projects of which no report of the year is approved."""
        rows = self.subject.silent
        return Named(_sums(rows), list(rows.select_related("project")[:NAMED]))

    @cached_property
    def period(self) -> Period:
        return Period.objects.get(year=self.place.month.year, month=self.place.month.number)

    @cached_property
    def run(self) -> RefreshRun | None:
        """The last run that brought the year's figures up to date."""
        done = RefreshRun.objects.filter(year=self.place.month.year, finished_at__isnull=False, error="")
        return done.order_by("-finished_at", "-pk").first()


def _sums(rows: ProjectProgressQuerySet) -> GroupProgress | None:
    return next(iter(added_up(rows)), None)
