"""Real processes for tests: commands in an environment of their own, and what became of them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / ".env.example"


def environment(**values: str) -> dict[str, str]:
    """Ours without any setting that the machine or its .env brings along; an empty one is the default.

    What the first process has compiled is kept for the many that follow.
    """
    names = [line.partition("=")[0] for line in SETTINGS.read_text().splitlines() if line[:1].isalpha()]
    without = dict.fromkeys([*names, "ALLOWED_HOSTS", "PYTHONDONTWRITEBYTECODE"], "")
    return {**os.environ, **without, **values}


def manage(*arguments: str, **values: str) -> subprocess.CompletedProcess[str]:
    """``python manage.py …`` to its end."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**values), capture_output=True, text=True, timeout=180
    )


@contextmanager
def running(command: list[str], log: Path, ignoring: int | None = None, **values: str) -> Iterator[Child]:
    """A command that leads a session of its own; nothing of it is left afterwards."""
    child = Child(command, log, ignoring, values)
    try:
        yield child
    finally:
        everything = [child.process.pid, *child.descendants()]
        for pid in everything:
            kill(pid, signal.SIGKILL)
        child.process.wait()


class Child:
    def __init__(self, command: list[str], log: Path, ignoring: int | None, values: dict[str, str]) -> None:
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(**values),
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=None if ignoring is None else lambda: _ignore(ignoring),
            )

    def said(self) -> str:
        return self.log.read_text()

    def descendants(self) -> list[int]:
        return descendants(self.process.pid)

    def seconds_until_all_gone(self, pids: list[int]) -> float:
        """Counted from now; fails when somebody is still there after ten."""
        began = time.monotonic()
        self.process.wait(10)
        until(lambda: not any(is_alive(pid) for pid in pids), 10)
        return time.monotonic() - began


class Stat:
    """A line of /proc/PID/stat."""

    def __init__(self, text: str) -> None:
        self.name = text.partition("(")[2].rpartition(")")[0]
        fields = text.rpartition(")")[2].split()
        self.state, self.parent = fields[0], int(fields[1])

    @classmethod
    def of(cls, pid: int) -> Stat | None:
        try:
            return cls(Path(f"/proc/{pid}/stat").read_text())
        except (FileNotFoundError, ProcessLookupError):
            return None


def descendants(pid: int) -> list[int]:
    """Its children, theirs and so on, nearest first."""
    parents = {each: stat.parent for each in _pids() if (stat := Stat.of(each))}
    found: list[int] = []
    reach = {pid}
    while reach:
        reach = {each for each, parent in parents.items() if parent in reach}
        found += reach
    return found


def is_alive(pid: int) -> bool:
    stat = Stat.of(pid)
    return stat is not None and stat.state != "Z"


def kill(pid: int, signum: int) -> None:
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Waits for what other processes do; asks often, gives up in the end."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {seconds} seconds")
        select.select([], [], [], 0.05)


def _ignore(signum: int) -> None:
    signal.signal(signum, signal.SIG_IGN)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
