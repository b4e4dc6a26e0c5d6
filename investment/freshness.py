"""As of when a year's figures are, whether changes wait to be counted, and under which version a page may be kept."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum, Value

from projects.models import Register

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


def freshness(year: int) -> Freshness:
    """One query for everything that a page needs to say how fresh it is."""
    stale, runs = _waiting(OuterRef("year"))
    versions = ProgressYear.objects.order_by().annotate(all=Value(1)).values("all").annotate(sum=Sum("version"))
    row = (
        ProgressYear.objects.filter(year=year)
        .annotate(
            versions=Subquery(versions.values("sum")),  # of all years: January is compared with December
            register=Subquery(Register.objects.values("version")[:1]),
            stale=Exists(stale),
            asked=Exists(runs),
        )
        .first()
    )
    if row is None:
        return Freshness(year, "", None, updating=any(rows.exists() for rows in _waiting(year)))
    return Freshness(year, f"{row.versions}.{row.register or 0}", row.as_of, updating=row.stale or row.asked)


def _waiting(year: Any) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """What waits to be counted for a year: changes of projects, and runs that somebody asked for."""
    return StaleProgress.objects.filter(year=year), RefreshRun.objects.filter(year=year, started_at=None)


def waiting_for_figures() -> bool:
    """Whether rows wait to be counted in any year: then an empty page fills itself soon."""
    return StaleProgress.objects.exists()
