"""What the figures of closed months are now, where that is not what they were when the month was closed.

A correction, a late report, a plan of before: each leaves the closed figures as they were, and moves what stands in
`ProjectProgress`. Amounts in 万元.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q

from projects.models import Project, User

from .models import ClosedProjectProgress, ProjectProgress
from .months import Month

FIGURES = ("amount", "year_to_date", "planned_year")


@dataclass(frozen=True)
class ChangedFigures:
    """A closed month of a project: each figure as it was closed (`then`) and as it is now. None where there is none."""

    project: Project
    month: Month
    amount_then: Decimal | None
    amount_now: Decimal | None
    year_to_date_then: Decimal | None
    year_to_date_now: Decimal | None
    planned_year_then: Decimal | None
    planned_year_now: Decimal | None

    @property
    def difference(self) -> Decimal:
        """What the month has more than it was closed with; without a figure it has nothing."""
        return (self.amount_now or Decimal(0)) - (self.amount_then or Decimal(0))

    @property
    def year_difference(self) -> Decimal:
        return (self.year_to_date_now or Decimal(0)) - (self.year_to_date_then or Decimal(0))

    @property
    def replanned(self) -> bool:
        return self.planned_year_then != self.planned_year_now


def changed_since_close(
    user: User, year: int, *, month: Month | None = None, project: Project | None = None
) -> list[ChangedFigures]:
    """The closed months of a year, or one of them, of all projects that the reader sees, or one: where they differ.

    The latest month first, and in it by the project's code. The months after a corrected one that were closed before
    the correction are named too: their figures of the year to date have moved.
    """
    wanted = Q(year=year)
    if month:
        wanted &= Q(month=month.number)
    if project:
        wanted &= Q(project=project)
    found = [*_moved(user, wanted), *_new(user, wanted)]
    return sorted(found, key=lambda row: (-row.month.number, row.project.code))


def _moved(user: User, wanted: Q) -> list[ChangedFigures]:
    """Rows that were closed and are another now, or none: the project may have left the year."""
    same_month = Q(project__progress__year=F("year"), project__progress__month=F("month"))
    rows = ClosedProjectProgress.objects.visible_to(user).filter(wanted)
    rows = rows.annotate(now=FilteredRelation("project__progress", condition=same_month))
    rows = rows.annotate(**{f"{name}_now": F(f"now__{name}") for name in FIGURES}).select_related("project")
    # That nothing was completed is no figure: whoever leaves a year without having had one has not changed it.
    left = Q(now__year_to_date__isnull=True, amount=None, planned_year=None, year_to_date=0)
    differing = (_differ("amount") | _differ("year_to_date") | _differ("planned_year")) & ~left
    return [
        _changed(row, {name: getattr(row, name) for name in FIGURES}, {n: getattr(row, f"{n}_now") for n in FIGURES})
        for row in rows.filter(differing)
    ]


def _new(user: User, wanted: Q) -> list[ChangedFigures]:
    """Rows with a figure of a month that was closed without the project."""
    closed = ClosedProjectProgress.objects.filter(year=OuterRef("year"), month=OuterRef("month"))
    rows = ProjectProgress.objects.visible_to(user).filter(
        wanted, Exists(closed), ~Exists(closed.filter(project=OuterRef("project")))
    )
    figured = Q(amount__isnull=False) | Q(planned_year__isnull=False) | ~Q(year_to_date=0)
    return [
        _changed(row, dict.fromkeys(FIGURES), {name: getattr(row, name) for name in FIGURES})
        for row in rows.filter(figured).select_related("project")
    ]


def _differ(name: str) -> Q:
    """Whether a figure is another now; a figure and none differ."""
    now = F(f"now__{name}")
    appeared = Q(**{f"{name}__isnull": True, f"now__{name}__isnull": False})
    gone = Q(**{f"{name}__isnull": False, f"now__{name}__isnull": True})
    return Q(**{f"{name}__lt": now}) | Q(**{f"{name}__gt": now}) | appeared | gone


def _changed(row: Any, then: dict[str, Decimal | None], now: dict[str, Decimal | None]) -> ChangedFigures:
    return ChangedFigures(
        row.project,
        Month(row.year, row.month),
        **{f"{name}_then": value for name, value in then.items()},
        **{f"{name}_now": value for name, value in now.items()},
    )
