"""PostgreSQL restarts while units hand in: nobody waits for long, nothing is half done, the same form goes through.

Only where `tests/postgres.py` has started the server, which restarts it when told to.
"""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections

from investment.models import MonthlyReport, ReportMove
from investment.months import Month
from tests.factories import MonthlyReportFactory, ProjectFactory, period_open
from tests.postgres import free_port
from tests.programs import database_url, wait_until

State = MonthlyReport.State
MAY = Month(2018, 5)
HANG_SECONDS = 20
ERROR_PAGE = "刚才的操作可能没有完成"


class Site:
    """A real gunicorn in front of the test database, as `run_site` starts it."""

    def __init__(self, port):
        self.port = port
        program = [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "deploy/gunicorn.conf.py")]
        site = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database_url()}
        site["SECRET_KEY"] = settings.SECRET_KEY  # else each of its workers would make one of its own
        self.process = subprocess.Popen(
            [*program, "--bind", f"127.0.0.1:{port}"],
            cwd=settings.BASE_DIR,
            env={**os.environ, **site},
            stderr=subprocess.DEVNULL,
        )

    def answers(self):
        try:
            return Account(self.port).ask("GET", "/accounts/login/")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Account:
    """Somebody's browser: keeps the cookies, and sends forms as they stand on the page."""

    def __init__(self, port):
        self.port, self.cookies = port, {}

    def ask(self, method, address, fields=None):
        """Status and text of the answer; of a redirect, where it leads."""
        site = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_SECONDS)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        site.request(method, address, urlencode(fields) if fields else None, headers)
        response = site.getresponse()
        text = response.read().decode()
        for header in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return response.status, response.headers["Location"] or text

    def log_in(self, username):
        token = self.token("/accounts/login/")
        typed = {"username": username, "password": "demo-password", "csrfmiddlewaretoken": token}
        assert self.ask("POST", "/accounts/login/", typed)[0] == 302

    def token(self, address):
        return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.ask("GET", address)[1])[1]


def database_answers():
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


@pytest.fixture
def site(transactional_db):
    found = Site(free_port())
    try:
        assert wait_until(found.answers, HANG_SECONDS)
        yield found
    finally:
        found.stop()


@pytest.fixture
def owed(cast):
    """Forty reports of May that the reporter has to hand in."""
    period_open(MAY)
    projects = [ProjectFactory(responsible_unit=cast.reporter.organisation) for _ in range(40)]
    return [MonthlyReportFactory(project=each, month=5, state=State.EXPECTED, amount=None) for each in projects]


def hand_in_all_while_it_restarts(reporter, forms):
    """Four at a time, the restart after the sixth; answers each one's status, text and seconds."""

    def hand_in(numbered):
        number, (address, fields) = numbered
        if number == 6:
            os.kill(int(os.environ["ZJJ_TEST_POSTGRES"]), signal.SIGUSR1)
        start = time.monotonic()
        return *reporter.ask("POST", address, fields), time.monotonic() - start

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(hand_in, enumerate(forms)))


if "ZJJ_TEST_POSTGRES" in os.environ:

    def test_reports_handed_in_while_the_database_restarts(site, owed):
        reporter = Account(site.port)
        reporter.log_in("reporter")
        token = reporter.token(owed[0].get_absolute_url())
        fields = {"csrfmiddlewaretoken": token, "version": 1, "amount": "77.5", "act": "submit"}
        forms = [(report.get_absolute_url(), fields) for report in owed]
        connections.close_all()

        answers = hand_in_all_while_it_restarts(reporter, forms)
        assert {status for status, _, _ in answers} == {302, 500}
        for (status, said, _), (address, _) in zip(answers, forms, strict=True):
            assert said == address if status == 302 else ERROR_PAGE in said
        assert max(seconds for _, _, seconds in answers) < HANG_SECONDS
        assert wait_until(database_answers)

        stored = [MonthlyReport.objects.get(pk=report.pk) for report in owed]
        moved = set(ReportMove.objects.filter(to_state=State.SUBMITTED).values_list("report", flat=True))
        for (status, _, _), report in zip(answers, stored, strict=True):
            whole = {(State.EXPECTED, None, 1, False), (State.SUBMITTED, 77.5, 2, True)}
            assert (report.state, report.amount, report.version, report.pk in moved) in whole
            assert status == 500 or report.state == State.SUBMITTED

        assert [reporter.ask("POST", *form) for form in forms] == [(302, address) for address, _ in forms]
        assert set(MonthlyReport.objects.of(MAY).values_list("state", "amount")) == {(State.SUBMITTED, 77.5)}
        assert ReportMove.objects.filter(to_state=State.SUBMITTED).count() == len(owed)
