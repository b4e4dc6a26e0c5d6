"""How fast a month opens and closes, as ratios to floors measured in the same run: `make bench`.

Opening: from no report to one expected report a project. Its floor is one INSERT … SELECT of the same rows, whose
values are constants, into a table of the same shape with the same keys. Opening again: the same when nothing lacks, as
the clock does it every few minutes. Closing: every report is approved; the figures of all projects and groups are
frozen. Its floor copies the same rows, as they stand, into tables without keys.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zjj_projects.settings")
django.setup()

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from investment import periods, progress, tasks
from investment.models import MonthlyReport, Period
from projects import roles
from projects.models import User

from . import rows

SIZES = (143, 10_000)
REPEATS = 5
MONTH = 12
FROZEN = ("projectprogress", "groupprogress")
SAME_SHAPE = "CREATE TEMPORARY TABLE floor_report (LIKE investment_monthlyreport INCLUDING INDEXES)"
FLOOR_OF_OPENING = """
INSERT INTO floor_report (id, project_id, kind, year, month, state, version, updated_at, doubts, image_progress,
    problems, next_plan, contact, explanation, return_reason, excuse_reason)
SELECT id, id, 1, 2018, 12, 0, 1, now(), '[]', '', '', '', '', '', '', '' FROM projects_project
"""


def seconds(act: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> float:
    """The median of some runs, each undone."""
    times = []
    for _ in range(REPEATS):
        with transaction.atomic():
            prepare()
            start = time.perf_counter()
            act()
            times.append(time.perf_counter() - start)
            transaction.set_rollback(True)
    return statistics.median(times)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def office() -> User:
    account = User.objects.create(username="office")
    account.groups.add(Group.objects.get(name=roles.OFFICE))
    return account


def measure(projects: int) -> None:
    rows.fill(projects)
    progress.refresh_year(rows.YEAR)
    by = office()
    run("DELETE FROM investment_correction", f"DELETE FROM investment_monthlyreport WHERE month = {MONTH}")
    rows.guard()
    period = Period.objects.get(year=rows.YEAR, month=MONTH)
    Period.objects.filter(month__lt=MONTH).update(opened_at=None)
    run("ANALYZE")

    floor = seconds(lambda: run(FLOOR_OF_OPENING), prepare=lambda: run(SAME_SHAPE))
    opening = seconds(lambda: periods.open_period(period))
    with CaptureQueriesContext(connection) as captured:
        created = periods.open_period(period)
    again = seconds(lambda: periods.open_period(period))
    print(f"{projects:,} projects, {created:,} reports due: floor of opening {floor * 1000:.1f} ms")
    print(f"  opened             {opening * 1000:9.1f} ms   {opening / floor:6.2f} ×   {len(captured)} statements")
    print(f"  opened once more   {again * 1000:9.1f} ms   {again / floor:6.2f} ×")

    approved = {"state": MonthlyReport.State.APPROVED, "amount": 100, "submitted_at": timezone.now()}
    MonthlyReport.objects.filter(year=rows.YEAR, month=MONTH).update(**approved)
    progress.refresh_year(rows.YEAR)
    copies = [
        f"CREATE TEMPORARY TABLE floor_{name} AS "
        f"SELECT * FROM investment_{name} WHERE year = {rows.YEAR} AND month = {MONTH}"
        for name in FROZEN
    ]
    floor = seconds(lambda: run(*copies))
    closing = seconds(lambda: periods.close_period(period, by, ()))
    print(f"  closed             {closing * 1000:9.1f} ms   {closing / floor:6.2f} × copying the same rows", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().sizes
    tasks._quiet_until = float("inf")  # there is no broker here
    call_command("migrate", verbosity=0)
    for projects in sizes:
        measure(projects)


if __name__ == "__main__":
    main()
