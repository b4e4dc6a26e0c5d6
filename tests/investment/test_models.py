"""Plans and reports: what the tables refuse, what never changes, and who is told when two write at once."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from investment import progress
from investment.models import (
    AnnualPlan,
    ClosedGroupProgress,
    ClosedProjectProgress,
    Correction,
    GroupProgress,
    LostUpdateError,
    MonthlyReport,
    Period,
    PlannedMonth,
    ProjectProgress,
    RefreshRun,
    StaleProgress,
)
from investment.months import Month, days_by_rule
from projects.models import Area
from tests.factories import (
    AnnualPlanFactory,
    AreaFactory,
    MonthlyReportFactory,
    ProjectFactory,
    correct,
    enlist,
)
from tests.refusals import refused

pytestmark = pytest.mark.django_db
State = MonthlyReport.State


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("report_month_in_year", {"month": 13}),
        ("report_month_in_year", {"month": 0}),
        ("report_year_plausible", {"year": 1999}),
        ("report_amount_not_negative", {"amount": Decimal(-1)}),
        ("report_received_not_negative", {"received": Decimal(-1)}),
        ("report_submitted_has_amount", {"amount": None, "state": State.SUBMITTED}),
        ("report_submitted_has_amount", {"amount": None, "state": State.APPROVED}),
        ("report_returned_has_reason", {"state": State.RETURNED}),
    ],
)
def test_report_refuses(constraint, fields):
    assert refused(constraint, lambda: MonthlyReportFactory(**fields))


def test_a_draft_may_be_empty():
    assert MonthlyReportFactory(amount=None, state=State.DRAFT).amount is None


def test_one_report_per_project_and_month():
    report = MonthlyReportFactory()
    assert refused("one_report_per_project_and_month", lambda: MonthlyReportFactory(project=report.project))


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("plan_amount_not_negative", {"amount": Decimal(-1)}),
        ("plan_year_plausible", {"year": 2101}),
        ("plan_revision_has_reason", {"revision": 1}),
    ],
)
def test_plan_refuses(constraint, fields):
    assert refused(constraint, lambda: AnnualPlanFactory(**fields))


def test_curve_refuses():
    plan = AnnualPlanFactory()
    for constraint, fields in (
        ("planned_month_in_year", {"month": 13, "amount": Decimal(1)}),
        ("planned_month_not_negative", {"month": 1, "amount": Decimal(-1)}),
    ):
        assert refused(constraint, lambda fields=fields: PlannedMonth.objects.create(plan=plan, **fields))
    PlannedMonth.objects.create(plan=plan, month=1, amount=Decimal(1))
    assert refused(
        "one_planned_month_per_plan", lambda: PlannedMonth.objects.create(plan=plan, month=1, amount=Decimal(1))
    )


def test_period_refuses():
    days = days_by_rule(Month(2018, 12))
    assert refused("period_month_in_year", lambda: Period.objects.create(year=2018, month=13, **days))
    assert refused(
        "period_time_progress_is_share", lambda: Period.objects.create(year=2018, month=1, time_progress=Decimal(101))
    )
    late = {"due_on": datetime.date(2018, 1, 28)}  # after the first review
    assert refused("period_days_in_order", lambda: Period.objects.create(year=2018, month=1, **late))
    Period.objects.create(year=2018, month=1)
    assert refused("one_period_per_month", lambda: Period.objects.create(year=2018, month=1))


def test_form_says_in_chinese_what_is_missing():
    report = MonthlyReportFactory.build(project=ProjectFactory(), amount=None)
    with pytest.raises(ValidationError, match="没有投资请填 0"):
        report.full_clean()


def test_a_plan_is_revised_and_never_edited_or_deleted():
    plan = AnnualPlanFactory(amount=1000)
    plan.amount = Decimal(5)
    with pytest.raises(ValueError, match="never edited"):
        plan.save()
    with pytest.raises(ValueError, match="never deleted"):
        plan.delete()
    revised = plan.revise(amount=Decimal(800), reason="调整")
    assert [(each.revision, each.amount) for each in AnnualPlan.objects.order_by("revision")] == [(0, 1000), (1, 800)]
    assert str(revised).endswith("2018年计划（第1次调整）")


def test_a_submitted_report_is_never_deleted():
    with pytest.raises(ValueError, match="never deleted"):
        MonthlyReportFactory(state=State.SUBMITTED).delete()
    MonthlyReportFactory(state=State.DRAFT).delete()
    assert MonthlyReport.objects.count() == 1


def test_of_two_who_save_at_once_one_wins_and_the_other_is_told():
    pk = MonthlyReportFactory(amount=1).pk
    first, second = MonthlyReport.objects.get(pk=pk), MonthlyReport.objects.get(pk=pk)
    first.amount = Decimal(2)
    first.save()
    second.amount = Decimal(3)
    with pytest.raises(LostUpdateError, match="已被他人修改"):
        second.save()
    assert (MonthlyReport.objects.get(pk=pk).amount, MonthlyReport.objects.get(pk=pk).version) == (2, 2)
    first.amount = Decimal(4)
    first.save()
    assert MonthlyReport.objects.get(pk=pk).version == 3


def stale():
    """What waits, and forget it."""
    waiting = sorted(set(StaleProgress.objects.values_list("project_id", "year")))
    StaleProgress.objects.all().delete()
    return waiting


def test_whatever_feeds_a_figure_says_so_in_its_own_transaction():
    project = ProjectFactory()
    assert stale() == []
    plan = AnnualPlanFactory(project=project)
    assert stale() == [(project.pk, 2018)]
    PlannedMonth.objects.create(plan=plan, month=1, amount=Decimal(1))
    assert stale() == [(project.pk, 2018)]
    report = MonthlyReportFactory(project=project, state=State.SUBMITTED)
    assert stale() == [(project.pk, 2018)]
    report.save()
    assert stale() == [(project.pk, 2018)]
    enlistment = enlist(project)
    assert stale() == [(project.pk, 2018)]
    enlistment.delete()
    assert stale() == [(project.pk, 2018)]


def test_a_correction_changes_figures_when_it_is_approved():
    report = MonthlyReportFactory(amount=100)
    stale()
    correction = correct(report, 30, Correction.State.PROPOSED)
    assert stale() == []
    correction.state, correction.decided_at = Correction.State.APPROVED, timezone.now()
    correction.save()
    assert stale() == [(report.project_id, 2018)]
    with transaction.atomic():
        correct(report, 40)
        transaction.set_rollback(True)
    assert stale() == []


def test_a_month_that_is_closed_or_moved_changes_no_figure():
    AnnualPlanFactory()
    progress.refresh_stale()
    may = Period.objects.get(year=2018, month=5)
    may.closed_at = timezone.now()
    may.save(update_fields=["closed_at"])
    assert not RefreshRun.objects.filter(started_at=None).exists()
    Period.objects.get(year=2018, month=6).save(update_fields=["time_progress"])
    assert RefreshRun.objects.filter(started_at=None).count() == 1


def copies(model):
    """Write each row of a table once more, as it is."""
    fields = [field.attname for field in model._meta.concrete_fields if not field.generated and not field.primary_key]
    return model.objects.bulk_create(model(**values) for values in list(model.objects.values(*fields)))


def test_a_month_has_its_figures_once_and_its_closed_figures_once():
    AnnualPlanFactory()
    progress.refresh_stale()
    progress.freeze_month(Month(2018, 1))
    for model, constraint in (
        (ProjectProgress, "one_progress_per_project_and_month"),
        (GroupProgress, "one_progress_per_group_and_month"),
        (ClosedProjectProgress, "one_closed_progress_per_project_and_month"),
        (ClosedGroupProgress, "one_closed_progress_per_group_and_month"),
    ):
        assert model.objects.exists()
        assert refused(constraint, lambda model=model: copies(model))


def test_a_change_of_register_waits_for_every_year_with_figures():
    project = ProjectFactory(area=AreaFactory(name="慈利县"))
    for year in (2017, 2018):
        AnnualPlanFactory(project=project, year=year)
    progress.refresh_stale()
    project.name += "（更名）"
    project.save()
    assert stale() == [(project.pk, 2017), (project.pk, 2018)]
    area = Area.objects.get(name="慈利县")
    area.save()
    assert stale() == [(project.pk, 2017), (project.pk, 2018)]
    MonthlyReportFactory(project=project, year=2017, state=State.SUBMITTED)
    assert stale() == [(project.pk, 2017), (project.pk, 2018)]


def test_what_is_rolled_back_leaves_nothing_waiting():
    with transaction.atomic():
        MonthlyReportFactory()
        transaction.set_rollback(True)
    assert not StaleProgress.objects.exists()


def test_a_run_tells_how_it_stands(time_machine):
    time_machine.move_to("2018-12-05 02:30+08:00", tick=False)
    run = RefreshRun(year=2018, trigger=RefreshRun.Trigger.NIGHTLY)
    assert run.state == "等待"
    run.started_at = timezone.now()
    assert run.state == "运行中"
    time_machine.shift(3600)
    assert run.state == "中断"
    run.finished_at = timezone.now()
    assert run.state == "完成"
    run.error = "x"
    assert run.state == "失败"
