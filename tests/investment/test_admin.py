"""The administration pages: who may do what, nothing overwritten, runs repeated."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse

from investment import progress
from investment.models import (
    AnnualPlan,
    Correction,
    GroupProgress,
    MonthlyReport,
    PlanChange,
    ProjectProgress,
    RefreshRun,
    StaleProgress,
)
from projects.models import User
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def page(model, kind="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def form_of(report, **changes):
    return {
        "state": report.state,
        "amount": "100",
        "received": "",
        "stage": "",
        "image_progress": "",
        "problems": "",
        "next_plan": "",
        "return_reason": "",
        "version": report.version,
        **changes,
    }


@pytest.mark.parametrize("username", ["reporter", "neighbour", "reviewer", "leader"])
def test_whoever_does_not_administer_is_sent_to_the_log_in(client, cast, username):
    client.force_login(getattr(cast, username))
    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("username", ["office", "admin"])
def test_every_list_opens_for_those_who_may_see_it(client, cast, username):
    MonthlyReportFactory(project=AnnualPlanFactory().project)
    progress.refresh_stale()
    client.force_login(getattr(cast, username))
    for model in admin.site._registry:
        expected = 403 if username == "office" and model._meta.label in {"projects.User", "auth.Group"} else 200
        assert client.get(page(model)).status_code == expected, model


def test_an_administrator_enters_no_figures(client, cast):
    client.force_login(cast.admin)
    report = MonthlyReportFactory(amount=5)
    assert client.get(page(MonthlyReport, "add")).status_code == 403
    assert client.get(page(AnnualPlan, "add")).status_code == 403
    assert client.post(page(MonthlyReport, "change", report.pk), form_of(report, amount="9")).status_code == 403
    report.refresh_from_db()
    assert report.amount == 5


def test_the_office_changes_a_report_and_the_figures_wait_to_follow(client, cast):
    report = MonthlyReportFactory(amount=5)
    progress.refresh_stale()
    client.force_login(cast.office)
    answer = client.post(page(MonthlyReport, "change", report.pk), form_of(report, amount="1，234.50"))
    assert answer.status_code == 302
    report.refresh_from_db()
    assert (report.amount, report.version, report.updated_by) == (Decimal("1234.5"), 2, cast.office)
    assert StaleProgress.objects.filter(project=report.project).exists()
    progress.refresh_stale()
    assert ProjectProgress.objects.get(project=report.project, month=12).year_to_date == Decimal("1234.5")


def test_who_approved_and_when_is_written_down(client, cast):
    report = MonthlyReportFactory(state=MonthlyReport.State.SUBMITTED)
    client.force_login(cast.office)
    client.post(page(MonthlyReport, "change", report.pk), form_of(report, state=MonthlyReport.State.APPROVED))
    report.refresh_from_db()
    assert (report.state, report.reviewed_by) == (MonthlyReport.State.APPROVED, cast.office)
    assert report.reviewed_at is not None


def test_the_second_of_two_people_is_told_and_keeps_what_was_typed(client, cast):
    report = MonthlyReportFactory(amount=5)
    form = form_of(report, amount="77", problems="用地未交付")
    MonthlyReport.objects.get(pk=report.pk).save()
    client.force_login(cast.office)
    answer = client.post(page(MonthlyReport, "change", report.pk), form)
    assert answer.status_code == 200
    assert "已被他人修改" in answer.text
    assert "用地未交付" in answer.text
    report.refresh_from_db()
    assert report.amount == 5


def test_a_wrong_amount_is_refused_and_the_rest_of_the_form_is_kept(client, cast):
    report = MonthlyReportFactory(amount=5)
    client.force_login(cast.office)
    answer = client.post(
        page(MonthlyReport, "change", report.pk), form_of(report, amount="1e5", image_progress="主体封顶")
    )
    assert "不是金额" in answer.text
    assert "主体封顶" in answer.text
    report.refresh_from_db()
    assert report.amount == 5


def test_plans_are_added_and_neither_changed_nor_deleted(client, cast):
    plan = AnnualPlanFactory(amount=100)
    client.force_login(cast.office)
    assert client.get(page(AnnualPlan, "add")).status_code == 200
    assert client.post(page(AnnualPlan, "change", plan.pk), {"amount": "1"}).status_code == 403
    assert client.post(page(AnnualPlan, "delete", plan.pk), {"post": "yes"}).status_code == 403
    assert AnnualPlan.objects.get().amount == 100


def test_only_originals_are_added_and_revisions_go_through_the_page(client, cast):
    plan = AnnualPlanFactory(amount=100)
    client.force_login(cast.office)
    inline = {"curve-TOTAL_FORMS": "0", "curve-INITIAL_FORMS": "0"}
    revision = {"project": plan.project.pk, "year": "2018", "revision": "1", "amount": "900", "reason": "调减"}
    answer = client.post(page(AnnualPlan, "add"), revision | inline)
    assert "这个项目当年已有计划。要调整计划，请到项目的页面提出" in answer.text
    assert client.post(page(AnnualPlan, "add"), revision | inline | {"year": "2019"}).status_code == 302
    assert list(AnnualPlan.objects.order_by("year").values_list("year", "revision")) == [(2018, 0), (2019, 0)]


@pytest.mark.parametrize("username", ["office", "admin"])
def test_corrections_and_changes_of_plans_are_only_looked_at(client, cast, username):
    report = MonthlyReportFactory(project=AnnualPlanFactory().project)
    proposed = {"reason": "审计核减", "proposed_by": cast.reporter}
    rows = (
        Correction.objects.create(report=report, old_amount=Decimal(100), new_amount=Decimal(90), **proposed),
        PlanChange.objects.create(
            project=report.project, year=2018, amount=Decimal(9), effective_on="2018-08-01", **proposed
        ),
    )
    client.force_login(getattr(cast, username))
    for row in rows:
        assert report.project.name in client.get(page(type(row))).text
        assert client.get(page(type(row), "change", row.pk)).status_code == 200
        assert client.get(page(type(row), "add")).status_code == 403
        assert client.post(page(type(row), "change", row.pk), {"state": "2"}).status_code == 403
        assert client.post(page(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403


def test_a_plan_is_added_with_its_curve(client, cast):
    project = ProjectFactory()
    client.force_login(cast.office)
    inline = {"curve-TOTAL_FORMS": "1", "curve-INITIAL_FORMS": "0", "curve-0-month": "6", "curve-0-amount": "1.2亿"}
    plan = {"project": project.pk, "year": "2018", "revision": "0", "amount": "12000"}
    assert client.post(page(AnnualPlan, "add"), plan | inline).status_code == 302
    progress.refresh_stale()
    assert ProjectProgress.objects.get(project=project, month=6).planned_to_date == 12000


def test_reports_and_derived_rows_are_not_deleted(client, cast):
    report = MonthlyReportFactory()
    progress.refresh_stale()
    client.force_login(cast.office)
    assert client.post(page(MonthlyReport, "delete", report.pk), {"post": "yes"}).status_code == 403
    row = GroupProgress.objects.first()
    assert client.post(page(GroupProgress, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert client.post(page(GroupProgress, "change", row.pk), {"amount": "1"}).status_code == 403


def test_an_administrator_has_a_run_repeated(client, cast, django_capture_on_commit_callbacks):
    AnnualPlanFactory()
    progress.refresh_stale()
    done = RefreshRun.objects.get()
    client.force_login(cast.admin)
    with django_capture_on_commit_callbacks() as after_commit:
        answer = client.post(page(RefreshRun), {"action": "run_again", "_selected_action": [done.pk]}, follow=True)
    assert "已请求重新计算 2018年" in answer.text
    assert len(after_commit) == 1
    asked = RefreshRun.objects.get(started_at=None)
    assert (asked.year, asked.trigger, asked.requested_by, asked.state) == (2018, "manual", cast.admin, "等待")
    assert progress.start_run(asked.pk) == progress.Outcome(projects=1)


def test_only_an_administrator_has_a_run_repeated(client, cast):
    AnnualPlanFactory()
    progress.refresh_stale()
    client.force_login(cast.office)
    client.post(page(RefreshRun), {"action": "run_again", "_selected_action": [RefreshRun.objects.get().pk]})
    assert not RefreshRun.objects.filter(started_at=None).exists()


def test_nobody_gives_himself_rights(client, cast):
    client.force_login(cast.admin)
    account = {
        "username": "admin",
        "is_active": "on",
        "is_superuser": "on",
        "groups": [cast.office.groups.get().pk],
        "date_joined_0": "2018-01-01",
        "date_joined_1": "00:00",
    }
    client.post(page(User, "change", cast.admin.pk), account)
    cast.admin.refresh_from_db()
    assert not cast.admin.is_superuser
    assert [group.name for group in cast.admin.groups.all()] == ["系统管理员"]


def test_only_a_superuser_touches_a_superuser(client, cast):
    root = User.objects.create_superuser("root", password="demo-password")
    client.force_login(cast.admin)
    assert client.post(page(User, "change", root.pk), {"username": "taken"}).status_code == 403
    root.refresh_from_db()
    assert root.username == "root"
