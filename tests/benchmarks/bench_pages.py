"""How fast the pages are, as ratios to an empty logged-in page measured in the same run: `make bench`.

A real gunicorn with the site's settings serves one city on PostgreSQL, over one kept connection. The floor is an empty
view behind the log-in: session, account, middleware, no content. All pages are asked for in turns, so that a noisy
machine is noisy for all of them; the figures are medians. 'Warm' is a page asked for before, whose figures did not move
since; 'not changed' is the same for a browser that still has it. Last, Chromium with its processor slowed down four
times: the time to the first painted chart, and the bytes of a first visit and of one that follows.
"""

import argparse
import atexit
import contextlib
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.pages_settings"
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="zjj-bench-")  # not the site's own broker and secret
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
django.setup()

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from playwright.sync_api import Browser, sync_playwright

from investment import progress, tasks
from investment.models import MonthlyReport, Period, ProgressYear
from projects import roles
from projects.models import Organisation, Project
from tests.browser.conftest import ARGS
from tests.programs import Broker

from . import rows

SIZES = (143, 100_000, 1_000_000)
LARGE = 500_000  # from here on charts only, which read the engine's rows of the groups
PORT = 8950
ROUNDS = 60
PAGES = {
    "/ (warm)": ("/", 4),
    "chart data (warm)": ("/charts/city-curve.json", 3),
    "project list, first page": ("/projects/", 12),
    "project list, text filter": ("/projects/?q=sl77", 12),  # by pinyin: one in a hundred of them
    "project list, two characters": (f"/projects/?{urlencode({'q': '茶叶'})}", 12),  # as many
    "its chart data (warm)": ("/charts/city-curve.json?q=sl77", 3),
    "completeness of a year": ("/completeness/", 10),
}
UNCHANGED = {"/ (not changed, 304)": ("/", 2), "chart data (not changed)": ("/charts/city-curve.json", 2)}
MOVED = ("chart data, figures moved", 12)  # once after each counted change, by Plotly's own checks
SAVED = ("a report saved", 6)
GRID, CELL = ("grid of 200 projects", 10), ("a cell saved", 4)
# Marks when the chart is there as a first picture, and when Plotly has drawn it.
WATCH = """
const marks = {pictured: ".first-picture polyline", drawn: ".main-svg .scatterlayer path"};
new MutationObserver(() => {
    for (const [name, selector] of Object.entries(marks))
        if (!performance.getEntriesByName(name).length && document.querySelector(selector))
            requestAnimationFrame(() => performance.mark(name));
}).observe(document, {childList: true, subtree: true});
"""


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """The site as `make run` serves it, with one worker, so that one process keeps what is kept."""
    program = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [*program, "--workers", "1", "--keep-alive", "75", "--bind", f"127.0.0.1:{PORT}"], stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + 30
            while not _answers():
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(os.pread(log.fileno(), 9999, 0).decode())
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            server.wait()


def _answers() -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
        connection.request("GET", "/accounts/login/")
        return connection.getresponse().status == 200
    except OSError:
        return False


