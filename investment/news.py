"""What changed since the month before, for the overview: the amount, the rate, what happened, who did most.

Amounts in 万元, rates in percent, from the engine's rows as they stand.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from .attention import Line, happenings
from .models import GroupProgress
from .places import Place

LARGEST = 3  # projects named that completed most in the month


@dataclass(frozen=True)
class News:
    """A month beside the one before; `before` is None in the first month, or while one of them has no amount."""

    now: GroupProgress
    before: GroupProgress | None
    happened: list[Line]
    largest: list[Any]  # projects with their row `now`

    @property
    def more(self) -> Decimal | None:
        """Completed in the month, more than in the month before."""
        return self.now.amount - self.before.amount if self.before else None

    @property
    def apart(self) -> Decimal:
        """How much more or less that is."""
        return abs(self.more or Decimal(0))

    @property
    def points(self) -> Decimal | None:
        """The rate, more than at the end of the month before; nothing across years, which have plans of their own."""
        if not self.before or self.before.year != self.now.year or self.now.rate is None or self.before.rate is None:
            return None
        return self.now.rate - self.before.rate


def news(place: Place) -> News | None:
    """None while no report of the month is approved."""
    if not place.total.reported_projects:
        return None
    projects: Any = place.listed  # whose row `now` mypy does not know of
    largest = projects.filter(now__amount__gt=0).select_related("now").order_by("-now__amount", "code")[:LARGEST]
    return News(place.total, _before(place), happenings(place), list(largest))


def _before(place: Place) -> GroupProgress | None:
    if place.previous is None:
        return None
    rows = replace(place, month=place.previous).totals
    return next((row for row in rows if row.month == place.previous.number and row.reported_projects), None)
