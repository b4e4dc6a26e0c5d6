"""The engine: remakes the derived rows from plans and reports, set by set, in SQL that both databases speak.

The way of one number: a change writes a `StaleProgress` row in its own transaction; `refresh_stale` takes such rows,
remakes the twelve months of the projects they name, and moves the difference into the groups those projects stand in:
the old rows out, the new rows in. `refresh_year` does the same for every project of a year, then adds up each group
afresh and repairs what does not agree. Both hold the lock of the year, so two workers never mix; both may run twice,
the second time changes nothing. Amounts inside SQL are whole yuan, percentages whole hundredths.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, F, Max, Min, When
from django.utils import timezone

from projects.models import Area, Project
from projects.money import format_wan

from .models import GroupProgress, Period, ProgressYear, ProjectProgress, RefreshRun, StaleProgress
from .months import MONTHS, Month
from .progress_sql import (
    APPLY_CHANGE,
    DELETE_GONE,
    FIND_CHANGE,
    FIND_GROUP_DRIFT,
    GROUP_DRIFT_SAMPLE,
    MOVE_GROUPS,
    PROJECT_DRIFT_SAMPLE,
    REPAIR_GROUPS,
    Scope,
)

BATCH = 500  # stale projects remade in one transaction
SLICE = 20_000  # project ids of one transaction of a full refresh: small enough for memory, large enough for the set


@dataclass
class Outcome:
    """What one pass over some projects or groups changed."""

    projects: int = 0
    rows: int = 0
    groups: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.projects + other.projects, self.rows + other.rows, self.groups + other.groups)


def mark_stale(project_ids: Iterable[int], since_year: int | None = None) -> None:
    """Say that these projects must be remade, for `since_year` and all later years that have figures (None: all years).

    Call it in the transaction of the change. Later years follow because 'since start' runs through them.
    """
    years = ProgressYear.objects.all()
    if since_year is not None:
        years = years.filter(year__gt=since_year)
    affected = set(years.values_list("year", flat=True)) | ({since_year} if since_year is not None else set())
    StaleProgress.objects.bulk_create(
        [StaleProgress(project_id=project, year=year) for project in project_ids for year in sorted(affected)],
        batch_size=5_000,
    )


def is_updating(year: int) -> bool:
    """Whether changes of this year wait to be counted."""
    return (
        StaleProgress.objects.filter(year=year).exists()
        or RefreshRun.objects.filter(year=year, started_at=None).exists()
    )


def oldest_stale() -> datetime.datetime | None:
    """Since when the longest-waiting change waits; None when nothing waits."""
    return StaleProgress.objects.aggregate(since=Min("since"))["since"]


def refresh_stale() -> Outcome:
    """Remake whatever is stale, a batch at a time, oldest year first. Safe to run at any time, by any number of workers."""
    total = Outcome()
    for year in StaleProgress.objects.order_by("year").values_list("year", flat=True).distinct():
        while (outcome := _refresh_batch(year)) is not None:
            total += outcome
    return total


def _refresh_batch(year: int) -> Outcome | None:
    """Remake up to BATCH stale projects of a year; None when there are none left."""
    started = timezone.now()
    try:
        with transaction.atomic():
            state = lock_year(year)
            # These very ids are deleted, not 'all up to the last': a change that commits meanwhile keeps its own row.
            stale = dict(StaleProgress.objects.filter(year=year).order_by("id").values_list("id", "project_id")[:BATCH])
            if not stale:
                return None
            projects = set(stale.values())
            outcome = _remake(year, Scope.of(projects))
            outcome.projects = len(projects)
            StaleProgress.objects.filter(id__in=list(stale)).delete()
            _stamp(state, outcome)
            _record(RefreshRun(trigger=RefreshRun.Trigger.CHANGE, year=year, started_at=started), outcome)
    except Exception as error:
        RefreshRun.objects.create(
            trigger=RefreshRun.Trigger.CHANGE, year=year, started_at=started, finished_at=timezone.now(), error=str(error)
        )
        raise
    return outcome


def request_run(year: int, trigger: str = RefreshRun.Trigger.MANUAL, by: Any = None) -> RefreshRun:
    """Ask for a full refresh of a year; a worker carries it out (`start_run`), the sweep finds it if nobody does."""
    return RefreshRun.objects.create(year=year, trigger=trigger, requested_by=by)


def start_run(run_id: int) -> Outcome | None:
    """Carry out a requested run once; None if another worker took it. Errors are written to the run and raised."""
    if not RefreshRun.objects.filter(id=run_id, started_at=None).update(started_at=timezone.now()):
        return None
    run = RefreshRun.objects.get(id=run_id)
    try:
        outcome = refresh_year(run.year, run.findings)
    except Exception as error:
        RefreshRun.objects.filter(id=run_id).update(finished_at=timezone.now(), error=str(error))
        raise
    _record(run, outcome)
    return outcome


def refresh_year(year: int, findings: list[str] | None = None) -> Outcome:
    """Remake a whole year, then compare each group with the sum of its projects and repair it.

    What differed without being known as stale is described, in Chinese, in `findings` (the first few of each slice).
    """
    findings = [] if findings is None else findings
    total = Outcome()
    for first, last in _project_slices():
        with transaction.atomic():
            state = lock_year(year)
            waiting = StaleProgress.objects.filter(year=year, project__id__range=(first, last))
            stale = dict(waiting.values_list("id", "project_id"))
            outcome = _remake(year, Scope.between(first, last), findings, known=set(stale.values()))
            outcome.projects = Project.objects.filter(id__range=(first, last)).count()
            StaleProgress.objects.filter(id__in=list(stale)).delete()
            _stamp(state, outcome)
        total += outcome
    for cities in _city_slices():
        with transaction.atomic():
            state = lock_year(year)
            outcome = _repair_groups(year, cities, findings)
            _stamp(state, outcome)
        total += outcome
    return total


def lock_year(year: int) -> ProgressYear:
    """The year's row, locked until the transaction ends; made, with its twelve periods, when the year is new."""
    ProgressYear.objects.get_or_create(year=year)
    state = ProgressYear.objects.select_for_update().get(year=year)
    if not state.version:
        Period.objects.bulk_create([Period(year=year, month=month) for month in MONTHS], ignore_conflicts=True)
    return state


