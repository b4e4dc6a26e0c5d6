"""Run one command with a PostgreSQL of its own: `postgres.py [-c name=value ...] command ...`.

The server lives in a temporary folder, listens on a free port of 127.0.0.1, never runs as root, and is stopped and
deleted whatever happens to the command, which finds it in DATABASE_URL. On SIGUSR1 to the process named in
ZJJ_TEST_POSTGRES the server is restarted. Exits with the command's exit code.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 15
OWNER = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}  # never root
DATABASE = "zjj"


def programs() -> Path:
    """The folder of PostgreSQL's programs: the newest of Debian's, else where `initdb` is found."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if debian:
        return debian[-1]
    if found := shutil.which("initdb"):
        return Path(found).parent
    sys.exit("没有找到 PostgreSQL 的 initdb：请先安装 PostgreSQL。")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that belongs to whoever runs the server."""
    with tempfile.TemporaryDirectory(prefix="zjj-postgres-") as name:
        if OWNER:
            shutil.chown(name, OWNER["user"], OWNER["group"])
        yield Path(name)


@contextmanager
def postgres(settings: list[str]) -> Iterator[str]:
    """A running server; answers the URL of an empty database."""
    bin_folder, port = programs(), free_port()
    with temporary_folder() as folder:
        call = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, **OWNER}
        cluster = ["--pgdata", folder / "data", "--username", "postgres", "--auth", "trust"]
        language = ["--encoding", "UTF8", "--locale", "C", "--lc-ctype", "C.UTF-8"]  # so that 汉 is a letter
        subprocess.run([bin_folder / "initdb", *cluster, *language, "--no-sync"], **call)
        own = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *settings]
        options = [argument for setting in own for argument in ("-c", setting)]
        client = ["--host", "127.0.0.1", "--port", str(port), "--username", "postgres"]
        server = Server(
            command=[bin_folder / "postgres", "-D", folder / "data", *options],
            question=[bin_folder / "pg_isready", "--quiet", *client],
            folder=folder,
        )
        try:
            server.start()
            signal.signal(signal.SIGUSR1, server.restart)
            subprocess.run([bin_folder / "createdb", *client, DATABASE], **call)
            yield f"postgres://postgres@127.0.0.1:{port}/{DATABASE}"
        finally:
            server.stop()


class Server:
    """The server's process: `command` runs it, `question` asks whether it answers."""

    def __init__(self, command: list, question: list, folder: Path) -> None:
        self.command, self.question, self.folder = command, question, folder
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **OWNER
            )
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run(self.question, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"PostgreSQL 没有启动：\n{(self.folder / 'log').read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)  # 'fast': ends the sessions that are left
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def restart(self, *_: object) -> None:
        self.stop()
        self.start()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-c", dest="settings", action="append", default=[], metavar="name=value")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the server is stopped then, too
    with postgres(arguments.settings) as url:
        own = {"DATABASE_URL": url, "ZJJ_TEST_POSTGRES": str(os.getpid())}
        return subprocess.run(arguments.command, env={**os.environ, **own}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
