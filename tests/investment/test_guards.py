"""A closed month refuses every change, at the verbs and at the database itself; so does what is recorded."""

import datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from investment import guards, periods, progress, reporting
from investment.models import (
    AnnualPlan,
    ClosedGroupProgress,
    ClosedProjectProgress,
    Correction,
    MonthlyReport,
    Period,
    PlanChange,
    PlannedMonth,
    Reopening,
    ReportMove,
)
from investment.months import MONTHS, Month
from investment.reporting import ReportingError
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory

pytestmark = pytest.mark.django_db
State = MonthlyReport.State
CLOSED_AT = datetime.datetime(2019, 1, 5, 9, tzinfo=datetime.UTC)


@pytest.fixture
def closed(cast):
    """The reporter's project with twelve approved reports and a curve; all twelve months are closed."""
    project = ProjectFactory(responsible_unit=cast.reporter.organisation)
    plan = AnnualPlanFactory(project=project)
    PlannedMonth.objects.create(plan=plan, month=1, amount=Decimal(1200))
    for month in MONTHS:
        MonthlyReportFactory(project=project, month=month, submitted_by=cast.reporter)
        Period.objects.create(year=2018, month=month, opened_at=CLOSED_AT, closed_at=CLOSED_AT)
    return project


def stored(project, month):
    return MonthlyReport.objects.get(project=project, month=month)


def by_form(verb):
    """A verb of the pages, for whoever may do it in an open month."""
    who = {"save_draft": "reporter", "submit_report": "reporter", "withdraw_report": "reporter"}

    def act(cast, project, month):
        extra = ["金额有误"] if verb in ("return_report", "excuse_report") else []
        getattr(reporting, verb)(stored(project, month), getattr(cast, who.get(verb, "office")), *extra)

    return act


def save(cast, project, month):
    report = stored(project, month)
    report.amount = Decimal(1)
    report.save()


def update(cast, project, month):
    MonthlyReport.objects.filter(project=project, month=month).update(amount=Decimal(1))


def update_by_hand(cast, project, month):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE investment_monthlyreport SET amount = 1 WHERE month = %s", [month])


def delete(cast, project, month):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM investment_monthlyreport WHERE month = %s", [month])


def insert(cast, project, month):
    MonthlyReport.objects.bulk_create([MonthlyReportFactory.build(project=ProjectFactory(), month=month)])


def move_in(cast, project, month):
    other = MonthlyReportFactory(year=2017, month=month)
    MonthlyReport.objects.filter(pk=other.pk).update(year=2018)


def shift_time_progress(cast, project, month):
    Period.objects.filter(month=month).update(time_progress=Decimal(1))


def unclose(cast, project, month):
    Period.objects.filter(month=month).update(closed_at=None)


def forget_the_period(cast, project, month):
    Period.objects.filter(month=month).delete()


def revise_the_plan(cast, project, month):
    AnnualPlan.objects.get(revision=0).revise(amount=Decimal(1), reason="调减", effective_month=month)


def rewrite_the_plan(cast, project, month):
    AnnualPlan.objects.update(amount=Decimal(1))


def extend_the_curve(cast, project, month):
    PlannedMonth.objects.bulk_create([PlannedMonth(plan=AnnualPlan.objects.get(), month=month, amount=Decimal(9))])


def plan_another_project(cast, project, month):
    AnnualPlanFactory(effective_month=month)


WAYS = {
    **{verb: by_form(verb) for verb in (
        "save_draft", "submit_report", "withdraw_report", "pass_report", "approve_report", "return_report",
        "excuse_report",
    )},
    **{act.__name__: act for act in (
        save, update, update_by_hand, delete, insert, move_in, shift_time_progress, unclose, forget_the_period,
        revise_the_plan, rewrite_the_plan, extend_the_curve, plan_another_project,
    )},
}  # fmt: skip


def everything():
    """All that closed figures are made of."""
    models = (MonthlyReport, Period, AnnualPlan, PlannedMonth)
    return [
        list(model.objects.exclude(**{"year": 2017} if model is MonthlyReport else {}).values()) for model in models
    ]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_changes_a_figure_of_a_closed_month(cast, closed, way):
    before = everything()
    for month in MONTHS:
        with pytest.raises((ReportingError, DatabaseError, ValueError)), transaction.atomic():
            WAYS[way](cast, closed, month)
    assert everything() == before


def test_what_is_refused_in_a_closed_month_is_possible_in_an_open_one(cast):
    """So that it is the close that refuses."""
    project = ProjectFactory()
    MonthlyReportFactory(project=project, month=5)
    Period.objects.create(year=2018, month=5)
    for act in (save, update, update_by_hand, insert, shift_time_progress, plan_another_project, move_in):
        act(cast, project, 5)
    assert stored(project, 5).amount == Decimal("0.0001")


