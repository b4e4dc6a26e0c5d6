"""The lamps that the database lights are those of the rules in Python, on random data, by any rules."""

import calendar
import datetime
import random
from decimal import Decimal

import pytest

from investment import lamps, progress
from investment.lamps import BEHIND, FAR_BEHIND, NORMAL, NOT_RATED, STATES, Measure, Rule
from investment.models import MonthlyReport, PlannedMonth, ProjectProgress
from investment.models.lamp_rules import adopt
from investment.months import MONTHS, Month
from projects.models import Nature, Problem, Project, Status
from tests.factories import AnnualPlanFactory, ProjectFactory, enlist

pytestmark = pytest.mark.django_db
State = MonthlyReport.State
YEAR, TODAY = 2018, datetime.date(2018, 11, 20)
PROJECTS = 20
POINTS = (
    Rule(Measure.GAP, NORMAL, "正常", "较时间进度 {value} 个百分点。", Decimal("-2.5")),
    Rule(Measure.GAP, BEHIND, "落后", "较时间进度 {value} 个百分点。", Decimal(-30), first_month=3),
    Rule(Measure.GAP, FAR_BEHIND, "落后很多", "较时间进度 {value} 个百分点。", first_month=5),
)
WITHOUT_GREY = tuple(rule for rule in lamps.DEFAULT if rule.lamp != NOT_RATED)


def some_day(rng, first=2017):
    return datetime.date(rng.choice((first, 2018, 2018)), rng.randint(1, 12), rng.choice((1, 2, 28)))


def draw(rng):
    """A project with whatever lamps depend on."""
    started, finished = some_day(rng), some_day(rng, first=2019)
    project = ProjectFactory(
        status=rng.choice((Status.ACTIVE, Status.ACTIVE, *Status)),
        planned_start=rng.choice((None, some_day(rng))),
        actual_start=rng.choice((None, started)),
        actual_finish=rng.choice((None, None, finished if finished >= started else None)),
    )
    enlist(project, nature=rng.choice((*Nature, Nature.CONTINUED, Nature.CONTINUED)))
    if rng.random() < 0.8:
        plan = AnnualPlanFactory(project=project, amount=Decimal(1200))
        if rng.random() < 0.3:  # nothing due in the first months
            first = rng.randint(2, 6)
            PlannedMonth.objects.bulk_create(
                PlannedMonth(plan=plan, month=month, amount=Decimal(150)) for month in MONTHS if month >= first
            )
    months = [Month(2017, 11), Month(2017, 12), *(Month(YEAR, month) for month in MONTHS)]
    states = {month: rng.choice((*[State.APPROVED] * 3, *State, None)) for month in months}
    MonthlyReport.objects.bulk_create(
        MonthlyReport(
            project=project, year=month.year, month=month.number, state=state, due_on=month.day(25),
            amount=Decimal(rng.choice((0, 20, 80, 100, 130, 400))), return_reason="金额有误", excuse_reason="停产",
        )
        for month, state in states.items() if state is not None
    )  # fmt: skip
    for _ in range(rng.choice((0, 0, 1, 2))):
        raised, closed = some_day(rng), some_day(rng)
        Problem.objects.create(
            project=project, kind="land", description="示例", raised_on=raised,
            deadline=rng.choice((None, some_day(rng))), closed_on=closed if closed >= raised else None,
        )  # fmt: skip
    return project


def end_of(month):
    return datetime.date(month.year, month.number, calendar.monthrange(month.year, month.number)[1])


def overdue(report):
    return report.state == State.MISSING or (report.state in MonthlyReport.OWED and report.due_on < TODAY)


def reports_overdue(project, month):
    """How many of the reports up to the month are overdue one after the other; only where the month's own is."""
    reports = sorted(MonthlyReport.objects.filter(project=project), key=lambda report: report.of_month)
    found = 0
    for report in reversed([report for report in reports if report.of_month <= month]):
        if not overdue(report):
            break
        found += 1
    return found if any(report.of_month == month and overdue(report) for report in reports) else None


