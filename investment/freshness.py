"""As of when a year's figures are, whether changes wait to be counted, and under which version a page may be kept."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.cache import cache

from .models import ProgressYear, RefreshRun, StaleProgress

Made = TypeVar("Made")
KEPT_SECONDS = 24 * 3600  # versions end what is kept, this only frees the memory


@dataclass(frozen=True)
class Freshness:
    """The state of a year's figures. `version` moves with each counted change and each row of the register."""

    year: int
    version: str
    as_of: datetime.datetime | None
    updating: bool

    @property
    def waiting_projects(self) -> int:
        """How many projects wait to be counted; none while a whole year is computed anew."""
        return StaleProgress.objects.filter(year=self.year).values("project").distinct().count() if self.updating else 0

    def keep(self, key: str, make: Callable[[], Made]) -> Made:
        """What `make()` gives, made once and kept until the version moves. The key says whose figures of when it is."""
        return cast(Made, cache.get_or_set(f"{self.version}:{key}", make, KEPT_SECONDS))


# Written out, because every page asks: to have it put together anew takes Django seventy times as long as to answer it.
FRESHNESS = """
    SELECT y.year, y.as_of,
        (SELECT SUM(version) FROM investment_progressyear) AS versions,
        (SELECT version FROM projects_register WHERE id = 1) AS register,
        EXISTS (SELECT 1 FROM investment_staleprogress s WHERE s.year = y.year) AS stale,
        EXISTS (SELECT 1 FROM investment_refreshrun r WHERE r.year = y.year AND r.started_at IS NULL) AS asked
    FROM investment_progressyear y WHERE y.year = %s
"""


def freshness(year: int) -> Freshness:
    """One query for everything that a page needs to say how fresh it is.

    The version counts the changes of all years: January is compared with December.
    """
    rows: Iterable[Any] = ProgressYear.objects.raw(FRESHNESS, [year])
    for row in rows:
        return Freshness(year, f"{row.versions}.{row.register or 0}", row.as_of, updating=bool(row.stale or row.asked))
    waiting = (StaleProgress.objects.filter(year=year), RefreshRun.objects.filter(year=year, started_at=None))
    return Freshness(year, "", None, updating=any(found.exists() for found in waiting))


def waiting_for_figures() -> bool:
    """Whether rows wait to be counted in any year: then an empty page fills itself soon."""
    return StaleProgress.objects.exists()
