"""Keeps a few processes running under one command: starts, restarts and ends them together.

The processes are forks of this one, so the program is loaded once and its memory is shared. Each leads
a session of its own: a signal to the whole group reaches only the supervisor, which passes it on once.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FrameType

from orchestrator import logs

log = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 2.0  # seconds for an orderly end
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a process that died is started again
STEADY_AFTER = 60.0  # seconds after which a death counts as the first again
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


@dataclass
class Part:
    """One process and how it has fared."""

    name: str
    run: Callable[[], None]
    pid: int = 0
    started_at: float = 0.0
    due_at: float = 0.0
    deaths: int = 0

    def note_death(self, now: float) -> float:
        """Answers how long to wait before the next start."""
        self.deaths = 1 if now - self.started_at > STEADY_AFTER else self.deaths + 1
        pause = min(FIRST_PAUSE * 2.0 ** (self.deaths - 1), LONGEST_PAUSE)
        self.pid, self.due_at = 0, now + pause
        return pause


class Supervisor:
    """Signals only set a flag and wake the loop; everything else happens in the loop."""

    def __init__(self) -> None:
        self.is_stopping = False
        self._bell, self._rope = os.pipe()
        for end in (self._bell, self._rope):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._rope, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # the default would not ring the bell
        for each in STOP_SIGNALS:
            if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:  # nohup means it
                signal.signal(each, self._on_stop)  # a shell's background jobs inherit SIGINT as ignored

    def once(self, part: Part) -> int:
        """Run ``part`` to its end and answer its exit code."""
        self._start(part)
        code = None
        while code is None and not self.is_stopping:
            self._wait(None)
            code = _reaped(part.pid)
        if code is None:
            self._stop([part])
        return 0 if code is None else code

    def forever(self, parts: Iterable[Part]) -> None:
        """Until a stop signal arrives."""
        parts = list(parts)
        gc.collect()
        gc.freeze()  # what was loaded by now stays out of the children's collections, so in shared pages
        while not self.is_stopping:
            now = time.monotonic()
            for part in parts:
                self._look_after(part, now)
            pauses = [part.due_at - now for part in parts if not part.pid]
            self._wait(min(pauses, default=None))
        self._stop(parts)

    def _look_after(self, part: Part, now: float) -> None:
        if part.pid and (code := _reaped(part.pid)) is not None:
            _end_group(part.pid)
            pause = part.note_death(now)
            log.error("The %s process ended (%s); it starts again in %.1f s", part.name, _told(code), pause)
        if not part.pid and part.due_at <= now:
            self._start(part)

    def _start(self, part: Part) -> None:
        """Signals wait while we fork, so that none is taken by the child's inherited handlers."""
        supervisor = os.getpid()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        part.pid, part.started_at = os.fork(), time.monotonic()
        if not part.pid:
            self._become(part, supervisor)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        log.info("The %s process runs", part.name, extra={"pid": part.pid})

    def _become(self, part: Part, supervisor: int) -> None:
        """The child's side of the fork; never returns."""
        code = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            os.close(self._bell)
            os.close(self._rope)
            for each in (*STOP_SIGNALS, signal.SIGCHLD):
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            end_with(supervisor)
            call_ourselves(part.name)
            logs.part.set(part.name)
            part.run()
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
            if isinstance(leaving.code, str):
                log.error(leaving.code)
        except BaseException:
            log.exception("The %s process failed", part.name)
        finally:
            logging.shutdown()
            os._exit(code)

    def _stop(self, parts: list[Part]) -> None:
        """Ask all at once, wait a little, insist. What a part started itself ends with it."""
        running = [part.pid for part in parts if part.pid]
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        left = [pid for pid in running if _reaped(pid) is None]
        while left and (rest := deadline - time.monotonic()) > 0:
            self._wait(rest)
            left = [pid for pid in left if _reaped(pid) is None]
        for pid in running:
            _end_group(pid)
        for pid in left:
            os.waitpid(pid, 0)

    def _wait(self, seconds: float | None) -> None:
        select.select([self._bell], [], [], seconds if seconds is None else max(0.0, seconds))
        try:
            os.read(self._bell, 4096)
        except BlockingIOError:
            return

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True  # once more changes nothing: make and the terminal may both send it


def end_with(parent: int) -> None:
    """Have the kernel kill this process when ``parent`` is gone, however it went (Linux only)."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def call_ourselves(name: str) -> None:
    """The name that ps, top and pstree show."""
    _prctl(PR_SET_NAME, f"orc-{name}".encode()[:15])


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _reaped(pid: int) -> int | None:
    """The exit code of a child that ended, None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _told(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
