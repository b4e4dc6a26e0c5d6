"""What the wall shows: one page for each thing to remember from eight metres. Amounts in 万元, rates in percent.

Every figure is one that the other pages show, too; nothing here adds up money.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from itertools import count
from typing import Any

from django.db.models import F

from projects.money import WAN_PER_YI

from . import attention
from .lamps import BEHIND, FAR_BEHIND
from .models import ProjectProgress, Wall
from .models.progress import ProjectProgressQuerySet
from .overview import CurveMonth, categories, curve
from .places import AREA, Place, UnknownMonthError, place_of
from .rankings import ranking
from .tiles import city_map

NAMED = 5  # projects by name on one page: more can't be read from afar
AREAS = 8  # areas in one ranking
COUNTED = ("far-behind", "behind", "not-started", "no-report")  # what lags, in big figures
WIDE, HIGH = 1000, 520  # the box of the curve, without the room for its labels


def place_shown(wall: Wall, place: Place) -> Place:
    """The reader's part of the city in the month that the wall is set to; where that has no figures, the latest."""
    if not wall.month:
        return place
    try:
        return place_of(place.user, wall.month) or place
    except UnknownMonthError:
        return place


def pages(wall: Wall, place: Place) -> list[tuple[str, dict[str, Any]]]:
    """The pages shown in their order, each with what its template needs."""
    return [(name, {"wall": wall, "place": place, **MAKERS[name](place)}) for name in wall.pages]


@dataclass(frozen=True)
class Curve:
    """The cumulative year as SVG draws it, in a box of WIDE × HIGH; `marks` are the level lines with their 亿元."""

    bars: list[tuple[float, float, float]]  # left, top, height
    plan: str
    actual: str
    even: str
    even_label: tuple[float, float]  # where its name stands, on its left
    marks: list[tuple[float, str]]
    ends: list[tuple[str, float, Decimal]]  # role, y, amount in 万元
    months: list[tuple[float, int]]


def curve_of(months: list[CurveMonth]) -> Curve:
    """The curve of a year in one box. Without amounts and plans nothing is drawn in it."""
    amounts: list[Decimal] = [
        amount
        for row in months
        for amount in (row.amount, row.planned_to_date, row.year_to_date, row.if_even)
        if amount is not None
    ]
    highest = max(amounts, default=Decimal(0))
    step = _step(highest)
    levels = max(1, int((highest / step).to_integral_value(ROUND_CEILING)))
    top = step * levels
    width = WIDE / max(1, len(months))

    def y(amount: Decimal) -> float:
        return round(float(HIGH - amount * HIGH / top), 1)

    def line(name: str) -> str:
        values = [(place, getattr(row, name)) for place, row in enumerate(months)]
        return " ".join(f"{(place + 0.5) * width:.1f},{y(value)}" for place, value in values if value is not None)

    bars = [
        (round((place + 0.2) * width, 1), y(row.amount), round(HIGH - y(row.amount), 1))
        for place, row in enumerate(months)
        if row.amount is not None
    ]
    return Curve(
        bars=bars,
        plan=line("planned_to_date"),
        actual=line("year_to_date"),
        even=line("if_even"),
        even_label=_middle(months, width, y),
        marks=[(y(each), f"{each / WAN_PER_YI:,f}") for each in (step * n for n in range(1, levels + 1))],
        ends=_ends(months, y),
        months=[(round((place + 0.5) * width, 1), row.month.number) for place, row in enumerate(months)],
    )


def _middle(months: list[CurveMonth], width: float, y: Callable[[Decimal], float]) -> tuple[float, float]:
    """The point of the time progress in the middle of the year."""
    place = len(months) // 2
    even = months[place].if_even if months else None
    return round((place + 0.5) * width, 1), y(even or Decimal(0))


def _ends(months: list[CurveMonth], y: Callable[[Decimal], float]) -> list[tuple[str, float, Decimal]]:
    """The last amounts of plan and actual, kept apart so that both can be read."""
    found = []
    for role, name in (("plan", "planned_to_date"), ("actual", "year_to_date")):
        known = [value for row in months if (value := getattr(row, name)) is not None]
        if known:
            found.append((role, y(known[-1]), known[-1]))
    if len(found) == 2 and abs(found[0][1] - found[1][1]) < 90:
        middle = (found[0][1] + found[1][1]) / 2
        shift = 45 if found[0][1] <= found[1][1] else -45
        found = [(role, middle + side * shift, amount) for (role, _, amount), side in zip(found, (-1, 1), strict=True)]
    return found


