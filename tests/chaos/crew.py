"""The product as real processes, started again when they end, as a process manager does.

A crew comes in a size: what runs, on which database, and what wakes it.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from base64 import urlsafe_b64encode
from collections import Counter
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any, ClassVar

import requests

from bench.processes import free_port
from tests.chaos.weather import DEADLINE
from tests.processes import ROOT, environment, until

MANAGE = [sys.executable, str(ROOT / "manage.py")]
LEASE = 2.5  # seconds
Process = subprocess.Popen[bytes]
Command = tuple[list[str], dict[str, str]]  # with what its environment has besides


class Crew(ABC):
    """``stop`` ends whatever still runs. Output goes to a log in ``directory``."""

    size: ClassVar[str]  # as the table names it

    def __init__(self, directory: Path, database: str, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.kills: Counter[str] = Counter()
        self.falls: Counter[str] = Counter()  # what ended by itself
        self.log = directory / "log.txt"
        self._out = self.log.open("wb")
        self._env = environment(
            DATABASE_URL=database,
            PUBLIC_URL=self.url,
            PORT=str(self.port),
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            SECRET_KEY=secrets.token_hex(30),
            CREDENTIAL_KEYS=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            ALLOW_LOOPBACK_VENDORS="true",
            CALL_DEADLINE=str(DEADLINE),
            LEASE_SECONDS=str(LEASE),
            SETTLE_SECONDS="2",
            LOG_LEVEL="WARNING",
            **settings,
        )
        self._running: dict[str, Process] = {}
        self._commands: dict[str, Command] = {}
        self._lock = RLock()
        self._is_over = Event()
        self._watch = Thread(target=self._keep_running, daemon=True)

    @abstractmethod
    def commands(self) -> dict[str, list[str]]:
        """What runs, by name."""

    @abstractmethod
    def ask(self, sql: str) -> list[Any]:
        """Rows of our own tables, read from outside."""

    @abstractmethod
    def kill(self, part: str, which: int = 0) -> None:
        """SIGKILL a web, worker or beat process, wherever it is; another one starts in its place."""

    def prepare(self) -> None:
        """What has to be done before the first start: a deploy's release step."""
        assert self.manage("migrate", "--verbosity", "0") == 0
        assert self.manage("sync_schedule") == 0

    def manage(self, *arguments: str) -> int:
        """Run one command to its end; its exit code."""
        command = [*MANAGE, *arguments]
        return subprocess.run(
            command, env=self._env, stdout=self._out, stderr=self._out, check=False
        ).returncode

    def start(self) -> None:
        self.prepare()
        for name, command in self.commands().items():
            self.hire(name, command)
        self._watch.start()
        until(self.answers, 60)

    def hire(self, name: str, command: list[str] | None = None, **settings: str) -> None:
        """Start this process, or another one under its name."""
        with self._lock:
            if command is not None:
                self._commands[name] = (command, settings)
            self.shoot(name)
            self._running[name] = self._start(self._commands[name])

    def shoot(self, name: str) -> None:
        """SIGKILL the process and what it started."""
        with self._lock:
            victim = self._running.get(name)
            if victim is not None and victim.poll() is None:
                os.killpg(victim.pid, signal.SIGKILL)
                victim.wait()

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def dismiss(self) -> None:
        """Let everybody finish what they have in hand."""
        self._end_watch()
        for each in self._running.values():
            each.terminate()
        for name in list(self._running):
            try:
                self._running[name].wait(30)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{name} does not end") from None
        self._running = {}

    def stop(self) -> None:
        self._end_watch()
        for name in self._running:
            self.shoot(name)
        self._out.close()

    def _end_watch(self) -> None:
        self._is_over.set()
        if self._watch.ident:
            self._watch.join()

    def _keep_running(self) -> None:
        while not self._is_over.wait(0.2):
            with self._lock:
                for name in [name for name, each in self._running.items() if each.poll() is not None]:
                    self.falls[name] += 1
                    self._running[name] = self._start(self._commands[name])

    def _start(self, command: Command) -> Process:
        words, settings = command
        env = self._env | settings
        return subprocess.Popen(
            words, cwd=ROOT, env=env, stdout=self._out, stderr=self._out, start_new_session=True
        )
