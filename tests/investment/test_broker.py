"""Whatever happens to the broker and the workers: reports are saved at once, figures are right soon after."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import transaction
from redis import Redis

from investment import progress, tasks
from investment.models import GroupProgress, MonthlyReport, ProgressYear, ProjectProgress, StaleProgress
from investment.months import Month
from tests.factories import AnnualPlanFactory, MonthlyReportFactory, ProjectFactory, city, period_open
from tests.programs import Broker, Worker, wait_until

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]

HANG_SECONDS = 10  # for twenty reports; a healthy site needs a fraction of a second, a hanging one over a minute


@pytest.fixture
def broker(monkeypatch):
    monkeypatch.setattr(tasks, "_quiet_until", 0.0)
    with Broker() as broker:
        broker.start()
        yield broker


@pytest.fixture
def project(broker):
    return AnnualPlanFactory(year=2018).project


def save_twenty_reports(project):
    """Twelve first versions and eight corrections, 1280 万元 in all. Answers the seconds it took."""
    start = time.monotonic()
    for month in range(1, 13):
        report = MonthlyReportFactory(project=project, month=month, amount=100)
        if month <= 8:
            report.amount = 110
            report.save()
    return time.monotonic() - start


def completed(month=12):
    """The city's total of a month's year to date, in 万元."""
    rows = GroupProgress.objects.filter(kind=GroupProgress.Kind.TOTAL, area=city(), year=2018, month=month)
    return rows.values_list("year_to_date", flat=True).first()


def swept_until(condition):
    """Send what beat sends, more often than beat does, until the condition comes true; answers whether it did."""
    for _ in range(10):
        tasks.refresh_stale.apply_async(**settings.CELERY_BEAT_SCHEDULE["sweep"]["options"])
        if wait_until(condition, seconds=2):
            return True
    return False


def assert_nothing_to_repair():
    assert not StaleProgress.objects.exists()
    findings = []
    outcome = progress.refresh_year(2018, findings)
    assert (outcome.rows, outcome.groups, findings) == (0, 0, [])


def queue_is_done():
    """Nothing waits, nothing is in a worker's hands."""
    broker = Redis(unix_socket_path=str(settings.BROKER_SOCKET))
    return not broker.llen("celery") and not broker.hlen("unacked")


def test_a_saved_report_is_counted_without_being_swept(broker, project):
    with Worker():
        MonthlyReportFactory(project=project, month=3, amount=Decimal("77.5"))
        assert wait_until(lambda: completed() == Decimal("77.5"))
    assert_nothing_to_repair()


def test_reports_are_saved_while_the_broker_is_absent_and_counted_when_it_comes(broker, project):
    broker.stop()
    assert save_twenty_reports(project) < HANG_SECONDS
    assert MonthlyReport.objects.filter(project=project).count() == 12
    broker.start()
    with Worker():
        assert swept_until(lambda: completed() == 1280)
    assert_nothing_to_repair()


@pytest.mark.parametrize(("away", "back"), [("stop", "start"), ("freeze", "thaw")])
def test_reports_are_saved_while_the_broker_is_away_and_counted_when_it_is_back(broker, project, away, back):
    with Worker():
        MonthlyReportFactory(project=ProjectFactory(), amount=5)
        assert wait_until(lambda: completed() == 5)
        getattr(broker, away)()
        assert save_twenty_reports(project) < HANG_SECONDS
        assert MonthlyReport.objects.filter(project=project).count() == 12
        assert completed() == 5
        getattr(broker, back)()
        assert swept_until(lambda: completed() == 1285)
    assert_nothing_to_repair()


def form_of(client, project):
    """The report of May as the unit's form holds it."""
    page = client.get(f"/reports/{project.pk}/2018-05/")
    return {name: page.context["form"][name].value() or "" for name in page.context["form"].fields}


