"""The engine: remakes the derived rows from plans and reports, set by set, in SQL that both databases speak.

The way of one number: a change writes a `StaleProgress` row in its own transaction; `refresh_stale` takes such rows,
remakes the twelve months of the projects they name, and moves the difference into the groups those projects stand in:
the old rows out, the new rows in. `refresh_year` does the same for every project of a year, then adds up each group
afresh and repairs what does not agree. Both hold the lock of the year, so two workers never mix; both may run twice,
the second time changes nothing. Amounts inside SQL are whole yuan, percentages whole hundredths.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Min, Q
from django.utils import timezone

from projects.models import Project
from projects.money import format_wan

from .lamps_sql import NOT_LIT, OPEN, light
from .models import ClosedGroupProgress, GroupProgress, Period, ProgressYear, ProjectProgress, RefreshRun, StaleProgress
from .models.lamp_rules import rules_for, rules_of
from .months import MONTHS, Month
from .progress_sql import (
    APPLY_CHANGE,
    CHANGE_TABLE,
    DELETE_GONE,
    DELETE_GROUPS,
    FIND_CHANGE,
    FIND_DIFFERING,
    FIND_GROUP_DRIFT,
    FREEZE_GROUPS,
    FREEZE_PROJECTS,
    GATHER_GROUPS,
    GROUP_DRIFT_SAMPLE,
    KEEP_TRUTH,
    KNOW_TRUTH,
    MOVE_GROUPS,
    PROJECT_DRIFT_SAMPLE,
    REPAIR_GROUPS,
    START_GROUPS,
    Scope,
    Statement,
)

BATCH = 500  # stale projects remade in one transaction
SLICE = 20_000  # project ids that a full refresh takes at once: few enough for memory, many enough for the set


@dataclass
class Outcome:
    """What one pass over some projects or groups changed."""

    projects: int = 0
    rows: int = 0
    groups: int = 0
    lamps: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


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


def oldest_stale() -> datetime.datetime | None:
    """Since when the longest-waiting change waits; None when nothing waits."""
    return StaleProgress.objects.aggregate(since=Min("since"))["since"]


def refresh_stale() -> Outcome:
    """Remake whatever is stale, a batch at a time, oldest year first.

    Safe to run at any time, by any number of workers.
    """
    total = Outcome()
    for year in StaleProgress.objects.order_by("year").values_list("year", flat=True).distinct():
        more = True
        while more:
            outcome, more = _refresh_batch(year)
            total += outcome
    return total


def _refresh_batch(year: int) -> tuple[Outcome, bool]:
    """Remake up to BATCH stale projects of a year; also tells whether there may be more."""
    run = RefreshRun(trigger=RefreshRun.Trigger.CHANGE, year=year, started_at=timezone.now())
    try:
        with transaction.atomic():
            lock_year(year)
            # These very ids are deleted, not 'all up to the last': a change that commits meanwhile keeps its own row.
            stale = dict(StaleProgress.objects.filter(year=year).order_by("id").values_list("id", "project_id")[:BATCH])
            if not stale:
                return Outcome(), False
            projects = set(stale.values())
            outcome = _remake(year, projects)
            outcome.projects = len(projects)
            StaleProgress.objects.filter(id__in=list(stale)).delete()
            _stamp(year, changed=True)
            _record(run, outcome)
    except Exception as error:
        _record_failure(run, error)
        raise
    return outcome, len(stale) == BATCH


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
        _record_failure(run, error)
        raise
    _record(run, outcome)
    return outcome


def refresh_year(year: int, findings: list[str] | None = None) -> Outcome:
    """Remake a whole year in one transaction: every project, then every group added up afresh.

    What differed without being known as stale is described, in Chinese, in `findings` (the first few).
    """
    findings = [] if findings is None else findings
    with transaction.atomic():
        lock_year(year)
        # Read before the data: a change that commits meanwhile keeps its own row and is counted again.
        stale = dict(StaleProgress.objects.filter(year=year).values_list("id", "project_id"))
        GroupProgress.objects.filter(year=year, projects=0).delete()
        with connection.cursor() as cursor:
            _take_your_time(cursor)
            outcome = _remake_all(cursor, year, findings, known=set(stale.values()))
        StaleProgress.objects.filter(id__in=list(stale)).delete()
        _stamp(year, changed=bool(stale or outcome.rows or outcome.groups or outcome.lamps))
        ProgressYear.objects.filter(year=year).update(judged_on=timezone.localdate())
    return outcome


def follow_day(today: datetime.date) -> None:
    """Once a day: light the lamps of the open months anew, as reports are overdue by now, and months have begun."""
    waiting = ProgressYear.objects.filter(Q(judged_on=None) | Q(judged_on__lt=today))
    for year in waiting.order_by("year").values_list("year", flat=True):
        with transaction.atomic():
            lock_year(year)
            _stamp(year, changed=bool(_light_open_months(year)))
            ProgressYear.objects.filter(year=year).update(judged_on=today)


def judge_again(year: int) -> None:
    """Have `follow_day` look at a year at its next call, whatever the day."""
    ProgressYear.objects.filter(year=year).update(judged_on=None)


def freeze_month(month: Month) -> None:
    """Copy the figures of a month for good, in the transaction that closes it.

    Whatever waits for the year is counted first, under its lock, and the lamps are lit a last time. A month that has
    its copy keeps the one it has.
    """
    with transaction.atomic():
        lock_year(month.year)
        if ClosedGroupProgress.objects.filter(year=month.year, month=month.number).exists():
            return
        _count_what_waits(month.year)
        _light_open_months(month.year)
        period = Period.objects.filter(year=month.year, month=month.number, closed_at=None)
        period.update(lamp_rules=rules_for(month.year))
        with connection.cursor() as cursor:
            _take_your_time(cursor)
            for statement in (FREEZE_PROJECTS, FREEZE_GROUPS):
                cursor.execute(statement.format(month=month))
        _stamp(month.year, changed=True)


def _count_what_waits(year: int) -> None:
    """Bring the figures of a year up to now: all of them where a full run is asked for, or has not come to its end."""
    if RefreshRun.objects.filter(year=year, finished_at=None).exists():
        refresh_year(year)
    more = True
    while more:
        _, more = _refresh_batch(year)


def _take_your_time(cursor: Any) -> None:
    """Let the statements of this transaction run longer than those of a page."""
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL statement_timeout = 0")


def lock_year(year: int) -> None:
    """Hold the year's row until the transaction ends; make it, with its twelve periods, when the year is new."""
    if ProgressYear.objects.select_for_update().filter(year=year).first() is None:
        Period.objects.bulk_create([Period.by_rule(year, month) for month in MONTHS], ignore_conflicts=True)
        ProgressYear.objects.bulk_create([ProgressYear(year=year)], ignore_conflicts=True)
        ProgressYear.objects.select_for_update().get(year=year)