def _stamp(state: ProgressYear, outcome: Outcome) -> None:
    """Write the time of the figures; the version moves only when a figure did."""
    changed = bool(outcome.rows or outcome.groups) or not state.version
    ProgressYear.objects.filter(year=state.year).update(
        version=F("version") + (1 if changed else 0), as_of=timezone.now()
    )


def _record(run: RefreshRun, outcome: Outcome) -> None:
    run.projects, run.changed_rows, run.changed_groups = outcome.projects, outcome.rows, outcome.groups
    run.finished_at = timezone.now()
    run.save()


def _remake(year: int, scope: Scope, findings: list[str] | None = None, known: set[int] | None = None) -> Outcome:
    """Remake the rows of some projects and move the difference into their groups."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS progress_change")
        cursor.execute(FIND_CHANGE.format(year=year, scope_id=scope.sql("p.id"), scope_project=scope.sql("project_id")))
        cursor.execute("SELECT COUNT(*) FROM progress_change")
        outcome = Outcome(rows=cursor.fetchone()[0])
        if outcome.rows:
            if findings is not None:
                cursor.execute(PROJECT_DRIFT_SAMPLE)
                findings += [_project_finding(year, *row[1:]) for row in cursor.fetchall() if row[0] not in (known or ())]
            cursor.execute(MOVE_GROUPS.format(year=year))
            outcome.groups = cursor.rowcount
            cursor.execute(DELETE_GONE)
            cursor.execute(APPLY_CHANGE.format(year=year))
        cursor.execute("DROP TABLE progress_change")
    return outcome


def _repair_groups(year: int, cities: list[int], findings: list[str]) -> Outcome:
    """Add up the groups of these cities (and of the province above them) afresh and write what differs."""
    areas = Area.objects.filter(id__in=cities) | Area.objects.filter(parent__in=cities)
    area_ids = set(areas.values_list("id", flat=True)) | set(
        Area.objects.filter(children__in=cities).values_list("id", flat=True)
    )
    GroupProgress.objects.filter(year=year, area__in=area_ids, projects=0).delete()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS group_drift")
        cursor.execute(
            FIND_GROUP_DRIFT.format(
                year=year, cities=Scope.of(cities).sql("city_id"), areas=Scope.of(area_ids).sql("area_id")
            )
        )
        cursor.execute(GROUP_DRIFT_SAMPLE)
        drift = cursor.fetchall()
        findings += [_group_finding(year, *row) for row in drift]
        repaired = 0
        if drift:
            for statement in REPAIR_GROUPS:
                cursor.execute(statement.format(year=year))
                repaired += cursor.rowcount
        cursor.execute("DROP TABLE group_drift")
    return Outcome(groups=repaired)


def _project_slices() -> Iterator[tuple[int, int]]:
    """Ranges of project ids, SLICE wide."""
    bounds = Project.objects.aggregate(first=Min("id"), last=Max("id"))
    if bounds["first"] is not None:
        for first in range(bounds["first"], bounds["last"] + 1, SLICE):
            yield first, min(first + SLICE - 1, bounds["last"])


def _city_slices() -> Iterator[list[int]]:
    """Cities in lots of about SLICE projects; the cities of one province stay together, as their sums meet there."""
    home = Case(When(area__kind=Area.Kind.CITY, then="area"), default="area__parent")
    sizes = dict(Project.objects.values_list(home).annotate(size=Count("id")))
    provinces = groupby(
        Area.objects.cities().order_by("parent", "id").values_list("id", "parent"), key=lambda row: row[1] or -row[0]
    )
    lot: list[int] = []
    for _, cities in provinces:
        lot += [city for city, _ in cities]
        if sum(sizes.get(city, 0) for city in lot) >= SLICE:
            yield lot
            lot = []
    if lot:
        yield lot


def _wan(yuan: int | None) -> str:
    return "无" if yuan is None else format_wan(ProjectProgress._meta.get_field("amount").from_db_value(yuan, None, None))


def _project_finding(year: int, code: str, month: int, was: int | None, now: int | None) -> str:
    return f"项目 {code} {Month(year, month).label}：累计完成 {_wan(was)} → {_wan(now)} 万元"


def _group_finding(year: int, area: str, kind: int, key: int, month: int, was: int | None, now: int | None) -> str:
    label = GroupProgress.Kind(kind).label
    return f"{area} {label} {key or ''} {Month(year, month).label}：累计完成 {_wan(was)} → {_wan(now)} 万元"