def test_a_report_goes_through_all_pages_while_the_broker_is_frozen_and_is_counted_after_the_thaw(broker, client, cast):
    """A cell typed, the report handed in, passed and approved: each answered, none waiting for the broker."""
    unit = cast.reporter.organisation
    project = AnnualPlanFactory(year=2018, project=ProjectFactory(responsible_unit=unit)).project
    period_open(Month(2018, 5))
    MonthlyReportFactory(project=project, month=5, state=MonthlyReport.State.EXPECTED, amount=None)
    address = f"/reports/{project.pk}/2018-05/"
    with Worker():
        assert wait_until(lambda: not StaleProgress.objects.exists() and queue_is_done())
        broker.freeze()
        start = time.monotonic()
        client.force_login(cast.reporter)
        cell = {"project": project.pk, "field": "amount", "value": "77.5", "version": 1}
        sent = {"account": cast.reporter.pk, "month": "2018-05", **cell}
        assert client.post("/month/cell/", sent, content_type="application/json").json()["state"] == "saved"
        assert client.post(address, {**form_of(client, project), "act": "submit"}).status_code == 302
        for username, act in (("reviewer", "pass"), ("office", "approve")):
            client.force_login(getattr(cast, username))
            version = MonthlyReport.objects.get(project=project).version
            assert client.post(address, {"version": version, "act": act}).status_code == 302
        assert time.monotonic() - start < HANG_SECONDS
        stored = MonthlyReport.objects.get(project=project)
        assert (stored.state, stored.amount) == (MonthlyReport.State.APPROVED, Decimal("77.5"))
        assert StaleProgress.objects.exists()
        broker.thaw()
        assert swept_until(lambda: completed() == Decimal("77.5"))
    assert_nothing_to_repair()


def test_a_frozen_broker_holds_many_threads_no_longer_than_one(broker):
    broker.freeze()
    start = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: tasks.announce(), range(160)))
    assert time.monotonic() - start < 3


def test_a_worker_goes_on_after_the_broker_froze_in_the_middle_of_a_task(broker, project):
    with Worker() as worker:
        assert wait_until(lambda: not StaleProgress.objects.exists() and queue_is_done())
        progress.mark_stale([project.id], 2018)
        with transaction.atomic():
            progress.lock_year(2018)  # the task waits for it
            received = worker.said().count("received")
            tasks.refresh_stale.delay()
            assert wait_until(lambda: worker.said().count("received") > received)
            broker.freeze()
        assert wait_until(lambda: "Couldn't ack" in worker.said())
        broker.thaw()
        MonthlyReportFactory(project=project, amount=7)
        assert swept_until(lambda: completed() == 7)
    assert_nothing_to_repair()


def test_a_refresh_delivered_five_times_changes_nothing_after_the_first(broker, project):
    with Worker() as worker:
        save_twenty_reports(project)
        assert wait_until(lambda: not StaleProgress.objects.exists() and queue_is_done())
        year, rows = ProgressYear.objects.get(year=2018), list(ProjectProgress.objects.order_by("month").values())
        done = worker.said().count("succeeded")
        for _ in range(5):
            tasks.refresh_stale.apply_async(task_id="one-and-the-same")
        assert wait_until(lambda: worker.said().count("succeeded") == done + 5)
    assert list(ProjectProgress.objects.order_by("month").values()) == rows
    assert ProgressYear.objects.get(year=2018).version == year.version
    assert completed() == 1280
    assert_nothing_to_repair()


def test_an_overdue_sweep_is_dropped_unread(broker):
    """After an outage the sweeps that piled up must not be done one by one."""
    tasks.refresh_stale.apply_async(expires=0.01)
    time.sleep(0.1)
    with Worker() as worker:
        assert wait_until(lambda: "Discarding revoked task" in worker.said())
        assert "succeeded" not in worker.said()


def test_two_workers_one_killed_while_200_reports_change(broker):
    projects = [AnnualPlanFactory(year=2018).project for _ in range(20)]
    with Worker() as doomed, Worker():
        for number in range(200):
            MonthlyReportFactory(project=projects[number % 20], month=1 + number // 20, amount=number)
            if number == 100:
                doomed.kill()
        assert swept_until(lambda: not StaleProgress.objects.exists())
    assert completed() == sum(range(200))
    assert_nothing_to_repair()
