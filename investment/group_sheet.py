"""What stands on the page of one group beside its figures: lamps, starts and finishes, and what a category, an area, a
leader or a unit needs. Amounts in 万元, rates in percent.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from projects import roles
from projects.models import Activity, Problem, Project, Result, Status, User

from .addresses import listed_behind, reports_behind
from .completeness import Filing, rates_of
from .lamps import LAMPS, Lamp, condition
from .milestones import Milestones, conditions, counts_of, is_started
from .models import MonthlyReport
from .places import AREA, CATEGORY, UNIT, Place, UnknownMonthError
from .rankings import Group, Ranked
from .rates import percent
from .report_desk import Desk, desk_of
from .report_filters import asked_for

COMING_DAYS = 92  # how far ahead a start or a finish is named
CONTACTS = 3  # named on the page of a unit


@dataclass(frozen=True)
class LampCount:
    """How many projects of the group have a lamp, and the address of their list."""

    lamp: Lamp
    count: int
    projects: str


@dataclass(frozen=True)
class OpenProblem:
    """A problem that was open at the end of the month."""

    problem: Problem
    overdue: bool


@dataclass(frozen=True)
class NextDate:
    """A start or a finish that comes next."""

    project: Project
    label: str
    day: datetime.date


@dataclass(frozen=True)
class Overdue:
    """How many projects should have started, or finished, by the end of the month, and the address of their list."""

    label: str
    count: int
    projects: str


@dataclass(frozen=True)
class GroupSheet:
    """The group in its month, with projects in it."""

    group: Group
    now: Ranked

    @property
    def place(self) -> Place:
        return self.group.place

    @property
    def filters(self) -> dict[str, int]:
        return {self.group.grouping.code: self.group.subject.pk}

    @property
    def projects(self) -> QuerySet[Any]:
        """Its projects of the year, as the list of projects has them."""
        return self.place.listed.filter(**{f"now__{self.group.grouping.column}": self.group.subject.pk})

    @cached_property
    def lamps(self) -> list[LampCount]:
        """Every lamp, the worst first, also those that nothing has."""
        rules = {f"lamp_{rank}": Count("pk", filter=condition(lamp)) for rank, lamp in enumerate(LAMPS)}
        counts = self.group.progress.aggregate(**rules)
        return [
            LampCount(
                lamp,
                counts[f"lamp_{rank}"],
                listed_behind(self.place, **self.filters, lamp=lamp.code),
            )
            for rank, lamp in enumerate(LAMPS)
        ]

    @cached_property
    def milestones(self) -> Milestones:
        """How many projects started, finished and are in production; how many should have."""
        key = self.group.subject.pk
        return counts_of(self.place, self.group.grouping, key)[key]

    @property
    def overdue(self) -> list[Overdue]:
        """What should have started or finished and has not; only what there is."""
        counts = self.milestones.counts
        not_started = counts["due-to-start"] - counts["due-started"]
        found = [
            Overdue("应开工未开工", not_started, listed_behind(self.place, **self.filters, attention="not-started")),
            Overdue("应竣工未竣工", counts["due-to-finish"], self.milestones.projects_at("due-to-finish")),
        ]
        return [each for each in found if each.count]

    @cached_property
    def problems(self) -> list[OpenProblem]:
        """What was open at the end of the month: the overdue first, then by the deadline."""
        next_day = self.place.next_day
        found = Problem.objects.filter(
            Q(closed_on=None) | Q(closed_on__gte=next_day),
            project__in=self.projects.values("pk"),
            raised_on__lt=next_day,
        )
        found = found.select_related("project").order_by(F("deadline").asc(nulls_last=True), "raised_on", "pk")
        return [OpenProblem(each, each.deadline is not None and each.deadline < next_day) for each in found]

    @cached_property
    def dates(self) -> list[NextDate]:
        """Planned starts and finishes of the next three months that have not been yet, by day."""
        next_day = self.place.next_day
        until = next_day + datetime.timedelta(days=COMING_DAYS)
        rules = {
            ("开工", "planned_start"): ~is_started(next_day),
            ("竣工", "planned_finish"): ~conditions(self.place)["finished"],
        }
        going = self.projects.exclude(status__in=(Status.WITHDRAWN, Status.FINISHED))
        found = [
            NextDate(project, label, getattr(project, column))
            for (label, column), rule in rules.items()
            for project in going.filter(rule, **{f"{column}__gte": next_day, f"{column}__lt": until}).order_by("code")
        ]
        return sorted(found, key=lambda each: each.day)

    # ---- a leader ----

    @cached_property
    def visits(self) -> list[Mapping[str, Any]]:
        """Visits and meetings of the leader in the year up to the month, by kind: label, count, last day.

        Those that concern no project are known to whoever sees the whole city.
        """
        held = Activity.objects.filter(leader=self.group.subject)
        held = held if self.place.whole else held.visible_to(self.place.user)
        held = held.filter(held_on__year=self.place.month.year, held_on__lt=self.place.next_day)
        kinds = {
            row["kind"]: row for row in held.order_by().values("kind").annotate(count=Count("pk"), last=Max("held_on"))
        }
        return [{"label": kind.label, **kinds[kind]} for kind in Activity.Kind if kind in kinds]

    # ---- a category ----

    @property
    def by_area(self) -> list[Ranked]:
        return self.group.parts(AREA)

    @cached_property
    def results(self) -> QuerySet[Any, Any]:
        """What its projects achieved in the year besides money, up to the month: name, unit, value, projects."""
        achieved = Result.objects.filter(
            project__in=self.projects.values("pk"), achieved_on__year=self.place.month.year,
            achieved_on__lt=self.place.next_day,
        )  # fmt: skip
        rows = achieved.order_by("indicator__name").values(name=F("indicator__name"), unit=F("indicator__unit"))
        return rows.annotate(value=Sum("value"), count=Count("project", distinct=True))

    # ---- an area ----

    @property
    def by_category(self) -> list[Ranked]:
        return self.group.parts(CATEGORY)

    @property
    def by_unit(self) -> list[Ranked]:
        return self.group.parts(UNIT)

    @property
    def contribution(self) -> Decimal | None:
        """贡献率: its completed investment ÷ the whole city's; nobody measures a part of the city by it."""
        return percent(self.now.year_to_date, self.place.total.year_to_date) if self.place.complete else None


