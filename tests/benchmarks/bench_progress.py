"""How fast the engine is, as ratios to a floor measured in the same run: `make bench`.

The floor is one raw GROUPING SETS statement that adds up the same project-month rows into the same groups and sums, and
writes nothing. Eleven months are closed and December is open, as at the end of a year. Full refresh: recompute every
project of the year, compare, write what differs, add up every group, compare, repair, and light the lamps of December;
with a few reports corrected behind the engine's back. One change: the database time of `refresh_stale` after one report
of December was saved, or one of an earlier month corrected.
"""

import argparse
import os
import random
import statistics
import time
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zjj_projects.settings")
django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from investment import progress, tasks
from investment.models import Correction, MonthlyReport

from . import rows

SIZES = (143, 10_000, 100_000, 1_000_000)
CHANGED_BEHIND_THE_BACK = 20
SINGLE_CHANGES = 200
OPEN_MONTH = 12

FLOOR = f"""
SELECT COUNT(*), SUM(x.a + x.b + x.c + x.d + x.e + x.f + x.g + x.h + x.j + COALESCE(x.i, 0)) FROM (
    SELECT COUNT(*) a, COUNT(p.planned_year) b, COUNT(p.amount) c, SUM(p.planned_year) d, SUM(p.planned_to_date) e,
           SUM(p.amount) f, SUM(p.year_to_date) g, SUM(p.since_start) h,
           SUM(p.year_to_date) FILTER (WHERE p.planned_year IS NULL) i, SUM(p.planned_original) j
    FROM investment_projectprogress p JOIN projects_area city ON city.id = p.city_id
    WHERE p.year = {rows.YEAR}
    GROUP BY GROUPING SETS (
        (p.month, p.area_id), (p.month, p.city_id), (p.month, city.parent_id), (p.month, p.city_id, p.category_id),
        (p.month, p.city_id, p.lead_department_id), (p.month, p.city_id, p.responsible_unit_id),
        (p.month, p.city_id, p.liaison_leader_id), (p.month, p.city_id, p.level), (p.month, p.city_id, p.nature))
) x
"""


def floor_seconds(repeats: int) -> float:
    """The best of some runs with and without PostgreSQL's JIT, which helps the floor at some sizes only."""
    times = []
    with connection.cursor() as cursor:
        for jit in ("off", "on") * repeats:
            cursor.execute(f"SET jit = {jit}")
            start = time.perf_counter()
            cursor.execute(FLOOR)
            cursor.fetchall()
            times.append(time.perf_counter() - start)
        cursor.execute("SET jit = off")
    return min(times)


def full_refresh_seconds(projects: int, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        for project in random.sample(range(projects), CHANGED_BEHIND_THE_BACK):
            Correction.objects.bulk_create([corrected(project)])
        start = time.perf_counter()
        outcome = progress.refresh_year(rows.YEAR)
        times.append(time.perf_counter() - start)
        assert 0 < outcome.rows <= CHANGED_BEHIND_THE_BACK * 12, outcome
    return min(times)


def corrected(project: int) -> Correction:
    """An approved correction, not saved, of some closed month's report."""
    report = MonthlyReport.objects.get(project=project, year=rows.YEAR, month=random.randint(1, OPEN_MONTH - 1))
    return Correction(
        report=report,
        old_amount=report.amount,
        new_amount=report.amount + random.randint(1, 10_000),
        state=Correction.State.APPROVED,
        reason="更正",
        decided_at=timezone.now(),
    )


def change(project: int) -> None:
    """Save the report of the open month, or a correction of an earlier one."""
    if random.random() < 0.5:
        corrected(project).save()
        return
    report = MonthlyReport.objects.get(project=project, year=rows.YEAR, month=OPEN_MONTH)
    report.amount, report.state = Decimal(random.randint(0, 10_000)), MonthlyReport.State.APPROVED
    report.save()


def one_change_milliseconds(projects: int) -> list[float]:
    """Database time of each of many single changes."""
    spent = 0.0

    def clock(execute, sql, params, many, context):
        nonlocal spent
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent += time.perf_counter() - start

    times = []
    for project in random.choices(range(projects), k=SINGLE_CHANGES):
        change(project)
        spent = 0.0
        with connection.execute_wrapper(clock):
            outcome = progress.refresh_stale()
        assert outcome.projects == 1, outcome
        times.append(spent * 1000)
    return sorted(times)


def measure(projects: int) -> float:
    """Print the line of one size; return the p95 of one change in milliseconds."""
    rows.fill(projects)
    progress.refresh_year(rows.YEAR)
    rows.close_months(OPEN_MONTH - 1)
    rows.vacuum()
    rows.guard()
    repeats = 1 if projects >= 1_000_000 else 3
    floor = floor_seconds(repeats)
    full = full_refresh_seconds(projects, repeats)
    single = one_change_milliseconds(projects)
    p95 = single[int(len(single) * 0.95)]
    print(
        f"{projects:>9,} | {floor:8.3f} s | {full:8.3f} s | {full / floor:5.2f} | "
        f"{statistics.median(single):6.2f} ms | {p95:6.2f} ms | {p95 / 1000 / floor:9.5f}",
        flush=True,
    )
    assert progress.refresh_year(rows.YEAR) == progress.Outcome(projects=projects), "single changes left drift"
    return p95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().sizes
    tasks._quiet_until = float("inf")  # there is no broker here
    random.seed(52151)
    call_command("migrate", verbosity=0)
    print(" projects |    floor   | full refresh | ratio | one change p50 | p95 | p95 ÷ floor")
    p95 = {size: measure(size) for size in sizes}
    if {10_000, 1_000_000} <= p95.keys():
        print(f"one change, p95 at 1,000,000 ÷ p95 at 10,000 = {p95[1_000_000] / p95[10_000]:.2f}")


if __name__ == "__main__":
    main()
