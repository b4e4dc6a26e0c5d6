"""快报: what is approved and, beside it, what is handed in and not approved yet. Never an official figure.

The approved part is the engine's. The rest is added up here, where it is read, from the reports that the reader sees.
Amounts in 万元, rates in percent.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Model, Q, Sum, Value
from django.db.models.functions import Coalesce

from projects.models import User
from projects.models.scope import inside, seen_by

from .models import GroupProgress, MonthlyReport
from .months import Month
from .places import Grouping, Place, city_of
from .rates import percent
from .reporting import State

WAITING = (State.SUBMITTED, State.PASSED)  # handed in, not counted yet


@dataclass(frozen=True)
class FlashRow:
    """A group of projects in a month. An amount that nobody has reported is None, not zero."""

    name: str
    due: int
    handed_in: int
    planned: Decimal | None
    approved: Decimal | None  # year to date
    waiting: Decimal | None  # handed in for the year up to the month, and not approved
    is_total: bool = False

    @property
    def together(self) -> Decimal | None:
        if self.approved is None and self.waiting is None:
            return None
        return (self.approved or Decimal(0)) + (self.waiting or Decimal(0))

    @property
    def rate(self) -> Decimal | None:
        return percent(self.together, self.planned)


def flash_place(user: User, month: Month) -> Place | None:
    """What the reader sees of the city in a month that need not have approved figures; None without a city."""
    city = city_of(user)
    return Place(user, city, month, [month]) if city else None


def flash_total(place: Place) -> FlashRow | None:
    """All that the reader sees; None if that is nothing."""
    if not place.totals:
        return None
    due, handed_in = _due(place).get(0, (0, 0))
    return _row("合计", place.total, _waiting(place).get(0), due, handed_in, place.approved, is_total=True)


def flash_rows(place: Place, grouping: Grouping) -> list[FlashRow]:
    """One row for each group in the groups' own order, that without a name last."""
    waiting, due, reported = _waiting(place, grouping), _due(place, grouping), place.reported(grouping)
    rows = {row.key: row for row in place.groups(grouping)}
    names: dict[int, Any] = {each.pk: each for each in _named(grouping.model, place.user) if each.pk in rows}
    if 0 in rows:
        names[0] = grouping.nobody
    return [
        _row(str(name), rows[key], waiting.get(key), *due.get(key, (0, 0)), key in reported)
        for key, name in names.items()
    ]


def _named(model: type[Model], user: User) -> Any:
    return model._default_manager.visible_to(user)  # type: ignore[attr-defined]


def _row(
    name: str,
    row: GroupProgress,
    waiting: Decimal | None,
    due: int,
    handed_in: int,
    approved: bool,
    *,
    is_total: bool = False,
) -> FlashRow:
    planned = row.planned_year if row.planned_projects else None
    completed = row.year_to_date if approved else None
    return FlashRow(name, due, handed_in, planned, completed, waiting, is_total)


def _waiting(place: Place, grouping: Grouping | None = None) -> dict[int, Decimal]:
    """Amounts handed in for the year up to the month and not approved, by group; where there are none, no entry."""
    waiting = _reports(place).filter(month__lte=place.month.number, state__in=WAITING)
    sums = _by(waiting, grouping).annotate(waiting=Sum("amount"))
    return {row["group"]: row["waiting"] for row in sums if row["waiting"] is not None}


def _due(place: Place, grouping: Grouping | None = None) -> dict[int, tuple[int, int]]:
    """How many reports are due in the month, and how many of those are in, by group. What is excused is not due."""
    reports = MonthlyReport.objects.of(place.month).exclude(state=State.EXCUSED)
    seen = reports.filter(seen_by(place.user, "project__"), inside(place.city, "project__")).order_by()
    handed_in = Count("pk", filter=Q(state__in=MonthlyReport.HANDED_IN))
    rows = _by(seen, grouping).annotate(due=Count("pk"), handed_in=handed_in)
    return {row["group"]: (row["due"], row["handed_in"]) for row in rows}


def _reports(place: Place) -> Any:
    reports = MonthlyReport.objects.visible_to(place.user).filter(inside(place.city, "project__"))
    return reports.filter(year=place.month.year).order_by()


def _by(reports: Any, grouping: Grouping | None) -> Any:
    """Reports by the `group` of their project, 0 for that without a name; without a grouping, all are one group, 0."""
    return reports.values(group=Coalesce(F(f"project__{grouping.column}"), 0) if grouping else Value(0))