def test_a_reopened_report_may_change_and_no_other(cast, closed):
    other = MonthlyReport.objects.get(month=6)
    reopening = Reopening.objects.create(
        report=stored(closed, 5), reason="补报", until_on=datetime.date(2019, 2, 1), by=cast.office
    )
    update(cast, closed, 5)
    with pytest.raises(IntegrityError, match="这个月已关账"), transaction.atomic():
        update(cast, closed, other.month)
    Reopening.objects.filter(pk=reopening.pk).update(ended_at=timezone.now())
    with pytest.raises(IntegrityError, match="这个月已关账"), transaction.atomic():
        update(cast, closed, 5)
    with pytest.raises(IntegrityError, match="补报记录不能更改"), transaction.atomic():
        Reopening.objects.filter(pk=reopening.pk).update(ended_at=None)


def test_a_plan_from_an_open_month_on_is_taken(closed):
    AnnualPlanFactory(project=closed, year=2019)
    Period.objects.create(year=2019, month=1, closed_at=CLOSED_AT)
    AnnualPlan.objects.get(year=2019).revise(amount=Decimal(5), reason="调减", effective_month=2)
    assert AnnualPlan.objects.filter(year=2019).count() == 2


def test_what_was_handed_in_is_never_deleted():
    report = MonthlyReportFactory(state=State.SUBMITTED)
    with pytest.raises(IntegrityError, match="报送过的月报不能删除"), transaction.atomic():
        MonthlyReport.objects.filter(pk=report.pk).delete()
    MonthlyReport.objects.filter(pk=report.pk).update(state=State.DRAFT)
    assert MonthlyReport.objects.filter(pk=report.pk).delete()[0] == 1


def test_moves_are_only_added(cast):
    move = ReportMove.objects.create(
        report=MonthlyReportFactory(), by=cast.office, from_state=State.PASSED, to_state=State.APPROVED
    )
    for act in (lambda: ReportMove.objects.update(reason="改"), lambda: move.delete()):
        with pytest.raises(IntegrityError, match="月报的流转记录不能"), transaction.atomic():
            act()


def test_frozen_figures_stay(closed):
    progress.refresh_stale()
    progress.freeze_month(Month(2018, 5))
    for model in (ClosedProjectProgress, ClosedGroupProgress):
        assert model.objects.exists()
        for act in (lambda rows: rows.update(amount=Decimal(1)), lambda rows: rows.delete()):
            with pytest.raises(IntegrityError, match="关账时固定的数据不能更改"), transaction.atomic():
                act(model.objects.all())


@pytest.mark.parametrize("model", [Correction, PlanChange])
def test_what_was_decided_is_not_decided_again(cast, model):
    fields = {
        Correction: {"report": MonthlyReportFactory(), "old_amount": Decimal(1), "new_amount": Decimal(2)},
        PlanChange: {
            "project": ProjectFactory(), "year": 2018, "amount": Decimal(1), "document_number": "示例〔2018〕1号",
            "effective_on": datetime.date(2018, 5, 1),
        },
    }[model]  # fmt: skip
    proposal = model.objects.create(reason="有误", proposed_by=cast.reporter, **fields)
    decided = {"state": model.State.REJECTED, "decided_by": cast.office, "decided_at": timezone.now()}
    model.objects.filter(pk=proposal.pk).update(**decided)
    for act in (lambda: model.objects.update(decision="改"), lambda: model.objects.all().delete()):
        with pytest.raises(IntegrityError, match="已审批的事项不能更改"), transaction.atomic():
            act()


def test_the_guards_are_put_in_their_place_again():
    """As after a migration that made a table anew."""
    guards.install()
    guards.install()
    report = MonthlyReportFactory(state=State.SUBMITTED)
    with pytest.raises(IntegrityError, match="报送过的月报不能删除"), transaction.atomic():
        MonthlyReport.objects.filter(pk=report.pk).delete()


def test_a_month_is_closed_through_its_guards(cast, time_machine):
    """The verb itself meets no guard on its way."""
    time_machine.move_to("2018-05-29 09:00+08:00", tick=False)
    AnnualPlanFactory()
    period = Period.objects.create(year=2018, month=5)
    periods.open_period(period)
    owed = list(MonthlyReport.objects.of(Month(2018, 5)).values_list("pk", flat=True))
    assert periods.close_period(period, cast.office, owed).closed_at == timezone.now()
