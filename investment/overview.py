"""The rows behind the page `/`: one city, one month, in words, categories and the months of the year.

Amounts come from `GroupProgress` and are shown as they stand there; nothing here adds up money. Amounts in 万元, rates
in percent. A figure that nobody has reported yet is None, never zero.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from projects.models import Area, Category, CategoryTarget, Contract, Project, Talent, User
from projects.models.projects import ProjectQuerySet

from . import progress
from .models import GroupProgress, ProgressYear, ProjectProgress, StaleProgress
from .months import Month
from .rates import percent


@dataclass(frozen=True)
class Lamp:
    """A state said three times: by a shape, by a word, and by a tone of the style sheet."""

    shape: str
    word: str
    tone: str


AHEAD = Lamp("●", "超前", "green")
NORMAL = Lamp("●", "正常", "green")
BEHIND = Lamp("◆", "滞后", "yellow")
FAR_BEHIND = Lamp("■", "严重滞后", "red")
NOT_RATED = Lamp("○", "暂不评价", "grey")


def lamp(plan_ratio: Decimal | None) -> Lamp:
    """The lamp of a group from its plan ratio, completed ÷ planned to date in percent; without one it is not rated."""
    if plan_ratio is None:
        return NOT_RATED
    steps = ((105, AHEAD), (95, NORMAL), (60, BEHIND))
    return next((state for least, state in steps if plan_ratio >= least), FAR_BEHIND)


class UnknownMonthError(Exception):
    """The month asked for is none, or has no figures. The message says so in Chinese."""


@dataclass(frozen=True)
class CityMonth:
    """Whose figures, of which month, and the months that can be shown, in order."""

    city: Area
    month: Month
    months: list[Month]

    @property
    def previous(self) -> Month | None:
        return max((month for month in self.months if month < self.month), default=None)

    @property
    def next(self) -> Month | None:
        return min((month for month in self.months if month > self.month), default=None)

    @property
    def next_day(self) -> datetime.date:
        """The first day after the month."""
        after = self.month.shift(1)
        return datetime.date(after.year, after.number, 1)

    @cached_property
    def totals(self) -> list[GroupProgress]:
        """The city's rows of the whole year, January first."""
        return list(_totals(self.city).filter(year=self.month.year))

    @property
    def total(self) -> GroupProgress:
        """The city's row of the month."""
        return next(row for row in self.totals if row.month == self.month.number)

    @property
    def enlisted(self) -> ProjectQuerySet:
        """The city's projects in the action plan of the year."""
        inside = Q(area=self.city) | Q(area__parent=self.city)
        return Project.objects.enlisted(self.month.year).filter(inside)


def city_month(user: User, wanted: str | None) -> CityMonth | None:
    """The reader's city (else the first) and the month wanted, else the latest with approved figures.

    None while no city has figures. Raises UnknownMonthError for what is no month or has no figures.
    """
    try:
        month = Month.parse(wanted) if wanted is not None else None
    except ValueError as error:
        raise UnknownMonthError(f"“{wanted}”不是月份。月份应写成 2018-06 这样的形式。") from error
    city = _city_of(user)
    months = _shown_months(city) if city else []
    if city is None or not months:
        return None
    if month and month not in months:
        raise UnknownMonthError(f"没有{month.label}的数据。目前可以查看{months[0].label}至{months[-1].label}。")
    return CityMonth(city, month or months[-1], months)


def _city_of(user: User) -> Area | None:
    area = user.organisation.area if user.organisation else None
    return (area.city if area else None) or Area.objects.cities().first()


def _totals(city: Area) -> QuerySet[GroupProgress]:
    return GroupProgress.objects.filter(area=city, kind=GroupProgress.Kind.TOTAL).order_by("year", "month")


def _shown_months(city: Area) -> list[Month]:
    """From the first month with rows to the latest with an approved report; with plans alone, the first month only."""
    rows = _totals(city).values_list("year", "month", "reported_projects")
    reported = [Month(year, month) for year, month, reports in rows if reports]
    months = [Month(year, month) for year, month, _ in rows]
    return [month for month in months if month <= max(reported)] if reported else months[:1]


@dataclass(frozen=True)
class CurveMonth:
    """One month of the city's year, as the curve and the table show it.

    `if_even` is the annual plan × time progress, where the dotted line runs. After the month shown only the plan is
    known.
    """

    month: Month
    state: str  # 'approved', 'waiting' (no report approved) or 'ahead' (after the month shown)
    if_even: Decimal | None
    planned_to_date: Decimal | None
    amount: Decimal | None
    year_to_date: Decimal | None
    rate: Decimal | None
    gap: Decimal | None


def curve(place: CityMonth) -> list[CurveMonth]:
    """The city's months of the year: blank until a report of the year is approved, and after `place.month`."""
    months, approved = [], False
    for row in place.totals:
        approved = approved or row.reported_projects > 0
        ahead = row.month > place.month.number
        known, planned = approved and not ahead, row.planned_projects > 0
        state = "ahead" if ahead else "approved" if row.reported_projects else "waiting"
        months.append(
            CurveMonth(
                month=Month(row.year, row.month),
                state=state,
                if_even=row.planned_year * row.time_progress / 100 if planned else None,
                planned_to_date=row.planned_to_date if planned else None,
                amount=row.amount if state == "approved" else None,
                year_to_date=row.year_to_date if known else None,
                rate=row.rate if known else None,
                gap=row.gap if known else None,
            )
        )
    return months


