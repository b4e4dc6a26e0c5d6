"""The list of projects: what the projects asked for add up to, and why a month has no amount. Amounts in 万元."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from .filters import ListedFilter
from .models import GroupProgress, MonthlyReport, ProjectProgress
from .places import Place, added_up

State = MonthlyReport.State
# Why a month has no amount, by the state of its report. A draft is nobody else's business: it counts as '未报'.
WORDS: dict[int, str] = {
    State.EXPECTED: "未报",
    State.DRAFT: "未报",
    State.SUBMITTED: "未审定",
    State.PASSED: "未审定",
    State.APPROVED: "更新中",
    State.RETURNED: "已退回",
    State.EXCUSED: "免报",
    State.MISSING: "缺报",
}
NOT_DUE = "无需填报"


@dataclass(frozen=True)
class Sums:
    """What the projects of a list add up to; `approved` is False while there is no amount, which is not zero."""

    figures: GroupProgress
    approved: bool


def sums(asked: ListedFilter) -> Sums | None:
    """The figures of the projects asked for, as other pages show them; None where there is no project."""
    place = asked.narrowed
    if place.chosen is None:
        return Sums(place.total, place.approved)
    return asked.freshness.keep(f"sums-{place.key}", lambda: _sums(place)) if asked.is_valid() else None


def _sums(place: Place) -> Sums | None:
    found = added_up(place.progress)
    if not found:
        return None
    reports = place.year.filter(month__lte=place.month.number, amount__isnull=False)
    return Sums(found[0], found[0].year_to_date > 0 or reports.exists())


def name_gaps(place: Place, projects: Iterable[Any]) -> None:
    """Tell of each project of a page (read with `now`) why it has no amount.

    Sets `unreported`, the word for a month without an amount, and `approved`: whether a report of the year counts, up
    to the month. Asks only about projects that have a gap.
    """
    month, gaps = place.month, [project for project in projects if project.now.amount is None]
    doubtful = [project for project in gaps if not project.now.year_to_date]
    reports = MonthlyReport.objects.filter(project__in=gaps, year=month.year, month=month.number)
    states: dict[int, int] = dict(reports.values_list("project", "state")) if gaps else {}
    counting = set(_approved(place).filter(project__in=doubtful).values_list("project", flat=True)) if doubtful else ()
    for project in projects:
        project.unreported = WORDS[states[project.pk]] if project.pk in states else NOT_DUE
        project.approved = project.now.amount is not None or project.now.year_to_date > 0 or project.pk in counting


def _approved(place: Place) -> QuerySet[ProjectProgress]:
    """The rows of the year, up to the month, in which a report is approved."""
    year, month = place.month.year, place.month.number
    return ProjectProgress.objects.filter(year=year, month__lte=month, amount__isnull=False)
