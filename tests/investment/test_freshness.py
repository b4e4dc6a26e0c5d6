"""As of when figures are, and what may be shown again."""

import datetime

import pytest

from investment import progress
from investment.freshness import freshness
from investment.models import ProgressYear
from projects.models import Register
from tests.factories import AnnualPlanFactory, CategoryFactory, MonthlyReportFactory, ProjectFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    plan = AnnualPlanFactory()
    progress.refresh_stale()
    return plan


def test_one_query_says_how_fresh_a_year_is(plan, django_assert_num_queries):
    with django_assert_num_queries(1):
        fresh = freshness(2018)
    assert (fresh.updating, fresh.waiting_projects) == (False, 0)
    assert fresh.as_of == ProgressYear.objects.get(year=2018).as_of


def test_changes_wait_until_they_are_counted(plan):
    MonthlyReportFactory(project=plan.project)
    MonthlyReportFactory(project=plan.project, month=2)
    assert (freshness(2018).updating, freshness(2018).waiting_projects) == (True, 1)
    progress.refresh_stale()
    assert not freshness(2018).updating


def test_a_requested_run_is_waited_for_though_no_project_is_named(plan):
    progress.request_run(2018)
    assert (freshness(2018).updating, freshness(2018).waiting_projects) == (True, 0)


def test_a_year_without_figures_has_no_time(plan):
    fresh = freshness(2001)
    assert (fresh.as_of, fresh.updating) == (None, False)


def version_moves(change):
    before = freshness(2018).version
    change()
    return freshness(2018).version != before


def test_version_moves_with_figures_of_any_year_and_with_the_register(plan):
    assert not version_moves(lambda: progress.refresh_year(2018))
    assert version_moves(lambda: CategoryFactory(code="new"))
    assert version_moves(Register.touch)
    MonthlyReportFactory(project=plan.project)
    assert version_moves(progress.refresh_stale)
    AnnualPlanFactory(project=plan.project, year=2017)
    assert version_moves(progress.refresh_stale)


def test_what_was_made_is_kept_until_the_version_moves(plan):
    made = []

    def make():
        made.append(len(made))
        return made[-1]

    assert [freshness(2018).keep("a", make) for _ in range(3)] == [0, 0, 0]
    assert freshness(2018).keep("b", make) == 1
    ProjectFactory()
    assert freshness(2018).keep("a", make) == 2


def test_figures_carry_the_time_of_their_making(plan, time_machine):
    moment = datetime.datetime(2019, 1, 5, 1, 12, tzinfo=datetime.UTC)
    time_machine.move_to(moment, tick=False)
    MonthlyReportFactory(project=plan.project)
    progress.refresh_stale()
    assert freshness(2018).as_of == moment