class Reader:
    """An account with a session, on one kept connection."""

    def __init__(self, username: str, role: str, organisation: Organisation | None = None) -> None:
        user, _ = get_user_model().objects.update_or_create(username=username, defaults={"organisation": organisation})
        user.groups.set(Group.objects.filter(name=role))
        self.pk = user.pk
        client = Client()
        client.force_login(user, backend="investment.accounts.ReaderBackend")
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)

    def get(self, address: str) -> tuple[int, str]:
        return self._ask("GET", address)

    def get_again(self, address: str) -> Callable[[], tuple[int, str]]:
        """Ask as a browser does that has the page of this moment."""
        self.get(address)
        self.get(address)
        kept = {"If-None-Match": self.version}
        return lambda: self._ask("GET", address, headers=kept)

    def post(self, address: str, fields: dict[str, str]) -> tuple[int, str]:
        return self._ask("POST", address, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})

    def send(self, address: str, what: dict[str, object]) -> tuple[int, str]:
        """What a script of the page sends."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.cookies["csrftoken"]}
        return self._ask("POST", address, json.dumps({"account": self.pk, **what}), headers)

    def _ask(
        self, method: str, address: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(headers or {})}
        self.connection.request(method, address, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        self.version = response.headers["ETag"] or ""
        self.cookies |= {key: value.value for key, value in SimpleCookie(response.headers["Set-Cookie"] or "").items()}
        return response.status, text


def milliseconds(act: Callable[[], tuple[int, str]], wanted: int) -> float:
    start = time.perf_counter()
    status, text = act()
    spent = (time.perf_counter() - start) * 1000
    assert status == wanted, (status, text[:500])
    return spent


def saving(projects: int) -> Callable[[], tuple[int, str]]:
    """A reporter who saves another amount each time: one draft of the last project."""
    last = projects - 1
    MonthlyReport.objects.filter(project=last, year=rows.YEAR, month=12).update(state=MonthlyReport.State.DRAFT)
    unit = Organisation.objects.get(answered_projects=last)
    reporter = Reader("reporter", roles.REPORTER, unit)
    address = f"/reports/{last}/{rows.YEAR}-12/"
    status, page = reporter.get(address)
    assert status == 200
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    version = int(re.search(r'name="version" value="(\d+)"', page)[1])
    amounts = iter(range(1, 1_000_000))

    def save() -> tuple[int, str]:
        nonlocal version
        fields = {"csrfmiddlewaretoken": token, "version": str(version), "amount": f"{next(amounts)}.5", "act": "save"}
        version += 1
        return reporter.post(address, fields)

    return save


def typing(projects: int) -> tuple[Callable[[], tuple[int, str]], Callable[[], tuple[int, str]]]:
    """A reporter of two hundred projects (or nearly all of fewer): opens the month's page, and saves a cell of it."""
    unit = Organisation.objects.create(
        pk=1_000_000, name="Unit of many", kind=Organisation.Kind.COMPANY, is_sample=True
    )
    many = range(min(200, projects - 5))
    Project.objects.filter(pk__in=many).update(responsible_unit=unit, owner=unit)
    MonthlyReport.objects.filter(project__in=many, year=rows.YEAR, month=12).update(state=MonthlyReport.State.DRAFT)
    reporter = Reader("typist", roles.REPORTER, unit)
    address, month = f"/month/?month={rows.YEAR}-12", f"{rows.YEAR}-12"
    assert reporter.get(address)[1].count('"project": ') == len(many)
    amounts = iter(range(1, 1_000_000))
    version = 1

    def save() -> tuple[int, str]:
        nonlocal version
        cell = {"month": month, "project": 1, "field": "amount", "value": f"{next(amounts)}.5", "version": version}
        version += 1
        return reporter.send("/month/cell/", cell)

    return lambda: reporter.get(address), save


def measure(projects: int) -> None:
    """Print the lines of one size."""
    rows.fill(projects, per_city=projects)
    Period.objects.bulk_create(Period.by_rule(rows.YEAR, month) for month in range(1, 13))
    progress.refresh_year(rows.YEAR)
    rows.vacuum()
    rows.guard()
    office = Reader("office", roles.OFFICE)
    if projects >= LARGE:
        charts_only(projects, office)
        return
    save, (grid, cell) = saving(projects), typing(projects)
    asked = {name: lambda address=address: office.get(address) for name, (address, _) in PAGES.items()}
    for _ in range(3):  # every thread of the server has its connection, what is kept is kept
        for ask in asked.values():
            ask()
    again = {name: office.get_again(address) for name, (address, _) in UNCHANGED.items()}
    names = ("floor", *asked, MOVED[0], *again, SAVED[0], GRID[0], CELL[0])
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        times["floor"].append(milliseconds(lambda: office.get("/empty/"), 200))
        for name, ask in asked.items():
            times[name].append(milliseconds(ask, 200))
        for name, ask in again.items():
            times[name].append(milliseconds(ask, 304))
        times[SAVED[0]].append(milliseconds(save, 302))
        times[GRID[0]].append(milliseconds(grid, 200))
        times[CELL[0]].append(milliseconds(cell, 200))
    times[MOVED[0]] = [moved(office) for _ in range(ROUNDS)]  # last: it ends what is kept, and what has not changed
    print_ratios(projects, times)


