"""The product and the fake vendors at work, in one size: what every line of the table is measured in."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench import processes
from bench.size import Place, Size

PATIENCE = 60.0  # seconds until what was started answers
OWED = (
    "SELECT (SELECT count(*) FROM orchestrator_delivery WHERE state = 'new')"
    " + (SELECT count(*) FROM orchestrator_inboxevent WHERE state IN ('new', 'reread'))"
    " + (SELECT count(*) FROM orchestrator_outboxaction"
    " WHERE state IN ('waiting', 'claimed', 'accepted', 'in_doubt'))"
)


class Sandbox:
    """The fake vendors, and their control interface."""

    def __init__(self, port: int, pid: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pid = pid
        self._hand = requests.Session()
        self._hand.trust_env = False

    def control(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        """``path`` is below ``/_control/``. Raises RuntimeError with the sandbox's own sentence."""
        answer = self._hand.request(
            method, f"{self.url}/_control/{path}", json=body, params=params, timeout=300
        )
        if not answer.ok:
            raise RuntimeError(answer.text[:500])
        return answer.json()


@dataclass
class House:
    """A migrated database, the fake vendors, and whatever of the product was started."""

    place: Place
    environment: dict[str, str]
    sandbox: Sandbox
    log: Path
    port: int
    pids: list[int]  # of what runs of the product

    def run(self, *arguments: str) -> None:
        """``manage.py …`` to its end."""
        processes.run(self.log, self.environment, *arguments)

    def apply(self, *clients: str) -> None:
        """Create or change clients by their files; ``{sandbox}`` in them becomes the sandbox's address."""
        with tempfile.TemporaryDirectory(dir=self.place.folder) as folder:
            paths = [Path(folder) / f"client{number}.yaml" for number in range(len(clients))]
            for path, client in zip(paths, clients, strict=True):
                path.write_text(client.replace("{sandbox}", self.sandbox.url))
            if len(paths) == 1:
                self.run("apply_client", str(paths[0]))
            else:
                processes.run(self.log, self.environment, *map(str, paths), module="bench.crowd")

    @contextmanager
    def running(self, *arguments: str, **values: str) -> Iterator[int]:
        """``manage.py …`` while the block lasts; ``values`` are settings of it alone."""
        with processes.running(self.log, self.environment | values, *arguments) as pid:
            self.pids.append(pid)
            try:
                yield pid
            finally:
                self.pids.remove(pid)

    @contextmanager
    def serving(self) -> Iterator[int]:
        """``serve``, from the moment at which web and worker have both shown that they are there."""
        self.place.ask("SELECT 1")
        before = self._signs()
        with self.running("serve", "--port", str(self.port)) as pid:
            processes.until(lambda: processes.answers(self.port) and self._signs() != before, PATIENCE)
            yield pid

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows that an SQL question finds in the product's database."""
        return self.place.ask(question)

    def count(self, question: str) -> int:
        return int(self.ask(question)[0][0])

    def until_idle(self, seconds: float) -> None:
        """Nothing heard is undecided, nothing decided is owed."""
        processes.until(lambda: not self.count(OWED), seconds, 0.05)

    def hook(self, token: str) -> str:
        """The address that a vendor posts to."""
        return f"http://127.0.0.1:{self.port}/hooks/{token}/"

    def cpu(self) -> dict[str, float]:
        """Seconds used so far by each part of the product, the sandbox, and the database server for us."""
        used: dict[str, float] = defaultdict(float)
        for pid in self._product():
            used[processes.name(pid)] += processes.cpu_seconds(pid)
        used["sandbox"] = processes.cpu_seconds(self.sandbox.pid)
        used["database"] = sum(map(processes.cpu_seconds, self.place.server_pids()))
        return dict(used)

    def memory(self) -> dict[str, float]:
        """MiB (PSS) of each part of the product."""
        held: dict[str, float] = defaultdict(float)
        for pid in self._product():
            held[processes.name(pid)] += processes.memory(pid)
        return dict(held)

    def _product(self) -> list[int]:
        return [each for pid in self.pids for each in processes.family(pid)]

    def _signs(self) -> list[tuple[Any, ...]]:
        return self.ask("SELECT beat_at FROM orchestrator_heartbeat WHERE name = 'worker'")


def ours(used: dict[str, float]) -> float:
    """Seconds of all our own processes; vendors and the database server are told apart."""
    return sum(seconds for part, seconds in used.items() if part not in ("sandbox", "database"))


def spent(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """By part, in between."""
    return {part: seconds - before.get(part, 0.0) for part, seconds in after.items()}


@contextmanager
def opened(size: Size, *, limits: bool = False, **settings: str) -> Iterator[House]:
    """A fresh house: migrated, the fake vendors up, nothing of the product running yet.

    ``limits``: whether the fake vendors hold us to theirs. ``settings`` are the product's.
    """
    with tempfile.TemporaryDirectory() as folder, size.opened(Path(folder)) as place:
        environment, log = place.environment() | settings, place.folder / "log.txt"
        processes.run(log, environment, "migrate", "--verbosity", "0")
        port = processes.free_port()
        with processes.running(log, environment, "sandbox", "--port", str(port)) as pid:
            processes.until(lambda: processes.answers(port), PATIENCE, 0.05)
            sandbox = Sandbox(port, pid)
            sandbox.control("POST", "limits", {"on": limits})
            yield House(place, environment, sandbox, log, processes.free_port(), [])