def _stamp(year: int, *, changed: bool) -> None:
    """Write the time of the figures; the version moves with each change that was counted, as pages name its reports."""
    ProgressYear.objects.filter(year=year).update(version=F("version") + int(changed), as_of=timezone.now())


def _record(run: RefreshRun, outcome: Outcome) -> None:
    run.projects, run.changed_rows, run.changed_groups = outcome.projects, outcome.rows, outcome.groups
    run.finished_at = timezone.now()
    run.save()


def _record_failure(run: RefreshRun, error: Exception) -> None:
    run.finished_at, run.error = timezone.now(), str(error)
    run.save()


def _remake(year: int, projects: set[int]) -> Outcome:
    """Remake the rows of some projects and move the difference into their groups."""
    with connection.cursor() as cursor:
        _find_change(cursor, year, projects)
        groups = MOVE_GROUPS.run(cursor, year, projects)
        outcome = Outcome(groups=groups, rows=_apply_change(cursor, year, projects))
        outcome.lamps = _lamps(year).run(cursor, year, projects, timezone.localdate())
        _clear_change(cursor, projects)
    return outcome


def _remake_all(cursor: Any, year: int, findings: list[str], known: set[int]) -> Outcome:
    """Remake all projects, a slice at a time; gather the sums of their groups on the way and compare those last."""
    outcome, today = Outcome(), timezone.localdate()
    light_remade, light_open = _lamps(year), _lamps(year, OPEN)
    gather = START_GROUPS
    for slice_ in _slices():
        outcome.projects += _keep_truth(cursor, year, slice_)
        cursor.execute(FIND_DIFFERING.format(year=year, scope=slice_, today=f"'{today}'"))
        if differing := {project for (project,) in cursor.fetchall()}:
            _find_change(cursor, year, differing)
            cursor.execute(PROJECT_DRIFT_SAMPLE)
            findings += [_project_finding(year, *row[1:]) for row in cursor.fetchall() if row[0] not in known]
            outcome.rows += _apply_change(cursor, year, differing)
            _clear_change(cursor, differing)
            outcome.lamps += light_remade.run(cursor, year, differing, today)
        outcome.lamps += light_open.run_for(cursor, year, slice_, today)
        cursor.execute(gather)
        cursor.execute("DROP TABLE progress_truth")
        gather = GATHER_GROUPS
    outcome.groups = _repair_groups(cursor, year, findings if not known else None)
    cursor.execute("DROP TABLE group_sums")
    return outcome