def sheet_of_group(group: Group) -> GroupSheet | None:
    """None while no visible project is in the group."""
    return GroupSheet(group, group.now) if group.now else None


@dataclass(frozen=True)
class UnitReports:
    """The reports of a unit for the month, by state, as the reader's page of reports has them."""

    unit: int
    desk: Desk
    filing: Filing
    contacts: list[str]

    @property
    def states(self) -> list[tuple[Lamp, int, str]]:
        """Each state that occurs with its number and the address of the list."""
        return [
            (lamp, number, reports_behind(self.desk.month, unit=self.unit, state=lamp.code))
            for lamp, number in self.desk.tabs
            if number
        ]

    @property
    def all_reports(self) -> str:
        return reports_behind(self.desk.month, unit=self.unit)


def reports_of_unit(place: Place, unit: int, today: datetime.date) -> UnitReports | None:
    """None where the month can't be reported."""
    user, month = place.user, place.month
    try:
        desk = desk_of(
            user, str(month), fills=user.has_role(roles.REPORTER), asked=asked_for(user, {"unit": str(unit)})
        )
    except UnknownMonthError:
        return None
    if desk is None:
        return None
    reports: Any = MonthlyReport.objects.filter(project__responsible_unit=unit, project__in=place.projects)
    return UnitReports(unit, desk, rates_of(reports.of(month), today), _contacts(user, reports, place))


def _contacts(user: User, reports: Any, place: Place) -> list[str]:
    """Who filled in the latest reports of the unit, as typed, up to the month."""
    month = place.month
    seen = reports.visible_to(user).exclude(contact="").exclude(state__in=MonthlyReport.UNTOLD)
    seen = seen.filter(Q(year__lt=month.year) | Q(year=month.year, month__lte=month.number))
    rows = seen.order_by("-year", "-month", "pk").values_list("contact", flat=True)[: CONTACTS * 10]
    return list(dict.fromkeys(rows))[:CONTACTS]
