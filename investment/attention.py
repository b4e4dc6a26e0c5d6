"""What needs attention in a month: sets of projects, counted on the overview and listed on the projects' page alike."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from projects.models import Category, Problem, Status

from .lamps import BEHIND, FAR_BEHIND, condition
from .models import MonthlyReport
from .places import Place


@dataclass(frozen=True)
class Attention:
    """A set of projects that somebody should look at; `code` stands in addresses.

    One `of_month` follows from rows with a date; the others follow from the register as it stands today, and cannot be
    compared with another month.
    """

    code: str
    label: str
    of_month: bool = True


ATTENTIONS = (
    Attention("far-behind", "严重滞后项目"),
    Attention("behind", "滞后项目"),
    Attention("not-started", "应开工未开工"),
    Attention("stopped", "停工", of_month=False),
    Attention("no-report", "月报未报送"),
    Attention("overdue-problem", "问题超过办理时限"),
    Attention("no-leader", "未明确联系领导", of_month=False),
)


def conditions(place: Place) -> dict[str, Q]:
    """By code, the condition on `place.listed` under which a project belongs to the set."""
    return {
        "far-behind": condition(FAR_BEHIND, "now__"),
        "behind": condition(BEHIND, "now__"),
        "not-started": _due_to_start(place),
        "stopped": Q(status=Status.STOPPED),
        "no-report": Q(Exists(_owed(place))),
        "overdue-problem": Q(Exists(_overdue(place))),
        "no-leader": Q(liaison_leader=None) & ~Q(category__counts=Category.Counts.PEOPLE),
    }


def counts(place: Place) -> dict[str, int]:
    """How many projects belong to each set, by code."""
    sets = conditions(place)
    counted = {code.replace("-", "_"): Count("pk", filter=rule) for code, rule in sets.items()}
    numbers = place.listed.aggregate(**counted)
    return {code: numbers[code.replace("-", "_")] for code in sets}


@dataclass(frozen=True)
class Line:
    """A set of the month: how many projects, and how many more than in the month before (None: no comparison)."""

    attention: Attention
    count: int
    change: int | None


def lines(place: Place) -> list[Line]:
    """All sets of the month, also the empty ones: that nothing lags is news too."""
    now = counts(place)
    before = counts(replace(place, month=place.previous)) if place.previous else None
    return [
        Line(each, now[each.code], now[each.code] - before[each.code] if before and each.of_month else None)
        for each in ATTENTIONS
    ]


def _due_to_start(place: Place) -> Q:
    """Planned to start by the end of the month, and not started then."""
    due = Q(planned_start__lt=place.next_day) & ~Q(status__in=(Status.WITHDRAWN, Status.FINISHED))
    return due & (Q(actual_start=None) | Q(actual_start__gte=place.next_day))


def _owed(place: Place) -> Any:
    """Reports of the month that are due and not handed in, or were named as missing at the close."""
    owed = (*MonthlyReport.OWED, MonthlyReport.State.MISSING)
    of_month = MonthlyReport.objects.filter(year=place.month.year, month=place.month.number, state__in=owed)
    return of_month.filter(project=OuterRef("pk"))


def _overdue(place: Place) -> Any:
    """Problems whose deadline passed by the end of the month, and which were not closed then."""
    open_then = Q(closed_on=None) | Q(closed_on__gte=place.next_day)
    return Problem.objects.filter(open_then, project=OuterRef("pk"), deadline__lt=place.next_day)