@dataclass(frozen=True)
class CategoryCard:
    """One of the five categories: how many, and how far. Without an annual plan it is measured by its target count."""

    category: Category
    target: int | None
    enlisted: int
    time_progress: Decimal
    figures: GroupProgress | None  # None until a report of the year is approved
    planned: bool
    contracts: Mapping[str, Any] | None
    people: Mapping[str, Any] | None

    @property
    def measure(self) -> str:
        """What the completion is a share of: 'money', 'people', 'contracts', or '' for nothing yet."""
        if self.planned:
            return "money"
        if self.category.counts == Category.Counts.PEOPLE:
            return "people"
        return "contracts" if self.contracts else ""

    @property
    def measure_label(self) -> str:
        return {"money": "投资", "people": "引进人数", "contracts": "签约项目数"}.get(self.measure, "")

    @property
    def count(self) -> int | None:
        """How many of the target are reached, for the categories measured by count."""
        if self.measure == "people":
            return self.people["people"] if self.people else 0
        return self.contracts["signed"] if self.measure == "contracts" and self.contracts else None

    @property
    def completion(self) -> Decimal | None:
        """Completed ÷ annual plan, or count ÷ target, in percent."""
        if self.measure == "money":
            return self.figures.rate if self.figures else None
        return percent(self.count, self.target)

    @property
    def lamp(self) -> Lamp:
        if self.measure == "money":
            return lamp(self.figures.plan_ratio if self.figures else None)
        reached = self.count is not None and self.target and self.count >= self.target
        return Lamp("●", "达到目标", "green") if reached else NOT_RATED


def categories(place: CityMonth) -> list[CategoryCard]:
    """The categories in their order, each with its target, its figures and what it counts besides money."""
    year = place.month.year
    targets = dict(CategoryTarget.objects.filter(action_plan__year=year).values_list("category", "target"))
    enlisted = dict(place.enlisted.values_list("category").annotate(projects=Count("id")))
    contracts, people = _contracts(place), _people(place)
    rows = GroupProgress.objects.filter(
        area=place.city, kind=GroupProgress.Kind.CATEGORY, year=year, month__lte=place.month.number
    ).order_by("month")
    latest = {row.key: row for row in rows}
    approved = {row.key for row in rows if row.reported_projects}
    return [
        CategoryCard(
            category=category,
            target=targets.get(category.id),
            enlisted=enlisted.get(category.id, 0),
            time_progress=place.total.time_progress,
            figures=latest[category.id] if category.id in approved else None,
            planned=category.id in latest and latest[category.id].planned_projects > 0,
            contracts=contracts.get(category.id),
            people=people.get(category.id),
        )
        for category in Category.objects.all()
    ]


def _contracts(place: CityMonth) -> dict[int, Mapping[str, Any]]:
    """Contracts of the year's projects signed by the end of the month, by category; performed is what is so today."""
    performed = Q(stage__gte=Contract.Stage.PERFORMED)
    sums = (
        Contract.objects.filter(project__in=place.enlisted, signed_on__lt=place.next_day)
        .values("project__category")
        .annotate(
            signed=Count("project", distinct=True),
            signed_amount=Sum("amount"),
            performed=Count("project", distinct=True, filter=performed),
            performed_amount=Sum("amount", filter=performed),
        )
    )
    return {row["project__category"]: row for row in sums}


def _people(place: CityMonth) -> dict[int, Mapping[str, Any]]:
    """People signed by the end of the month, by category."""
    counts = (
        Talent.objects.filter(project__in=place.enlisted, signed_on__lt=place.next_day)
        .values("project__category")
        .annotate(
            people=Count("id"),
            arrived=Count("id", filter=Q(arrived_on__lt=place.next_day)),
            provincial=Count("id", filter=Q(provincial_bar=True)),
        )
    )
    return {row["project__category"]: row for row in counts}


@dataclass(frozen=True)
class Standing:
    """How the city stands in the month: the figures of the first sentence and the gaps named below it."""

    place: CityMonth

    @property
    def total(self) -> GroupProgress:
        return self.place.total

    @property
    def approved(self) -> bool:
        """Whether any report of the year is approved: before that there is no amount, not an amount of zero."""
        return any(row.reported_projects for row in self.place.totals if row.month <= self.place.month.number)

    @property
    def lamp(self) -> Lamp:
        return lamp(self.total.plan_ratio if self.approved else None)

    @cached_property
    def without_leader(self) -> int:
        """Projects that break 'one project, one leader'. People brought in are not projects."""
        projects = self.place.enlisted.exclude(category__counts=Category.Counts.PEOPLE)
        return projects.without_leader().count()

    @cached_property
    def planned_without_report(self) -> int:
        """Projects with an annual plan whose report of the month is not approved."""
        return ProjectProgress.objects.filter(
            city=self.place.city,
            year=self.place.month.year,
            month=self.place.month.number,
            planned_year__isnull=False,
            amount=None,
        ).count()


@dataclass(frozen=True)
class Freshness:
    """As of when the figures are, and whether changes wait to be counted."""

    as_of: datetime.datetime | None
    updating: bool
    waiting_projects: int


def freshness(year: int) -> Freshness:
    updating = progress.is_updating(year)
    waiting = StaleProgress.objects.filter(year=year).values("project").distinct().count() if updating else 0
    as_of = ProgressYear.objects.filter(year=year).values_list("as_of", flat=True).first()
    return Freshness(as_of, updating, waiting)


def waiting_for_figures() -> bool:
    """Whether rows wait to be counted in any year: then an empty page fills itself soon."""
    return StaleProgress.objects.exists()