def charts_only(projects: int, office: "Reader") -> None:
    """The same for a size at which only the charts are asked for."""
    name = "chart data (warm)"
    times: dict[str, list[float]] = {"floor": [], name: [], MOVED[0]: []}
    for _ in range(ROUNDS):
        times["floor"].append(milliseconds(lambda: office.get("/empty/"), 200))
        times[name].append(milliseconds(lambda: office.get(PAGES[name][0]), 200))
        times[MOVED[0]].append(moved(office))
    print_ratios(projects, times)


def moved(office: "Reader") -> float:
    """The chart after a change was counted: drawn anew from the rows of the groups."""
    ProgressYear.objects.filter(year=rows.YEAR).update(version=F("version") + 1)
    return milliseconds(lambda: office.get(PAGES["chart data (warm)"][0]), 200)


def print_ratios(projects: int, times: dict[str, list[float]]) -> None:
    floor = statistics.median(times.pop("floor"))
    print(f"{projects:,} projects: an empty logged-in page takes {floor:.2f} ms")
    targets = {name: target for name, (_, target) in (PAGES | UNCHANGED).items()} | dict((MOVED, SAVED, GRID, CELL))
    for name, spent in times.items():
        median = statistics.median(spent)
        print(f"  {name:<26} {median:8.2f} ms   {median / floor:6.2f} × (wanted: ≤ {targets[name]})", flush=True)


def first_visit() -> None:
    """Print the bytes of a first visit, and how long its first chart takes on a slow machine, beside an empty page."""
    visits, office = [], Reader("office", roles.OFFICE)
    office.get("/")  # has the cookie that else comes with the form for logging in
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for _ in range(5):
            visits.append(visit(browser, office))
        browser.close()
    empty, painted, drawn, first, second = (statistics.median(times) for times in zip(*visits, strict=True))
    print(f"first visit: {first / 1000:.0f} kB (wanted: ≤ 450), the next {second / 1000:.1f} kB (wanted: ≤ 40)")
    print("on a processor slowed down four times:")
    print(f"  an empty page             {empty:8.0f} ms")
    print(f"  first chart painted       {painted:8.0f} ms   {painted / empty:6.2f} × (wanted: ≤ 1000 ms)")
    print(f"  drawn by Plotly, to click {drawn:8.0f} ms   {drawn / empty:6.2f} ×", flush=True)


def visit(browser: Browser, reader: Reader) -> tuple[float, float, float, float, float]:
    """Milliseconds to an empty page, to `/` with its chart painted, to the chart by Plotly; bytes of two visits."""
    site = f"http://127.0.0.1:{PORT}"
    page = browser.new_context(base_url=site).new_page()
    page.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in reader.cookies.items()])
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    received: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto("/empty/")
    empty = page.evaluate("performance.now()")
    received.clear()
    page.add_init_script(WATCH)
    page.goto("/", wait_until="commit")
    page.wait_for_selector("[data-chart-url] .main-svg .scatterlayer path", state="attached")
    page.wait_for_load_state("networkidle")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    pictured = page.evaluate("performance.getEntriesByName('pictured')[0].startTime")
    drawn = page.evaluate("performance.getEntriesByName('drawn')[0].startTime")
    first = sum(received)
    page.goto("/empty/")
    received.clear()
    page.goto("/", wait_until="networkidle")
    page.context.close()
    return empty, max(painted, pictured), drawn, first, sum(received)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().sizes
    tasks._quiet_until = float("inf")  # this process announces nothing; the server does
    assert settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    with Broker() as broker, serving():
        broker.start()
        for size in sizes:
            measure(size)
        first_visit()


if __name__ == "__main__":
    main()