def months_late(project, end):
    """Full months from the planned start to the end of a month."""
    after, start = end + datetime.timedelta(days=1), project.planned_start
    return (after.year - start.year) * 12 + after.month - start.month - (after.day < start.day)


def facts_of(row):
    """What each measure finds of a row: a number, True, or None where it does not hold."""
    project, month, end = row.project, Month(row.year, row.month), end_of(Month(row.year, row.month))
    preparatory, rated = row.nature == Nature.PREPARATORY, row.plan_ratio is not None
    unbegun = project.actual_start is not None and project.actual_start > end
    ended = project.status == Status.FINISHED and not unbegun
    finished = project.actual_finish <= end if project.actual_finish else ended
    started = project.actual_start is not None and project.actual_start <= end
    due = project.planned_start is not None and project.planned_start <= end
    going = project.status not in (Status.WITHDRAWN, Status.FINISHED)
    problems = [
        problem for problem in project.problems_raised.all()
        if problem.deadline and problem.deadline <= end and not (problem.closed_on and problem.closed_on <= end)
    ]  # fmt: skip
    return {
        Measure.FINISHED: 1 if finished else None,
        Measure.PLAN_REACHED: row.rate * 100 if row.rate is not None and row.rate >= 100 else None,
        Measure.STOPPED: 1 if project.status == Status.STOPPED else None,
        Measure.START_OVERDUE: months_late(project, end) if due and not started and going else None,
        Measure.REPORTS_OVERDUE: reports_overdue(project, month),
        Measure.RATIO: row.plan_ratio * 100 if rated and not preparatory else None,
        Measure.GAP: row.gap * 100 if rated and not preparatory else None,
        Measure.PROBLEM_OVERDUE: len(problems) or None,
        Measure.PREPARATORY: 1 if preparatory else None,
        Measure.NO_PLAN: 1 if not preparatory and row.planned_year is None else None,
        Measure.NOTHING_DUE: 1 if not preparatory and row.planned_year is not None and not rated else None,
    }


@pytest.mark.parametrize(
    "rules", [lamps.DEFAULT, POINTS, (*lamps.DEFAULT, *POINTS), WITHOUT_GREY, ()],
    ids=["default", "points", "both", "without grey", "none"],
)  # fmt: skip
def test_the_database_finds_what_python_finds(time_machine, rules):
    time_machine.move_to(datetime.datetime(2018, 11, 20, 4, tzinfo=datetime.UTC), tick=False)
    rng = random.Random(len(rules))
    adopt(YEAR, rules)
    for _ in range(PROJECTS):
        draw(rng)
    progress.refresh_stale()
    rows = ProjectProgress.objects.filter(year=YEAR).select_related("project")
    assert len(rows) == PROJECTS * 12
    states = set()
    for row in rows:
        if row.month > TODAY.month:
            assert (row.lamp_state, row.lamp_rule_id, row.lamp_value) == (None, None, None)
            continue
        rule, value = lamps.judge(rules, row.month, facts_of(row))
        found = row.judged
        assert (found.rule and (found.rule.measure, found.rule.word), found.value) == (
            rule and (rule.measure, rule.word), value,
        ), f"{row} {facts_of(row)}"  # fmt: skip
        assert row.lamp_state == STATES.index(rule.lamp if rule else NOT_RATED)
        states.add(row.lamp_state)
    assert states <= {0, *(STATES.index(rule.lamp) for rule in rules)}
    assert len(states) > 2 or not rules


def test_a_full_refresh_finds_nothing_to_mend(time_machine):
    time_machine.move_to(datetime.datetime(2018, 11, 20, 4, tzinfo=datetime.UTC), tick=False)
    rng = random.Random(52151)
    for _ in range(PROJECTS):
        draw(rng)
    progress.refresh_stale()
    assert progress.refresh_year(YEAR) == progress.Outcome(projects=PROJECTS)
    Project.objects.update(status=Status.ACTIVE, actual_finish=None)
    outcome = progress.refresh_year(YEAR)
    assert (outcome.rows, outcome.groups) == (0, 0)
    assert outcome.lamps > 0