def _step(highest: Decimal) -> Decimal:
    """A round step (1, 2 or 5 × 10ⁿ, in 万元) that divides the height into at most six parts."""
    steps = (Decimal(first).scaleb(power) for power in count() for first in (1, 2, 5))
    return next(step for step in steps if step * 6 >= highest)


@dataclass(frozen=True)
class Lagging:
    """What lags: how many projects in which way, and the worst of them by name."""

    place: Place

    @cached_property
    def lines(self) -> list[attention.Line]:
        return [line for line in attention.lines(self.place) if line.attention.code in COUNTED]

    @property
    def far_behind(self) -> int:
        return self.lines[0].count

    @property
    def others(self) -> list[attention.Line]:
        """What lags besides those far behind, whom the headline counts."""
        return self.lines[1:]

    @cached_property
    def worst(self) -> list[ProjectProgress]:
        """Those far behind, then those behind, each with the lowest rate first."""
        rows = self.place.progress.select_related("project", "liaison_leader")
        rows = rows.order_by(F("rate").asc(nulls_last=True), "project__code")
        far = list(rows.with_lamp(FAR_BEHIND)[:NAMED])
        return far + list(rows.with_lamp(BEHIND)[: NAMED - len(far)])


def lagging(rows: ProjectProgressQuerySet) -> ProjectProgressQuerySet:
    """The rows of projects that are behind or far behind."""
    return rows.with_lamp(BEHIND) | rows.with_lamp(FAR_BEHIND)


@dataclass(frozen=True)
class Changes:
    """What the month brought, beside the month before; `before` is None where there is none."""

    place: Place

    @cached_property
    def before(self) -> Place | None:
        return replace(self.place, month=self.place.previous) if self.place.previous else None

    @property
    def of_same_year(self) -> bool:
        """Whether the rates of the two months can be compared: in January a new year begins."""
        return self.before is not None and self.before.month.year == self.place.month.year

    @cached_property
    def amount_before(self) -> Decimal | None:
        """Completed in the month before; None if nothing was approved of it."""
        row = self.before.total if self.before and self.before.totals else None
        return row.amount if row and row.reported_projects else None

    @property
    def more(self) -> Decimal | None:
        """This month's amount less that of the month before."""
        now = self.place.total
        if self.amount_before is None or not now.reported_projects:
            return None
        return now.amount - self.amount_before

    @property
    def rate_gained(self) -> Decimal | None:
        """Percentage points by which the completion rate grew."""
        now, before = self.place.total.rate, self.before.total.rate if self.before and self.of_same_year else None
        return now - before if now is not None and before is not None else None

    @cached_property
    def newly_lagging(self) -> ProjectProgressQuerySet | None:
        """Projects that lag now and did not a month before, the lowest rate first; None without a month before."""
        if self.before is None or not self.of_same_year:
            return None
        new = lagging(self.place.progress).exclude(project__in=lagging(self.before.progress).values("project"))
        return new.select_related("project").order_by(F("rate").asc(nulls_last=True), "project__code")

    @cached_property
    def recovered(self) -> int | None:
        """How many lagged a month before and do not now."""
        if self.before is None or not self.of_same_year:
            return None
        now = lagging(self.place.progress).values("project")
        return lagging(self.before.progress).exclude(project__in=now).count()

    @cached_property
    def named(self) -> list[ProjectProgress]:
        """Some of those that lag newly."""
        return list(self.newly_lagging[:NAMED]) if self.newly_lagging is not None else []

    @cached_property
    def largest(self) -> list[ProjectProgress]:
        """The projects with the largest amounts of the month."""
        rows = self.place.progress.filter(amount__gt=0).select_related("project")
        return list(rows.order_by("-amount", "project__code")[:NAMED])


def _categories(place: Place) -> dict[str, Any]:
    cards = categories(place)
    return {"cards": cards, "behind": sum(card.lamp in (BEHIND, FAR_BEHIND) for card in cards)}


def _areas(place: Place) -> dict[str, Any]:
    found = ranking(place, AREA)
    return {"ranking": found, "rows": found.rows[:AREAS], "others": max(0, len(found.rows) - AREAS)}


MAKERS: dict[str, Callable[[Place], dict[str, Any]]] = {
    "overall": lambda place: {"curve": curve_of(curve(place.totals, place.month))},
    "categories": _categories,
    "areas": _areas,
    "lagging": lambda place: {"lagging": Lagging(place)},
    "changes": lambda place: {"changes": Changes(place)},
    "map": lambda place: {"map": city_map(place)},
}
