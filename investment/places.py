"""Whose figures of which month a page shows: the reader's part of a city, what is chosen of it, and its groups.

Whoever sees the whole city reads the engine's `GroupProgress` rows. Whoever sees a part of it (a district, a category,
a unit), or chooses among the projects by the filters of an address, reads the same sums over those projects' rows, in
`GroupProgress` objects that are not stored; so every page, chart and table is made from the same kind of row. Amounts
in 万元, rates in percent.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    FilteredRelation,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from projects.models import Area, Category, Official, Organisation, Project, User
from projects.models.projects import ProjectQuerySet
from projects.models.scope import inside
from projects.money import MoneyField

from .freshness import Freshness, freshness
from .lamps import NOT_RATED, Lamp, Rules
from .models import GroupProgress, LampRules, Period, ProjectProgress
from .models.lamp_rules import rules_in_force, rules_of
from .models.progress import GroupFigures, ProjectProgressQuerySet
from .months import MONTHS, Month, after, before
from .rates import percent

Kind = GroupFigures.Kind


@dataclass(frozen=True)
class Grouping:
    """One way to group a city's projects: its name in addresses and filters, the stored kind, the projects' column."""

    code: str
    label: str
    kind: Kind
    column: str
    model: type[Model]
    nobody: str = ""  # what the group without a key is called, where there may be one


CATEGORY = Grouping("category", "类别", Kind.CATEGORY, "category_id", Category)
AREA = Grouping("area", "区县", Kind.TOTAL, "area_id", Area)
LEADER = Grouping("leader", "联系领导", Kind.LIAISON_LEADER, "liaison_leader_id", Official, "尚未明确联系领导")
UNIT = Grouping("unit", "责任单位", Kind.RESPONSIBLE_UNIT, "responsible_unit_id", Organisation, "尚未明确责任单位")
GROUPINGS = {each.code: each for each in (CATEGORY, AREA, LEADER, UNIT)}


class UnknownMonthError(Exception):
    """The month asked for is none, or has no figures. The message says so in Chinese."""


@dataclass(frozen=True)
class Chosen:
    """The projects that the filters of an address choose, as they stand in the month shown.

    `lasting`: the same filters choose the same projects in every month of the year.
    """

    filters: tuple[tuple[str, str], ...]  # as an address has them, in one order
    projects: ProjectQuerySet = field(compare=False, repr=False)
    lasting: bool = True


@dataclass(frozen=True)
class Place:
    """Where the reader stands: the account, its city, the month shown, and the months that can be shown, in order.

    `judged_by` names the version of the lamps' rules of each month that has figures; `chosen` narrows everything below
    to some of the projects.
    """

    user: User
    city: Area
    month: Month
    months: list[Month]
    judged_by: Mapping[Month, int | None] = field(default_factory=dict)
    chosen: Chosen | None = None

    @property
    def previous(self) -> Month | None:
        return before(self.month, self.months)

    @property
    def next(self) -> Month | None:
        return after(self.month, self.months)

    @property
    def year_before(self) -> "Place | None":
        """The same place in December of the year before; None where that year has no figures."""
        before = self.month.year - 1
        return replace(self, month=Month(before, 12)) if before in self.years else None

    @property
    def years(self) -> list[int]:
        """The years of which a month can be shown."""
        return sorted({month.year for month in self.months})

    @property
    def months_of_year(self) -> list[tuple[int, Month | None]]:
        """The twelve months of the year shown, each with its number; None for one that cannot be shown."""
        shown = {month.number: month for month in self.months if month.year == self.month.year}
        return [(number, shown.get(number)) for number in MONTHS]

    @property
    def first_day(self) -> datetime.date:
        return datetime.date(self.month.year, self.month.number, 1)

    @property
    def next_day(self) -> datetime.date:
        """The first day after the month."""
        after = self.month.shift(1)
        return datetime.date(after.year, after.number, 1)

    @property
    def whole(self) -> bool:
        """Whether the reader sees the whole city."""
        return self.user.sees_city

    @cached_property
    def freshness(self) -> Freshness:
        """As of when the figures of the year are; asked for before them, so that they are never older than it says."""
        return freshness(self.month.year)

    @property
    def complete(self) -> bool:
        """Whether the figures are those of the whole city: then the engine's groups are read."""
        return self.whole and self.chosen is None

    @property
    def filters(self) -> dict[str, str]:
        """The filters of the address."""
        return dict(self.chosen.filters) if self.chosen else {}

    @property
    def query(self) -> str:
        """The month and the filters, for the addresses of pages that show the same place."""
        return urlencode({"month": self.month, **self.filters})

    @property
    def name(self) -> str:
        """What is seen, as the pages call it: the city, or the reader's part of it."""
        if self.whole or self.user.organisation is None:
            return self.city.name
        office = self.user.organisation
        return str(office.area if office.kind == Organisation.Kind.DISTRICT_OFFICE and office.area else office)

    @property
    def key(self) -> str:
        """The same for all readers of the same part of the city and choice, and for nobody else; with the month."""
        roles = "+".join(sorted(self.user.role_names))
        part = f"city{self.city.pk}" if self.whole else f"unit{self.user.organisation_id}+{roles}"
        choice = f"-{sha256(self.query.encode()).hexdigest()}" if self.chosen else ""
        return f"{part}-{self.month}{choice}"

    @property
    def projects(self) -> ProjectQuerySet:
        """The visible projects of the city, in the year's plan or not."""
        projects = Project.objects.visible_to(self.user).filter(inside(self.city))
        return projects.filter(pk__in=self.chosen.projects.values("pk")) if self.chosen else projects

    @property
    def listed(self) -> ProjectQuerySet:
        """The visible projects of the year, each beside its row of the month, `now`: those that the sums are of."""
        of_month = Q(progress__year=self.month.year, progress__month=self.month.number)
        return self.projects.annotate(now=FilteredRelation("progress", condition=of_month)).filter(now__city=self.city)

    @property
    def unlisted(self) -> ProjectQuerySet:
        """The visible projects of the register that have neither plan nor report in the year and are not enlisted."""
        return self.projects.exclude(pk__in=self.progress.values("project"))

    @property
    def enlisted(self) -> ProjectQuerySet:
        """The visible projects in the action plan of the year."""
        return self.projects.enlisted(self.month.year)

    @property
    def year(self) -> ProjectProgressQuerySet:
        """The visible projects' rows of the whole year."""
        rows = ProjectProgress.objects.visible_to(self.user).filter(city=self.city, year=self.month.year)
        return rows.filter(project__in=self.chosen.projects.values("pk")) if self.chosen else rows

    @property
    def progress(self) -> ProjectProgressQuerySet:
        """The visible projects' rows of the month."""
        return self.year.filter(month=self.month.number)

    @cached_property
    def totals(self) -> list[GroupProgress]:
        """All that the reader sees, month by month, January first; empty if there is no project."""
        if self.complete:
            rows = GroupProgress.objects.filter(area=self.city, kind=Kind.TOTAL, year=self.month.year, projects__gt=0)
            return self._ruled(list(rows.order_by("month")))
        return self._ruled(added_up(self.year))

    @property
    def total(self) -> GroupProgress:
        """All that the reader sees, in the month. Raises StopIteration where `totals` is empty."""
        return next(row for row in self.totals if row.month == self.month.number)

    @property
    def approved(self) -> bool:
        """Whether a report of the year was approved, up to the month: before that there is no amount, not one of 0."""
        return approved_by(self.month, self.totals)

    @property
    def lamp(self) -> Lamp:
        """How all that the reader sees stands."""
        return self.total.lamp if self.approved else NOT_RATED

    @property
    def rules(self) -> Rules:
        """By which the lamps of the month are lit: those in force, or those by which it was closed."""
        return self._rules(self.month)

    def groups(self, grouping: Grouping) -> list[GroupProgress]:
        """One row of the month for each group with a project; `key` names the group, 0 that without one."""
        if not self.complete:
            return self._ruled(added_up(self.progress, grouping))
        return self._ruled(_keyed(self._stored(grouping).filter(month=self.month.number), grouping))

    def investment(self, grouping: Grouping | None = None) -> dict[int, Decimal]:
        """The total investment of the projects of the month, as registered, by group; without a grouping under 0."""
        rows = self.progress.order_by()
        if grouping is None:
            return {0: rows.aggregate(sum=_money("project__total_investment"))["sum"]}
        sums = rows.values_list(grouping.column).annotate(sum=_money("project__total_investment"))
        return {key or 0: total for key, total in sums}

    def reported(self, grouping: Grouping) -> set[int]:
        """The groups of which a report of the year was approved, up to the month: before that there is no amount."""
        if self.complete:
            rows = self._stored(grouping).filter(month__lte=self.month.number, reported_projects__gt=0)
            return set(rows.values_list("area" if grouping == AREA else "key", flat=True))
        reports = self.year.filter(month__lte=self.month.number, amount__isnull=False)
        return {key or 0 for key in reports.order_by().values_list(grouping.column, flat=True).distinct()}

    def group_year(self, grouping: Grouping, key: int) -> list[GroupProgress]:
        """The months of one group, January first; empty if no project that the reader sees stands in it."""
        if not self.complete:
            return self._ruled(added_up(self.year.filter(**{grouping.column: key or None}), grouping))
        group = {"area" if grouping == AREA else "key": key}
        return self._ruled(_keyed(self._stored(grouping).filter(**group).order_by("month"), grouping))

    def _stored(self, grouping: Grouping) -> QuerySet[GroupProgress]:
        """The engine's rows of the year and of one kind of group; those of areas stand with the area."""
        home = Q(area__parent=self.city) if grouping == AREA else Q(area=self.city)
        return GroupProgress.objects.filter(home, kind=grouping.kind, year=self.month.year, projects__gt=0)

    def _rules(self, month: Month) -> Rules:
        version = self.judged_by.get(month)
        return rules_of(version) if version else self._in_force

    @cached_property
    def _in_force(self) -> Rules:
        """The rules of the year as it stands, for months that no version is known of."""
        return rules_in_force(self.month.year)

    def _ruled(self, rows: list[GroupProgress]) -> list[GroupProgress]:
        """The rows with the rules that judge them, read once for all."""
        rules = {row.month: self._rules(Month(row.year, row.month)) for row in rows}
        for row in rows:
            row.rules = rules[row.month]
        return rows


