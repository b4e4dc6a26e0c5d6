"""The one command: it starts everything, keeps it running, says what died, and leaves nothing behind."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.postgres import free_port
from tests.programs import database_url, wait_until
from zjj_projects.supervisor import Program, Supervisor

SITE_SECONDS = 120  # to make a database, load it and start four programs, on a busy machine


@pytest.fixture
def empty_database(tmp_path):
    """The URL of a database without tables, of the kind that this round of tests runs on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = "zjj_run_site"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    yield urlsplit(database_url())._replace(path=name).geturl()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Site:
    """`manage.py run_site` in a process of its own; `said()` is what a user saw."""

    def __init__(self, folder, port, database="", **more):
        self.port, self.log = port, folder / f"said-{port}"
        variables = {"DATA_DIR": str(folder / "data"), "PORT": str(port), "DATABASE_URL": database, **more}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run_site"],
                cwd=settings.BASE_DIR,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "zjj_projects.settings", **variables},
                stdout=log,
                stderr=log,
            )

    def said(self):
        return self.log.read_text()

    def status(self, path):
        site = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        site.request("GET", path)
        return site.getresponse().status


@pytest.fixture
def run_site(tmp_path):
    sites = []

    def run(*args, **more):
        sites.append(Site(tmp_path, *args, **more))
        return sites[-1]

    yield run
    for site in sites:
        if site.process.poll() is None:
            site.process.terminate()
            site.process.wait(20)


def offspring(pid):
    """The process's children, their children and so on, each with its command line."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, {})[int(status.parent.name)] = (status.parent / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
    found, waiting = {}, [pid]
    while waiting:
        children = parents.get(waiting.pop(), {})
        found |= children
        waiting += children
    return found


def runs(pid):
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.broker
@pytest.mark.django_db
def test_the_site_is_up_survives_the_death_of_its_worker_and_stops_as_one(run_site, empty_database):
    site = run_site(free_port(), empty_database, DEMO_PASSWORD="demo-password")
    assert wait_until(lambda: "按 Ctrl-C 停止。" in site.said(), SITE_SECONDS), site.said()
    assert f"网站已就绪：http://127.0.0.1:{site.port}/" in site.said()
    assert "reporter neighbour reviewer office leader admin" in site.said()
    assert site.status("/healthz") == 200
    assert site.status("/accounts/login/") == 200

    second = run_site(free_port(), empty_database)
    assert second.process.wait(20) == 1
    assert "已有一个网站在运行" in second.said()

    family = offspring(site.process.pid)
    assert len(family) >= 8  # broker; worker and its two; beat; gunicorn and its two
    worker = min(pid for pid, command in family.items() if "\0worker\0" in command)
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: "计算 意外退出（被信号 SIGKILL 终止）" in site.said())
    assert wait_until(lambda: site.said().count("计算 已启动") == 2)

    family |= offspring(site.process.pid)
    site.process.terminate()
    assert site.process.wait(15) == 0
    assert "已全部停止" in site.said()
    assert [command for pid, command in family.items() if runs(pid)] == []


def test_a_taken_port_is_refused_before_anything_starts(run_site, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        site = run_site(port)
        assert site.process.wait(20) == 1
    assert f"make run PORT={port + 1}" in site.said()
    assert not (tmp_path / "data" / "db.sqlite3").exists()


def test_a_program_that_keeps_dying_is_given_up_with_all_others():
    said = []
    dying = Program("短命", [sys.executable, "-c", "print('我不行了'); raise SystemExit(3)"])
    lasting = Program("长寿", ["sleep", "600"])
    assert Supervisor([lasting, dying], said.append).run(lambda: True) == 1
    assert said.count("短命 | 我不行了") == 5
    assert "短命 意外退出（退出码 3），一分钟内已 5 次，不再重启，全部停止。" in said
    assert not runs(lasting.process.pid)


def test_a_program_that_will_not_stop_is_killed(monkeypatch):
    monkeypatch.setattr("zjj_projects.supervisor.STOP_SECONDS", 1)
    stubborn = Program("固执", ["sh", "-c", "trap '' TERM; echo 在; while :; do sleep 1; done"])
    said = []

    def stop_once_it_runs():
        if "固执 | 在" in said:
            os.kill(os.getpid(), signal.SIGTERM)
        return False

    assert Supervisor([stubborn], said.append).run(stop_once_it_runs) == 0
    assert not runs(stubborn.process.pid)


def test_no_program_outlives_a_killed_supervisor():
    script = (
        "from zjj_projects.supervisor import Program, Supervisor\n"
        "Supervisor([Program('x', ['sleep', '600'])], lambda line: print(line, flush=True)).run(lambda: True)"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", script], cwd=settings.BASE_DIR, stdout=subprocess.PIPE)
    assert supervisor.stdout.readline()
    (child,) = offspring(supervisor.pid)
    supervisor.kill()
    supervisor.communicate()
    assert wait_until(lambda: not runs(child), seconds=5)
