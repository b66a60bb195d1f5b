"""The sizes that the product comes in: embedded, plain loops, and scale-out as the Procfile starts it."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import psycopg

from tests.chaos.crew import MANAGE, Crew
from tests.processes import ROOT, Stat, descendants, kill
from tests.servers import OwnPostgres

C = TypeVar("C", bound=Crew)
WRONG_CLOCK = Path(__file__).parent / "wrongclock"


class Broker(Protocol):
    url: str

    def wipe(self) -> None: ...

    def stop(self) -> None: ...


class OnFile(Crew):
    """A crew on SQLite."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.file = directory / "chaos.sqlite3"
        super().__init__(directory, f"sqlite:///{self.file}", **settings)

    def ask(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(sql).fetchall()


class Embedded(OnFile):
    """``serve``: its supervisor starts again what is killed, the crew starts a killed supervisor."""

    size: ClassVar[str] = "embedded: SQLite, queue in a folder"

    def __init__(self, directory: Path) -> None:
        self.queue = directory / "queue"
        super().__init__(directory, QUEUE_DIR=str(self.queue))

    def prepare(self) -> None:
        """It does so by itself."""

    def commands(self) -> dict[str, list[str]]:
        return {"serve": [*MANAGE, "serve", "--port", str(self.port)]}

    def kill(self, part: str, which: int = 0) -> None:
        with self._lock:
            self.kills[part] += 1
            if part == "serve":
                self.hire("serve")
                return
            for pid in descendants(self._running["serve"].pid):
                if (stat := Stat.of(pid)) and stat.name == f"orc-{part}":
                    kill(pid, signal.SIGKILL)

    def wipe_broker(self) -> None:
        for message in self.queue.glob("*"):
            message.unlink(missing_ok=True)


class Loops(OnFile):
    """Without Celery: a web server, and ``manage.py work`` as often as there are workers."""

    size: ClassVar[str] = "loops: SQLite, no queue"

    def __init__(self, directory: Path, workers: int = 1) -> None:
        self.workers = workers
        super().__init__(directory, WAKE="false")

    def commands(self) -> dict[str, list[str]]:
        loops = {f"worker{number}": [*MANAGE, "work"] for number in range(self.workers)}
        return {"web": _of_procfile("web"), **loops}

    def kill(self, part: str, which: int = 0) -> None:
        self.kills[part] += 1
        self.hire(f"worker{which % self.workers}" if part == "worker" else part)


class ScaleOut(Crew):
    """PostgreSQL and a broker: one web server of two processes, three workers, a beat."""

    WORKERS = 3

    def __init__(self, directory: Path, database: OwnPostgres, broker: Broker) -> None:
        self.database = database
        self.broker = broker
        super().__init__(directory, database.url, CELERY_BROKER_URL=broker.url)

    @property
    def size(self) -> str:  # type: ignore[override]
        return f"scale-out: PostgreSQL, {self.broker.url.partition(':')[0]}"

    def commands(self) -> dict[str, list[str]]:
        workers = {f"worker{number}": _of_procfile("worker") for number in range(self.WORKERS)}
        return {"web": _of_procfile("web"), **workers, "beat": _of_procfile("beat")}

    def kill(self, part: str, which: int = 0) -> None:
        with self._lock:
            self.kills[part] += 1
            self.hire(f"worker{which % self.WORKERS}" if part == "worker" else part)

    def hire_second_beat(self) -> None:
        self.hire("beat by mistake", _of_procfile("beat"))

    def wipe_broker(self) -> None:
        self.broker.wipe()

    def put_clock_wrong(self, part: str, seconds: int) -> None:
        """From now on this process has another time than all others."""
        command = _of_procfile(part.rstrip("0123456789"))
        self.hire(part, command, PYTHONPATH=str(WRONG_CLOCK), WRONG_BY=str(seconds))

    def ask(self, sql: str) -> list[Any]:
        with psycopg.connect(self.database.url) as connection:
            return connection.execute(sql).fetchall()


def _of_procfile(name: str) -> list[str]:
    return ["sh", "-c", f"exec {_procfile(name)}"]


def _procfile(name: str) -> str:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return next(line.removeprefix(f"{name}: ") for line in lines if line.startswith(f"{name}:"))


@contextmanager
def stopped_in_the_end(crew: C) -> Iterator[C]:
    try:
        yield crew
    finally:
        crew.stop()


@contextmanager
def scale_out(directory: Path, broker: Broker) -> Iterator[ScaleOut]:
    """On servers of its own."""
    database = OwnPostgres()
    try:
        with stopped_in_the_end(ScaleOut(directory, database, broker)) as crew:
            yield crew
    finally:
        database.stop()
        broker.stop()