def approved_by(month: Month, rows: Iterable[GroupProgress]) -> bool:
    """Whether one of the rows of a year, up to the month, has an approved report."""
    return any(row.reported_projects for row in rows if row.month <= month.number)


def month_asked(text: str) -> Month:
    """The month named in an address. Raises UnknownMonthError for what is none."""
    try:
        return Month.parse(text)
    except ValueError as error:
        raise UnknownMonthError(f"“{text}”不是月份。月份应写成 2018-06 这样的形式。") from error


def city_of(user: User) -> Area | None:
    """The account's city, else the first; None where there is none."""
    return user.city or Area.objects.cities().first()


def place_of(user: User, wanted: str | None, year: str | None = None) -> Place | None:
    """The reader's city (else the first) and the month wanted, else the latest that is closed and has figures.

    While no month is closed, the latest with approved figures is shown: an open month tells of a few reports only. A
    year alone means the latest of its months by the same rule.

    None while no city has figures. Raises UnknownMonthError for what is no month or year, or has no figures.
    """
    month = month_asked(wanted) if wanted is not None else None
    city = city_of(user)
    months, closed, judged_by = _shown_months(city) if city else ([], [], {})
    if city is None or not months:
        return None
    if month and month not in months:
        raise UnknownMonthError(f"没有{month.label}的数据。目前可以查看{months[0].label}至{months[-1].label}。")
    of_year = [each for each in months if year is None or str(each.year) == year]
    if not of_year or (month and month not in of_year):
        raise UnknownMonthError(_no_year(str(year), month, months))
    latest = [each for each in closed if each in of_year] or of_year
    return Place(user, city, month or latest[-1], months, judged_by)


