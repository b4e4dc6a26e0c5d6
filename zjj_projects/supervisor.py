"""Keeps several programs running as one: starts them, passes on what they say, starts again what died, stops all.

One thread, one loop. Each program leads a process group of its own, so that Ctrl-C in the terminal reaches only the
supervisor, and so that whatever a dead program left behind can be ended with it.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

STOP_SECONDS = 8  # what all programs together get to end by themselves; then they are killed
DEATHS = 5  # a program that died so often ...
DEATHS_SECONDS = 60  # ... within so long is given up, and all others with it
PR_SET_PDEATHSIG = 1  # from linux/prctl.h
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Program:
    """One program: how to start it, the process if it runs, and when it died lately."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths: deque[float] = deque(maxlen=DEATHS)
        self.start_at = 0.0
        self.unfinished_line = b""

    def start(self) -> IO[bytes]:
        """Start the process and answer the pipe through which it speaks."""
        self.process = subprocess.Popen(  # noqa: S603  the commands are our own
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # unsafe beside threads; the supervisor has none
        )
        return self.process.stdout  # type: ignore[return-value]  # not None: a pipe was asked for

    def exit_code(self) -> int | None:
        """The exit code of a program that died, minus the signal's number if one ended it; None if it runs or waits."""
        return self.process.poll() if self.process else None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program itself; it ends its own children."""
        if self.process:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """End at once whatever is left of the program and of its children."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):  # nobody is left; macOS says it the second way
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def lines(self, chunk: bytes) -> Iterator[str]:
        """The whole lines that `chunk` completes; an empty chunk (the end) completes the last one."""
        *whole, self.unfinished_line = (self.unfinished_line + chunk).split(b"\n")
        if not chunk and self.unfinished_line:
            whole, self.unfinished_line = [self.unfinished_line], b""
        for line in whole:
            yield line.decode(errors="replace").rstrip()


class Supervisor:
    """Runs programs until it is told to stop (SIGINT, SIGTERM, SIGHUP) or one of them can't be kept alive.

    `say` takes a line for the user. Call `run` from the main thread.
    """

    def __init__(self, programs: list[Program], say: Callable[[str], None]) -> None:
        self.programs = programs
        self.say = say
        self.width = max(len(program.name) for program in programs)
        self.outputs = selectors.DefaultSelector()
        self.stopping = False

    def run(self, on_started: Callable[[], bool]) -> int:
        """Start the programs in order, keep them running, stop them in reverse order; answer the exit code.

        `on_started` is asked about twice a second until it answers True: what it waits for has come.
        """
        with self._stopped_by_signals():
            try:
                for program in self.programs:
                    self._start(program)
                return self._keep_running(on_started)
            finally:
                self._stop_all()

    def _keep_running(self, on_started: Callable[[], bool]) -> int:
        started = False
        while not self.stopping:
            self._pass_on_output(seconds=0.5)
            for program in self.programs:
                if (code := program.exit_code()) is not None and not self._bury(program, code):
                    return 1
                if program.process is None and time.monotonic() >= program.start_at:
                    self._start(program)
            started = started or on_started()
        return 0

    def _start(self, program: Program) -> None:
        self.outputs.register(program.start(), selectors.EVENT_READ, program)
        self.say(f"{program.name} 已启动。")

    def _bury(self, program: Program, code: int) -> bool:
        """Say how the program died and plan its next start; False when it has died too often."""
        self._pass_on_output(seconds=0)  # its last words come before the news of its death
        program.kill_group()
        now = time.monotonic()
        program.deaths.append(now)
        how = _how_it_ended(code)
        program.process = None
        if len(program.deaths) == DEATHS and now - program.deaths[0] < DEATHS_SECONDS:
            self.say(f"{program.name} 意外退出（{how}），一分钟内已 {DEATHS} 次，不再重启，全部停止。")
            self.say(f"请查看上面以“{program.name}”开头的输出，排除原因后重新运行。")
            return False
        recent = sum(now - death < DEATHS_SECONDS for death in program.deaths)
        pause = 0.5 * 2 ** (recent - 1)
        program.start_at = now + pause
        self.say(f"{program.name} 意外退出（{how}），{pause:g} 秒后重新启动。")
        return True

    def _pass_on_output(self, seconds: float) -> None:
        """Pass on what the programs say within so many seconds, each line under the name of its program."""
        for key, _ in self.outputs.select(seconds):
            chunk = os.read(key.fd, 65_536)
            for line in key.data.lines(chunk):
                self.say(f"{key.data.name:<{self.width}} | {line}")
            if not chunk:
                self.outputs.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # a pipe, not a number

    def _stop_all(self) -> None:
        """Stop in reverse order, so that no program loses what it leans on; kill what is left after STOP_SECONDS."""
        deadline = time.monotonic() + STOP_SECONDS
        try:
            for program in reversed(self.programs):
                program.signal(signal.SIGTERM)
                while program.process and program.exit_code() is None and time.monotonic() < deadline:
                    self._pass_on_output(seconds=0.1)
        finally:  # even if nobody listens to us any more
            for program in self.programs:
                program.kill_group()

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        def stop(*args: Any) -> None:
            self.stopping = True

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, stop) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


def _end_with_parent() -> None:
    """In the new process, on Linux: ask the kernel for a SIGTERM when the supervisor dies, however it dies."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _how_it_ended(returncode: int) -> str:
    """The exit code, or the signal, in words."""
    if returncode < 0:
        return f"被信号 {signal.Signals(-returncode).name} 终止"
    return f"退出码 {returncode}"