def _keep_truth(cursor: Any, year: int, slice_: Scope) -> int:
    """Keep the truth of some projects in a table of the connection; returns how many they are."""
    cursor.execute(KEEP_TRUTH.format(year=year, scope=slice_))
    if connection.vendor == "postgresql":
        cursor.execute(KNOW_TRUTH)
    cursor.execute("SELECT COUNT(*) FROM progress_truth")
    return int(cursor.fetchone()[0])


def _repair_groups(cursor: Any, year: int, findings: list[str] | None) -> int:
    """Compare the gathered sums with the stored groups and write what differs; returns how many rows that were."""
    cursor.execute(FIND_GROUP_DRIFT.format(year=year))
    if findings is not None:
        cursor.execute(GROUP_DRIFT_SAMPLE)
        findings += [_group_finding(year, *row) for row in cursor.fetchall()]
    repaired = 0
    for statement in (DELETE_GROUPS, REPAIR_GROUPS):
        cursor.execute(statement.format(year=year))
        repaired += cursor.rowcount
    cursor.execute("DROP TABLE group_drift")
    return repaired


def _find_change(cursor: Any, year: int, projects: set[int]) -> None:
    """Fill the connection's table of changes with what must be written for these projects."""
    cursor.execute(CHANGE_TABLE)
    FIND_CHANGE.run(cursor, year, projects)


def _apply_change(cursor: Any, year: int, projects: set[int]) -> int:
    """Write what differs of these projects; returns how many rows that were."""
    return DELETE_GONE.run(cursor, year, projects) + APPLY_CHANGE.run(cursor, year, projects)


def _lamps(year: int, which: str = NOT_LIT) -> Statement:
    """What lights the lamps of a year by the rules in force."""
    version = rules_for(year).pk
    return light(version, rules_of(version), which)


def _light_open_months(year: int) -> int:
    """Light the lamps of all projects in the months that have begun and are open; returns how many are others now."""
    statement, today = _lamps(year, OPEN), timezone.localdate()
    with connection.cursor() as cursor:
        _take_your_time(cursor)
        return sum(statement.run_for(cursor, year, slice_, today) for slice_ in _slices())


def _clear_change(cursor: Any, projects: set[int]) -> None:
    """Empty the table of changes; one that held many goes, as dead rows in it would spoil the plans of few."""
    cursor.execute("DELETE FROM progress_change" if len(projects) <= Statement.FEW else "DROP TABLE progress_change")


def _slices() -> Iterator[Scope]:
    """All projects, in ranges of ids SLICE wide; at least one range, if an empty one."""
    bounds = Project.objects.aggregate(first=Min("id"), last=Max("id"))
    first, last = bounds["first"] or 0, bounds["last"] or 0
    for start in range(first, last + 1, SLICE):
        yield Scope.between(start, start + SLICE - 1)


def _wan(yuan: int | None) -> str:
    return (
        "无" if yuan is None else format_wan(ProjectProgress._meta.get_field("amount").from_db_value(yuan, None, None))
    )


def _project_finding(year: int, code: str, month: int, was: int | None, now: int | None) -> str:
    return f"项目 {code} {Month(year, month).label}：累计完成 {_wan(was)} → {_wan(now)} 万元"


def _group_finding(year: int, area: str, kind: int, key: int, month: int, was: int | None, now: int | None) -> str:
    label = GroupProgress.Kind(kind).label
    return f"{area} {label} {key or ''} {Month(year, month).label}：累计完成 {_wan(was)} → {_wan(now)} 万元"