def _no_year(year: str, month: Month | None, months: list[Month]) -> str:
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        return f"“{year}”不是年度。年度应写成 2018 这样的形式。"
    if month and any(str(each.year) == year for each in months):
        return f"{month.label}不在 {year} 年。请去掉其中一个条件。"
    return f"没有 {year} 年的数据。目前可以查看{months[0].label}至{months[-1].label}。"


def _shown_months(city: Area) -> tuple[list[Month], list[Month], dict[Month, int | None]]:
    """From the first month with rows to the latest with an approved report, and those of them that are closed.

    With plans alone, the first month only. Last, by which rules the lamps of each month are lit.
    """
    rows = GroupProgress.objects.filter(area=city, kind=Kind.TOTAL, projects__gt=0).order_by("year", "month")
    periods = Period.objects.filter(year=OuterRef("year"), month=OuterRef("month"))
    in_force = LampRules.objects.filter(year=OuterRef("year")).order_by("-version")
    judged_by = Coalesce(
        Subquery(periods.values("lamp_rules")), Subquery(in_force.values("pk")[:1]), output_field=BigIntegerField()
    )
    closed = Exists(periods.filter(closed_at__isnull=False))
    found = rows.values_list("year", "month", "reported_projects", closed, judged_by)
    months = {Month(year, month): row for year, month, *row in found}
    reported = [month for month, (reports, _, _) in months.items() if reports]
    shown = [month for month in months if month <= max(reported)] if reported else list(months)[:1]
    rules = {month: version for month, (_, _, version) in months.items()}
    return shown, [month for month in shown if months[month][1]], rules


