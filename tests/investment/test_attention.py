"""What needs attention: each set counts what its list shows."""

import datetime
from decimal import Decimal

import pytest

from investment import attention, progress
from investment.models import MonthlyReport
from investment.places import place_of
from projects.models import Category, Problem, Status
from tests.factories import (
    AnnualPlanFactory,
    CategoryFactory,
    MonthlyReportFactory,
    OfficialFactory,
    ProjectFactory,
    enlist,
)

State = MonthlyReport.State


def project(plan=1200, reports=(), **fields):
    """Enlisted, led, planned with `plan` 万元, with approved reports from January on."""
    found = ProjectFactory(**{"liaison_leader": OfficialFactory(), **fields})
    enlist(found)
    if plan is not None:
        AnnualPlanFactory(project=found, amount=Decimal(plan))
    for month, amount in enumerate(reports, start=1):
        MonthlyReportFactory(project=found, month=month, amount=Decimal(amount))
    return found


def place(user, month="2018-02"):
    progress.refresh_stale()
    return place_of(user, month)


def listed(code, here):
    return list(here.listed.filter(attention.conditions(here)[code]).order_by("code"))


@pytest.fixture
def steady(cast):
    """Keeps to its plan: in none of the sets, and makes the months exist."""
    return project(reports=[100, 100, 100])


def test_lagging_by_the_lamp_of_the_month(cast, steady):
    behind, far = project(reports=[100, 50]), project(reports=[100, 0])
    here = place(cast.office)
    assert listed("behind", here) == [behind]
    assert listed("far-behind", here) == [far]


def test_due_to_start_by_the_end_of_the_month_and_not_started_then(cast, steady):
    day = datetime.date
    project(planned_start=day(2018, 3, 1), reports=[100, 100])
    project(planned_start=day(2018, 2, 28), actual_start=day(2018, 2, 28), reports=[100, 100])
    project(planned_start=day(2018, 2, 1), status=Status.WITHDRAWN, reports=[100, 100])
    never = project(planned_start=day(2018, 2, 28), reports=[100, 100])
    late = project(planned_start=day(2018, 2, 1), actual_start=day(2018, 3, 1), reports=[100, 100])
    assert listed("not-started", place(cast.office)) == [never, late]


def test_stopped_works(cast, steady):
    stopped = project(status=Status.STOPPED, reports=[100, 100])
    assert listed("stopped", place(cast.office)) == [stopped]


def test_a_report_is_owed_or_was_missing_and_neither_excused_nor_not_due(cast, steady):
    states = {state: project(reports=[100]) for state in State}
    for state, owner in states.items():
        reasons = {"return_reason": "金额有误", "excuse_reason": "停产检修"}
        MonthlyReportFactory(project=owner, month=2, state=state, **reasons)
    project(plan=None, reports=[100]), project(reports=[100])
    owed = [states[each] for each in (State.EXPECTED, State.DRAFT, State.RETURNED, State.MISSING)]
    assert set(listed("no-report", place(cast.office))) == set(owed)


def test_problems_past_their_deadline_and_open_then(cast, steady):
    def troubled(deadline, closed_on=None):
        found = project(reports=[100, 100])
        for _ in range(2):  # two problems are one project
            Problem.objects.create(
                project=found, kind="land", description="示例", raised_on=datetime.date(2018, 1, 1),
                deadline=deadline, closed_on=closed_on,
            )  # fmt: skip
        return found

    day = datetime.date
    troubled(day(2018, 3, 1)), troubled(None), troubled(day(2018, 1, 31), closed_on=day(2018, 2, 28))
    overdue = troubled(day(2018, 2, 28))
    closed_later = troubled(day(2018, 1, 31), closed_on=day(2018, 3, 1))
    here = place(cast.office)
    assert listed("overdue-problem", here) == [overdue, closed_later]
    assert attention.counts(here)["overdue-problem"] == 2


def test_projects_without_a_liaison_leader_people_brought_in_need_none(cast, steady):
    project(category=CategoryFactory(code="talent", counts=Category.Counts.PEOPLE), liaison_leader=None)
    gap = project(liaison_leader=None, reports=[100, 100])
    assert listed("no-leader", place(cast.office)) == [gap]


