"""What the amounts of a month are judged by. Amounts in 万元."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from investment.background import background_of, backgrounds, handed_in
from investment.models import AnnualPlan, Correction, MonthlyReport
from investment.months import Month
from investment.plausibility import Background
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory, project_with

pytestmark = pytest.mark.django_db
State = MonthlyReport.State


def correct(report, new, by, decider, state=Correction.State.APPROVED):
    decided = {"decided_by": decider, "decided_at": timezone.now()} if state != Correction.State.PROPOSED else {}
    return Correction.objects.create(
        report=report,
        old_amount=report.amount,
        new_amount=Decimal(new),
        reason="漏计",
        proposed_by=by,
        state=state,
        **decided,
    )


def test_the_background_of_a_project_in_the_middle_of_a_year():
    project = project_with(1200, [100, 0, 300, 50])
    assert background_of(project.pk, Month(2018, 5)) == Background(
        usual=Decimal(100), last=Decimal(50), before=Decimal(450), planned=Decimal(1200), closed_to_date=Decimal(450)
    )


def test_a_project_that_never_reported_has_none():
    project = ProjectFactory()
    assert background_of(project.pk, Month(2018, 5)) == Background(None, None, Decimal(0), None, None)


def test_january_has_the_months_of_the_last_year_and_a_new_sum():
    project = project_with(1200, [40] * 11 + [90])
    AnnualPlanFactory(project=project, year=2019, amount=Decimal(500))
    assert background_of(project.pk, Month(2019, 1)) == Background(
        usual=Decimal(40), last=Decimal(90), before=Decimal(0), planned=Decimal(500), closed_to_date=None
    )


def test_twelve_months_count_and_no_more():
    project = project_with(1200, [1000, 10])
    assert background_of(project.pk, Month(2019, 1)).usual == Decimal(505)
    assert background_of(project.pk, Month(2019, 2)).usual == Decimal(10)


def test_of_an_even_number_the_middle_lies_between_two():
    project = project_with(1200, [100, 200, 301, 900])
    assert background_of(project.pk, Month(2018, 5)).usual == Decimal("250.5")


@pytest.mark.parametrize("state", list(State))
def test_what_is_handed_in_counts_and_nothing_else(state):
    project = ProjectFactory()
    reasons = {"return_reason": "请核实", "excuse_reason": "停工"}
    MonthlyReportFactory(project=project, month=1, amount=Decimal(70), state=state, **reasons)
    found = background_of(project.pk, Month(2018, 2))
    handed = Decimal(70) if state in MonthlyReport.HANDED_IN else None
    assert (found.usual, found.last, found.before) == (handed, handed, handed or Decimal(0))
    assert found.closed_to_date == (Decimal(70) if state == State.APPROVED else None)


def test_an_approved_correction_counts_and_what_was_approved_is_remembered(cast):
    project = project_with(1200, [100, 200])
    report = MonthlyReport.objects.get(project=project, month=2)
    correct(report, 150, cast.reporter, cast.office)
    found = background_of(project.pk, Month(2018, 3))
    assert (found.last, found.before, found.closed_to_date) == (Decimal(150), Decimal(250), Decimal(300))


def test_each_of_several_corrections_counts(cast):
    project = project_with(1200, [100])
    report = MonthlyReport.objects.get(project=project)
    for new in (150, 120):
        correct(report, new, cast.reporter, cast.office)
    assert background_of(project.pk, Month(2018, 2)).before == Decimal(170)


@pytest.mark.parametrize("state", [Correction.State.PROPOSED, Correction.State.REJECTED])
def test_a_correction_that_is_not_approved_counts_for_nothing(cast, state):
    project = project_with(1200, [100])
    correct(MonthlyReport.objects.get(project=project), 150, cast.reporter, cast.office, state)
    assert background_of(project.pk, Month(2018, 2)).before == Decimal(100)


def test_the_plan_is_that_in_force_in_the_month():
    project = project_with(1200)
    AnnualPlan.objects.create(
        project=project, year=2018, revision=1, amount=Decimal(900), effective_month=8, reason="资金未到位"
    )
    assert background_of(project.pk, Month(2018, 7)).planned == Decimal(1200)
    assert background_of(project.pk, Month(2018, 8)).planned == Decimal(900)


def test_reports_of_procedures_have_no_amount_and_say_nothing():
    project = ProjectFactory()
    MonthlyReportFactory(
        project=project, month=3, amount=None, kind=MonthlyReport.Kind.PROCEDURES, image_progress="已立项"
    )
    assert background_of(project.pk, Month(2018, 4)).usual is None


def test_the_amounts_of_the_twelve_months_by_month():
    project = project_with(1200, [100, None, 0])
    assert handed_in(project.pk, Month(2018, 4)) == {
        Month(2018, 1): Decimal(100),
        Month(2018, 3): Decimal(0),
    }


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_depend_on_the_number_of_projects(number):
    projects = [project_with(1200, [100, 200]).pk for _ in range(number)]
    with CaptureQueriesContext(connection) as queries:
        found = backgrounds(projects, Month(2018, 3))
    assert len(queries) == 2
    assert [found[pk].before for pk in projects] == [Decimal(300)] * number
