"""The product as real processes on a database in a file: a web server and workers that get killed."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Any

from tests.chaos.weather import DEADLINE

ROOT = Path(__file__).parents[2]
MANAGE = [sys.executable, str(ROOT / "manage.py")]
LEASE = 2.5  # seconds


class Crew:
    """``stop`` ends whatever still runs. Output goes to a log beside the database."""

    def __init__(self, directory: Path) -> None:
        self.database = directory / "chaos.sqlite3"
        self.port = _free_port()
        self.kills = 0
        self._log = (directory / "log.txt").open("wb")
        self._env = os.environ | {
            "DATABASE_URL": f"sqlite:///{self.database}",
            "SECRET_KEY": secrets.token_hex(30),
            "CREDENTIAL_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "ALLOW_LOOPBACK_VENDORS": "true",
            "CALL_DEADLINE": str(DEADLINE),
            "LEASE_SECONDS": str(LEASE),
            "SETTLE_SECONDS": "2",
            "WAKE": "false",
            "LOG_LEVEL": "ERROR",
        }
        self._workers: list[subprocess.Popen[bytes]] = []
        self._web: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def manage(self, *arguments: str) -> int:
        """Run one command to its end; its exit code."""
        command = [*MANAGE, *arguments]
        return subprocess.run(
            command, env=self._env, stdout=self._log, stderr=self._log, check=False
        ).returncode

    def open_the_door(self) -> None:
        options = ["--interface", "wsgi", "--port", str(self.port), "--blocking-threads", "4", "--no-ws"]
        command = [sys.executable, "-m", "granian", *options, "orchestrator.wsgi:application"]
        self._web = self._start(command)
        assert until(self._answers, 20), "the web server did not start"

    def hire(self, workers: int) -> None:
        self._workers = [self._start([*MANAGE, "work"]) for _ in range(workers)]

    def kill_one(self, which: int) -> None:
        """SIGKILL, wherever it is; another one starts in its place."""
        with self._lock:
            place = which % len(self._workers)
            victim = self._workers[place]
            assert victim.poll() is None, f"A worker ended by itself with {victim.returncode}."
            victim.kill()
            victim.wait()
            self.kills += 1
            self._workers[place] = self._start([*MANAGE, "work"])

    def dismiss(self) -> None:
        """Let the workers finish what they have in hand."""
        for each in self._workers:
            each.terminate()
        codes = [each.wait(30) for each in self._workers]
        self._workers = []
        assert codes == [0] * len(codes), f"workers ended with {codes}"

    def stop(self) -> None:
        for each in [*self._workers, *([self._web] if self._web else [])]:
            if each.poll() is None:
                os.killpg(each.pid, signal.SIGKILL)
                each.wait()
        self._log.close()

    def ask(self, sql: str) -> list[Any]:
        """Rows of our own tables, read from outside."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, cwd=ROOT, env=self._env, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def _answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    end, pause = monotonic() + seconds, Event()
    while not (is_so := holds()) and monotonic() < end:
        pause.wait(0.1)
    return is_so


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
