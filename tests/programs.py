"""Real programs beside a test: the broker on the socket that the settings name, and workers on the test database."""

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress

from django.conf import settings
from django.db import connection

from zjj_projects.health import broker_answers
from zjj_projects.management.commands.run_site import embedded_broker_command, worker_command
from zjj_projects.supervisor import STOP_SECONDS


def wait_until(condition, seconds=20):
    """Whether the condition came true in time; asked ten times a second."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def database_url():
    """The test database, for a process of its own."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    login = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    return f"postgres://{login}/{database['NAME']}"


class Broker:
    """The embedded Valkey. Empty after each start, as on the real site."""

    def __enter__(self):
        self.process = None
        return self

    def __exit__(self, *error):
        if self.process:
            self.stop()

    def start(self):
        self.process = subprocess.Popen(embedded_broker_command(), stdout=subprocess.DEVNULL)
        assert wait_until(broker_answers)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def freeze(self):
        """Still there, still accepting connections, never answering."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


class Worker:
    """A Celery worker as `run_site` starts it, but with one process to do the tasks and more to say."""

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+")
        site = {"DJANGO_SETTINGS_MODULE": "zjj_projects.settings", "DATABASE_URL": database_url()}
        self.process = subprocess.Popen(
            [*worker_command(processes=1), "--loglevel", "INFO"],
            cwd=settings.BASE_DIR,
            env={**os.environ, **site},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        assert wait_until(lambda: " ready." in self.said()), self.said()
        return self

    def __exit__(self, *error):
        """Stop it as the supervisor does: some seconds to end by itself, then the kill."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.kill()
        self.log.close()

    def said(self):
        return os.pread(self.log.fileno(), 1_000_000, 0).decode()

    def kill(self):
        """What an administrator's `kill -9` or the kernel's memory killer does: no farewell, nothing finished."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()
