"""What the tasks do when they are delivered, and what a hint costs when nobody takes it."""

import datetime
import time

import pytest
from django.utils import timezone

from investment import progress, tasks
from investment.models import ProjectProgress, RefreshRun, StaleProgress
from tests.factories import AnnualPlanFactory, MonthlyReportFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = AnnualPlanFactory(year=2018).project
    MonthlyReportFactory(project=project, month=1, amount=100)
    return project


def completed(project):
    return ProjectProgress.objects.get(project=project, year=2018, month=12).year_to_date


def test_a_sweep_counts_what_is_stale(project):
    tasks.refresh_stale()
    assert completed(project) == 100
    assert not StaleProgress.objects.exists()


def test_a_sweep_carries_out_the_runs_that_were_asked_for_once(project):
    run = progress.request_run(2018)
    tasks.refresh_stale()
    run.refresh_from_db()
    finished_at = run.finished_at
    assert finished_at is not None
    tasks.refresh_stale()
    run.refresh_from_db()
    assert run.finished_at == finished_at


def test_a_run_whose_worker_was_killed_is_asked_for_again_and_says_so(project):
    tasks.refresh_stale()
    started_at = timezone.now() - RefreshRun.UNFINISHED_AFTER - datetime.timedelta(seconds=1)
    killed = RefreshRun.objects.create(year=2018, trigger=RefreshRun.Trigger.MANUAL, started_at=started_at)
    tasks.refresh_stale()
    killed.refresh_from_db()
    again = RefreshRun.objects.latest("id")
    assert killed.error == "执行计算的进程中断，已重新安排"
    assert (again.trigger, again.year, again.state) == (RefreshRun.Trigger.MANUAL, 2018, "完成")


def test_a_run_that_is_under_way_is_left_alone(project):
    tasks.refresh_stale()
    RefreshRun.objects.create(year=2018, trigger=RefreshRun.Trigger.MANUAL, started_at=timezone.now())
    runs = RefreshRun.objects.count()
    tasks.refresh_stale()
    assert RefreshRun.objects.count() == runs


def test_the_nightly_pass_repairs_what_changed_behind_its_back_and_keeps_what_it_found(project):
    tasks.refresh_stale()
    ProjectProgress.objects.filter(project=project, year=2018, month=12).update(year_to_date=3)
    tasks.verify_all_years()
    run = RefreshRun.objects.filter(trigger=RefreshRun.Trigger.NIGHTLY).get()
    assert completed(project) == 100
    assert run.changed_rows == 1
    assert any(project.code in finding for finding in run.findings)


def test_the_nightly_pass_of_sound_figures_finds_nothing(project):
    tasks.refresh_stale()
    tasks.verify_all_years()
    run = RefreshRun.objects.get(trigger=RefreshRun.Trigger.NIGHTLY)
    assert (run.changed_rows, run.changed_groups, run.findings) == (0, 0, [])


def test_a_hint_that_nobody_takes_is_no_error_and_is_not_tried_again_for_a_while(monkeypatch, caplog):
    monkeypatch.setattr(tasks, "_quiet_until", 0.0)  # no broker runs here
    tasks.announce()
    tasks.announce()
    assert [record.levelname for record in caplog.records if record.name == "investment.tasks"] == ["WARNING"]
    assert 0 < tasks._quiet_until - time.monotonic() <= tasks.QUIET_SECONDS