def _keyed(rows: QuerySet[GroupProgress], grouping: Grouping) -> list[GroupProgress]:
    """The rows, those of areas with the area as their key, as those of all other groupings have theirs."""
    found = list(rows)
    for row in found:
        row.key = row.area_id if grouping == AREA else row.key
    return found


def _money(field: str, **kwargs: Any) -> Coalesce:
    return Coalesce(Sum(field, **kwargs), 0, output_field=MoneyField())


_SUMS = {
    "sum_projects": Count("id"),
    "sum_planned_projects": Count("planned_year"),
    "sum_reported_projects": Count("amount"),
    "sum_planned_year": _money("planned_year"),
    "sum_planned_original": _money("planned_original"),
    "sum_planned_to_date": _money("planned_to_date"),
    "sum_amount": _money("amount"),
    "sum_year_to_date": _money("year_to_date"),
    "sum_since_start": _money("since_start"),
    "sum_unplanned_to_date": _money("year_to_date", filter=Q(planned_year=None)),
    "sum_time_progress": Max("time_progress"),  # the same in all rows of a month
}


def added_up(rows: ProjectProgressQuerySet, grouping: Grouping | None = None) -> list[GroupProgress]:
    """Projects' rows added up by month and group, in group rows that are not stored; without a grouping, all in one."""
    by = ("month", grouping.column) if grouping else ("month",)
    sums: Sequence[dict[str, Any]] = rows.order_by(*by).values("year", *by).annotate(**_SUMS)
    return [_unstored(row, (row[grouping.column] or 0) if grouping else 0, grouping) for row in sums]


def _unstored(sums: dict[str, Any], key: int, grouping: Grouping | None) -> GroupProgress:
    figures = {name.removeprefix("sum_"): value for name, value in sums.items() if name.startswith("sum_")}
    kind = grouping.kind if grouping else Kind.TOTAL
    row = GroupProgress(kind=kind, key=key, year=sums["year"], month=sums["month"], **figures)
    row.rate = percent(row.year_to_date, row.planned_year)
    row.rate_original = percent(row.year_to_date, row.planned_original)
    row.gap = None if row.rate is None else row.rate - row.time_progress
    row.plan_ratio = percent(row.year_to_date, row.planned_to_date)
    return row