def test_every_count_is_the_length_of_its_list(cast, steady):
    project(reports=[10, 10], status=Status.STOPPED, liaison_leader=None)
    late = project(reports=[80], planned_start=datetime.date(2018, 1, 1))
    MonthlyReportFactory(project=late, month=2, state=State.EXPECTED, amount=None)
    here = place(cast.office)
    everything = attention.counts(here, attention.SETS)
    assert everything == {code: len(listed(code, here)) for code in attention.conditions(here)}
    assert attention.counts(here) == {
        "far-behind": 2, "behind": 0, "not-started": 1, "stopped": 1, "no-report": 1, "overdue-problem": 0,
        "no-leader": 1,
    }  # fmt: skip


def test_change_is_against_the_month_before_where_the_month_decides(cast, steady):
    project(reports=[100, 0])
    project(reports=[50, 50], status=Status.STOPPED)
    changes = {line.attention.code: (line.count, line.change) for line in attention.lines(place(cast.office))}
    assert changes["far-behind"] == (2, 1)
    assert changes["stopped"] == (1, None)
    january = attention.lines(place(cast.office, "2018-01"))
    assert {line.change for line in january} == {None}


def test_a_state_that_turned_worse_or_better_since_the_month_before(cast, steady):
    worse, far_worse = project(reports=[100, 50]), project(reports=[80, 0])
    better, less_bad = project(reports=[50, 150]), project(reports=[20, 120])
    project(reports=[100, 110]), project(plan=None, reports=[10, 10])  # as good, and not rated
    here = place(cast.office)
    assert listed("worse", here) == [worse, far_worse]
    assert listed("better", here) == [better, less_bad]


def test_nothing_turns_in_the_first_month(cast, steady):
    project(reports=[0])
    here = place(cast.office, "2018-01")
    assert (listed("worse", here), listed("better", here)) == ([], [])


def test_started_and_finished_in_the_month(cast, steady):
    day = datetime.date
    project(actual_start=day(2018, 1, 31), actual_finish=day(2018, 3, 1), reports=[100, 100])
    first = project(actual_start=day(2018, 2, 1), reports=[100, 100])
    last = project(actual_start=day(2017, 2, 1), actual_finish=day(2018, 2, 28), reports=[100, 100])
    here = place(cast.office)
    assert (listed("started", here), listed("finished", here)) == ([first], [last])


def test_a_plan_revised_from_the_month_on(cast, steady):
    revised = project(reports=[100, 100])
    for month, amount in ((2, 2400), (3, 3600)):
        AnnualPlanFactory(project=revised, revision=month, effective_month=month, amount=amount, reason="示例")
    assert listed("revised", place(cast.office)) == [revised]
    assert listed("revised", place(cast.office, "2018-01")) == []


def test_problems_raised_and_closed_in_the_month(cast, steady):
    day, found = datetime.date, project(reports=[100, 100])
    Problem.objects.create(
        project=found, kind="land", description="示例", raised_on=day(2018, 1, 31), closed_on=day(2018, 2, 1)
    )
    here = place(cast.office)
    assert (listed("new-problem", here), listed("closed-problem", here)) == ([], [found])
    assert listed("new-problem", place(cast.office, "2018-01")) == [found]


def test_what_did_not_happen_is_not_told(cast, steady):
    project(reports=[100, 0])
    told = [(line.attention.code, line.count) for line in attention.happenings(place(cast.office))]
    assert told == [("worse", 1)]


def test_a_reporter_counts_the_own_projects_only(cast, steady):
    project(reports=[0, 0], responsible_unit=cast.neighbour.organisation)
    own = project(reports=[0, 0], responsible_unit=cast.reporter.organisation)
    assert listed("far-behind", place(cast.reporter)) == [own]
    assert attention.counts(place(cast.reporter))["far-behind"] == 1
    assert attention.counts(place(cast.office))["far-behind"] == 2
