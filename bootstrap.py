"""Installs what is pinned into .venv, then runs Python there.

    python3 bootstrap.py [--with requirements-dev.txt] [manage.py serve …]

It needs nothing but the standard library and stays in front of the command, because make does not pass
on a SIGINT that only make itself receives.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BASE = "requirements.txt"
NEWER = ("python3.11", "python3.12", "python3.13", "python3.14")
GRACE = 3.3  # seconds for an orderly end
LOOK_UP = 0.1
PR_SET_PDEATHSIG = 1
FAILED = "Installing failed, the lines above say why. Correct that and run the same command again."


class Runner:
    """Runs one child at a time and ends it when we are told to end."""

    def __init__(self) -> None:
        self._told = False
        self._parent = os.getppid()
        self._is_under_make = _name(self._parent) in {"make", "gmake"}
        self._make_listened = _catches_interrupt(self._parent)
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:  # nohup means it
                signal.signal(each, self._stop)  # a shell's background jobs inherit SIGINT as ignored

    def run(self, *command: str | Path) -> int:
        """Answers the exit code. The child leads a session of its own, so signals reach it through us."""
        self.check()
        child = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, start_new_session=True, preexec_fn=_end_with_parent
        )
        while not self.is_told():
            try:
                return child.wait(LOOK_UP)
            except subprocess.TimeoutExpired:
                continue
        _end(child)
        raise SystemExit(130)

    def wait_for(self, lock: TextIO) -> None:
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.check()
                select.select([], [], [], LOOK_UP)

    def check(self) -> None:
        if self.is_told():
            raise SystemExit(130)

    def is_told(self) -> bool:
        """A make that was interrupted waits for us without a word; its signal table gives it away."""
        return self._told or (self._is_under_make and self._make_wants_to_end())

    def _make_wants_to_end(self) -> bool:
        was_interrupted = self._make_listened and not _catches_interrupt(self._parent)
        return was_interrupted or os.getppid() != self._parent

    def _stop(self, *_: object) -> None:
        self._told = True


def install(runner: Runner, wanted: str) -> None:
    """Brings .venv to what ``wanted`` pins. A second process that wants the same waits."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "installing.lock").open("w") as lock:
        runner.wait_for(lock)
        stamp = VENV / f".installed-{wanted}"
        if stamp.exists() and stamp.read_text() == _fingerprint() and PYTHON.exists():
            return
        sys.stderr.write(f"Installing {wanted} into .venv, only this once …\n")
        if not _is_usable(runner):
            if VENV.is_symlink():  # clearing it would empty somebody else's
                sys.exit(".venv is a link to another environment. Remove the link, then try again.")
            if runner.run(sys.executable, "-m", "venv", "--clear", VENV):
                sys.exit(f"{FAILED} (On Debian, venv is the package python3-venv.)")
        quiet = ("--quiet", "--disable-pip-version-check")
        if runner.run(PYTHON, "-m", "pip", "install", *quiet, "--requirement", ROOT / wanted):
            sys.exit(FAILED)
        for each in (BASE, wanted):  # every file brings the base along
            (VENV / f".installed-{each}").write_text(_fingerprint())


def _is_usable(runner: Runner) -> bool:
    """An environment that was moved, or whose Python is gone or too old, is made anew."""
    pip = VENV / "bin" / "pip"
    if not PYTHON.exists() or not pip.exists() or str(VENV) not in pip.read_text()[:300]:
        return False
    return runner.run(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))") == 0


def _fingerprint() -> str:
    files = [*sorted(ROOT.glob("requirements*.txt")), ROOT / "constraints.txt"]
    parts = [str(ROOT).encode(), *(file.read_bytes() for file in files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask, wait a little, then kill what is left of its session."""
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _end_with_parent() -> None:
    """Should we be killed outright, the child is still told to end (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _catches_interrupt(pid: int) -> bool:
    """Whether ``pid`` has a handler for SIGINT (Linux only). Make drops its own when it is called."""
    caught = next((line for line in _proc(pid, "status").splitlines() if line.startswith("SigCgt:")), "- 0")
    return bool(int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1)


def _name(pid: int) -> str:
    return _proc(pid, "comm").strip()


def _proc(pid: int, file: str) -> str:
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except OSError:
        return ""


def _with_new_enough_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  # this file is all that an old Python ever sees of us
        newer = next(filter(None, map(shutil.which, NEWER)), None)
        if newer is None:
            sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
        os.execv(newer, [newer, *sys.argv])  # noqa: S606


def main() -> None:
    _with_new_enough_python()
    runner = Runner()
    command, wanted = sys.argv[1:], BASE
    if command[:1] == ["--with"] and len(command) > 1:
        wanted, command = command[1], command[2:]
    install(runner, wanted)
    if command:
        sys.exit(runner.run(PYTHON, *command))


if __name__ == "__main__":
    main()
