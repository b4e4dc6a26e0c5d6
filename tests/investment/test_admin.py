"""The administration pages: who may do what, nothing overwritten, runs repeated."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from investment import progress
from investment.models import (
    AnnualPlan,
    Correction,
    GroupProgress,
    MonthlyReport,
    Period,
    PlanChange,
    ProjectProgress,
    RefreshRun,
)
from projects.models import User
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def page(model, kind="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


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


@pytest.mark.parametrize("username", ["office", "admin"])
def test_nobody_enters_or_moves_a_report_past_the_verbs(client, cast, username):
    client.force_login(getattr(cast, username))
    report = MonthlyReportFactory(amount=5)
    assert client.get(page(MonthlyReport, "add")).status_code == 403
    assert client.get(page(MonthlyReport, "change", report.pk)).status_code == 200
    changed = {"amount": "9", "state": MonthlyReport.State.RETURNED, "return_reason": "改", "version": report.version}
    assert client.post(page(MonthlyReport, "change", report.pk), changed).status_code == 403
    report.refresh_from_db()
    assert (report.amount, report.state) == (5, MonthlyReport.State.APPROVED)


@pytest.mark.parametrize("state", MonthlyReport.UNTOLD)
@pytest.mark.parametrize("username", ["office", "admin"])
def test_what_a_unit_has_typed_and_not_handed_in_is_not_looked_up_here(client, cast, username, state):
    report = MonthlyReportFactory(amount=Decimal("31415.92"), state=state, excuse_reason="停产检修")
    client.force_login(getattr(cast, username))
    assert "31,415.92" not in client.get(page(MonthlyReport)).text
    assert client.get(page(MonthlyReport, "change", report.pk)).status_code == 302


def test_an_administrator_enters_no_plans(client, cast):
    client.force_login(cast.admin)
    assert client.get(page(AnnualPlan, "add")).status_code == 403


def test_of_a_month_the_office_changes_the_time_progress_and_nothing_else(client, cast):
    period = Period.objects.create(year=2018, month=3)
    client.force_login(cast.office)
    form = {"time_progress": "20", "closed_at_0": "2018-03-28", "closed_at_1": "10:00", "due_on": "2018-03-01"}
    assert client.post(page(Period, "change", period.pk), form).status_code == 302
    stored = Period.objects.get()
    assert (stored.time_progress, stored.closed_at, stored.due_on) == (20, None, period.due_on)
    assert client.get(page(Period, "add")).status_code == 403


def test_a_closed_month_is_only_looked_at(client, cast):
    period = Period.objects.create(year=2018, month=3, closed_at="2018-03-28T10:00+08:00")
    client.force_login(cast.office)
    assert client.get(page(Period, "change", period.pk)).status_code == 200
    assert client.post(page(Period, "change", period.pk), {"time_progress": "20"}).status_code == 403
    assert Period.objects.get().time_progress is None


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


def test_an_original_plan_that_comes_late_leaves_the_closed_months_alone(client, cast):
    for month in range(1, 13):
        Period.objects.create(year=2018, month=month, closed_at=timezone.now() if month <= 5 else None)
        Period.objects.create(year=2017, month=month, closed_at=timezone.now())
    client.force_login(cast.office)
    form = {"amount": "12000", "curve-TOTAL_FORMS": "0", "curve-INITIAL_FORMS": "0"}
    project = ProjectFactory().pk
    answer = client.post(page(AnnualPlan, "add"), {"project": project, "year": "2017", **form})
    assert "2017年已全部关账，不能再下达当年计划" in answer.text
    client.post(page(AnnualPlan, "add"), {"project": project, "year": "2018", **form})
    assert list(AnnualPlan.objects.values_list("year", "revision", "effective_month")) == [(2018, 0, 6)]
