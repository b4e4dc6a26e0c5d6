"""Sets of projects that need attention in a month, or to which something happened in it: counted on the overview and
listed on the projects' page alike.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from projects.models import Category, Problem, Status

from .lamps import BEHIND, FAR_BEHIND, LAMPS, condition
from .milestones import is_due_to_start
from .models import AnnualPlan, MonthlyReport, ProjectProgress
from .places import Place

SEVERITY = {"grey": 0, "green": 0, "yellow": 1, "red": 2}  # of a lamp, by its tone


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
HAPPENINGS = (
    Attention("worse", "状态变差"),
    Attention("better", "状态好转"),
    Attention("started", "本月开工"),
    Attention("finished", "本月竣工"),
    Attention("revised", "年度计划调整"),
    Attention("new-problem", "新提出问题"),
    Attention("closed-problem", "问题销号"),
)
LAGGING = Attention("lagging", "滞后和严重滞后项目")
SETS = (*ATTENTIONS, LAGGING, *HAPPENINGS)


def conditions(place: Place) -> dict[str, Q]:
    """By code, the condition on `place.listed` under which a project belongs to the set."""
    in_month = (place.first_day, place.next_day)
    return {
        "far-behind": condition(FAR_BEHIND, "now__"),
        "behind": condition(BEHIND, "now__"),
        "lagging": condition(FAR_BEHIND, "now__") | condition(BEHIND, "now__"),
        "not-started": is_due_to_start(place.next_day),
        "stopped": Q(status=Status.STOPPED),
        "no-report": Q(Exists(_owed(place))),
        "overdue-problem": Q(Exists(_overdue(place))),
        "no-leader": Q(liaison_leader=None) & ~Q(category__counts=Category.Counts.PEOPLE),
        "worse": _turned(place, worse=True),
        "better": _turned(place, worse=False),
        "started": _between("actual_start", *in_month),
        "finished": _between("actual_finish", *in_month),
        "revised": Q(Exists(_revised(place))),
        "new-problem": Q(Exists(Problem.objects.filter(_between("raised_on", *in_month), project=OuterRef("pk")))),
        "closed-problem": Q(Exists(Problem.objects.filter(_between("closed_on", *in_month), project=OuterRef("pk")))),
    }


def counts(place: Place, wanted: Iterable[Attention] = ATTENTIONS) -> dict[str, int]:
    """How many projects belong to each of the sets wanted, by code."""
    rules = conditions(place)
    sets = {each.code: rules[each.code] for each in wanted}
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


def happenings(place: Place) -> list[Line]:
    """What happened in the month, each with the number of projects; empty sets are left out."""
    happened = counts(place, HAPPENINGS)
    return [Line(each, happened[each.code], None) for each in HAPPENINGS if happened[each.code]]


def _turned(place: Place, *, worse: bool) -> Q:
    """The lamp is of another severity than in the month before; never so in the first month."""
    turned = Q(pk__in=[])
    if place.previous is None:
        return turned
    year, month = place.previous.year, place.previous.number
    before = ProjectProgress.objects.filter(project=OuterRef("pk"), year=year, month=month)
    for now in LAMPS:
        was = Q(pk__in=[])
        for lamp in LAMPS:
            change = SEVERITY[now.tone] - SEVERITY[lamp.tone]
            if change > 0 if worse else change < 0 and now.tone != "grey":
                was |= condition(lamp)
        turned |= condition(now, "now__") & Q(Exists(before.filter(was)))
    return turned


def _between(field: str, first: datetime.date, end: datetime.date) -> Q:
    return Q(**{f"{field}__gte": first, f"{field}__lt": end})


def _revised(place: Place) -> Any:
    """Plans of the year that came into force in the month in place of an earlier one."""
    plans = AnnualPlan.objects.filter(year=place.month.year, effective_month=place.month.number, revision__gt=0)
    return plans.filter(project=OuterRef("pk"))


def _owed(place: Place) -> Any:
    """Reports of the month that are due and not handed in, or were named as missing at the close."""
    owed = (*MonthlyReport.OWED, MonthlyReport.State.MISSING)
    of_month = MonthlyReport.objects.filter(year=place.month.year, month=place.month.number, state__in=owed)
    return of_month.filter(project=OuterRef("pk"))


def _overdue(place: Place) -> Any:
    """Problems whose deadline passed by the end of the month, and which were not closed then."""
    open_then = Q(closed_on=None) | Q(closed_on__gte=place.next_day)
    return Problem.objects.filter(open_then, project=OuterRef("pk"), deadline__lt=place.next_day)
