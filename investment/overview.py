"""The rows behind the page `/`: one city, one month, in words, categories and the months of the year.

Amounts come from `GroupProgress` and are shown as they stand there; nothing here adds up money. Amounts in 万元, rates
in percent. A figure that nobody has reported yet is None, never zero.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import dropwhile
from typing import Any

from django.db.models import Count, F, Q, Sum

from projects.models import Category, CategoryTarget, Contract, Result, Talent

from .addresses import listed_behind
from .lamps import NOT_RATED, REACHED, Lamp
from .milestones import Milestones, counts_of
from .models import GroupProgress
from .months import Month
from .places import CATEGORY, Place
from .rates import percent


@dataclass(frozen=True)
class CurveMonth:
    """One month of the city's year, as the curve and the table show it.

    `if_even` is the annual plan × time progress, where the dotted line runs; `last_year` what was completed by the same
    month of the year before. After the month shown only the plan and the year before are known.
    """

    month: Month
    state: str  # 'approved', 'waiting' (no report approved) or 'ahead' (after the month shown)
    if_even: Decimal | None
    planned_to_date: Decimal | None
    amount: Decimal | None
    year_to_date: Decimal | None
    rate: Decimal | None
    gap: Decimal | None
    last_year: Decimal | None


def curve(rows: list[GroupProgress], shown: Month, before: Iterable[GroupProgress] = ()) -> list[CurveMonth]:
    """The months of a year of the city or a group: blank until a report is approved, and after the month shown.

    `before` are the months of the year before.
    """
    last_year = {row.month: row.year_to_date for row in _from_first_report(before)}
    months, approved = [], False
    for row in rows:
        approved = approved or row.reported_projects > 0
        ahead = row.month > shown.number
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
                last_year=last_year.get(row.month),
            )
        )
    return months


def city_year(place: Place) -> list[CurveMonth]:
    """The months of all that the reader sees."""
    return curve(place.totals, place.month, place.year_before.totals if place.year_before else ())


def _from_first_report(rows: Iterable[GroupProgress]) -> Iterator[GroupProgress]:
    return dropwhile(lambda row: not row.reported_projects, rows)


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
    projects: str  # the address of the list of its projects
    milestones: Milestones | None = None  # None while it has no project
    results: Sequence[Mapping[str, Any]] = ()  # besides money: name, unit and number

    @property
    def measure(self) -> str:
        """What the completion is a share of: 'money', 'people', 'contracts', or '' for nothing yet."""
        if self.planned:
            return "money"
        if self.category.counts == Category.Counts.PEOPLE:
            return "people"
        return "contracts" if self.contracts else ""

    @property
    def stages(self) -> list[tuple[str, int, str]]:
        """How many projects have begun and how many produce: word, number, address of their list."""
        if self.milestones is None or self.category.counts == Category.Counts.PEOPLE:
            return []
        at, counts = self.milestones.projects_at, self.milestones.counts
        return [(word, counts[code], at(code)) for word, code in (("开工", "started"), ("投产", "in-production"))]

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
            return self.figures.lamp if self.figures else NOT_RATED
        reached = self.count is not None and self.target and self.count >= self.target
        return REACHED if reached else NOT_RATED


def categories(place: Place) -> list[CategoryCard]:
    """The categories in their order, each with its target, its figures and what it counts besides money."""
    targets = _targets(place)
    enlisted = dict(place.enlisted.order_by().values_list("category").annotate(projects=Count("id")))
    contracts, people, results = _contracts(place), _people(place), _results(place)
    milestones = counts_of(place, CATEGORY)
    figures = {row.key: row for row in place.groups(CATEGORY)}
    reported = place.reported(CATEGORY)
    return [
        CategoryCard(
            category=category,
            target=targets.get(category.id),
            enlisted=enlisted.get(category.id, 0),
            time_progress=place.total.time_progress,
            figures=figures[category.id] if category.id in reported else None,
            planned=category.id in figures and figures[category.id].planned_projects > 0,
            contracts=contracts.get(category.id),
            people=people.get(category.id),
            projects=listed_behind(place, category=category.id),
            milestones=milestones.get(category.id),
            results=results.get(category.id, ()),
        )
        for category in Category.objects.visible_to(place.user)
    ]


def _targets(place: Place) -> dict[int, int]:
    """The city's targets, by category. Nobody measures a part of the city by them."""
    targets = CategoryTarget.objects.filter(action_plan__year=place.month.year)
    return dict(targets.values_list("category", "target")) if place.complete else {}


def _contracts(place: Place) -> dict[int, Mapping[str, Any]]:
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


def _results(place: Place) -> dict[int, list[Mapping[str, Any]]]:
    """What was achieved in the year besides money, up to the month, by category; the largest numbers first."""
    sums = (
        Result.objects.filter(project__in=place.listed.values("pk"))
        .filter(achieved_on__year=place.month.year, achieved_on__lt=place.next_day)
        .order_by()
        .values(category=F("project__category"), name=F("indicator__name"), unit=F("indicator__unit"))
        .annotate(number=Sum("value"))
        .order_by("-number", "indicator__name")
    )
    found: dict[int, list[Mapping[str, Any]]] = {}
    for row in sums:
        found.setdefault(row["category"], []).append(row)
    return found


def _people(place: Place) -> dict[int, Mapping[str, Any]]:
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
