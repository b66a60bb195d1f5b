"""Several busy clients at once; their webhooks come doubled, shuffled or late."""

from __future__ import annotations

import random
from pathlib import Path

import requests

from tests.chaos.client import Client
from tests.chaos.crew import Crew
from tests.processes import until

MODES = ("double", "shuffle", "double", "shuffle", "paused")
READ = "SELECT count(*) FROM orchestrator_import WHERE state != 'done'"
BEGUN = "SELECT count(*) FROM connectors_cursor WHERE watermark != ''"


class Story:
    """``events`` counts what happened. Each client is held in another way; a small story has one."""

    def __init__(self, url: str, seed: int, customers: int, *, is_small: bool) -> None:
        self.events = 0
        self._dice = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
        methods = [("north", "list"), ("south", "global")][: 1 if is_small else 2]
        self.clients = [
            Client(url, slug, method, customers, self._dice, has_shop=not is_small)
            for slug, method in methods
        ]
        self._control = f"{url}/_control"

    def set_up(self, crew: Crew, directory: Path) -> None:
        """The clients join a crew that runs. The story begins once polling does, that is after history."""
        self._tell("limits", {"on": False, "job_seconds": 0.05})
        for client in self.clients:
            file = directory / f"{client.slug}.yaml"
            file.write_text(client.set_up(crew.url))
            assert crew.manage("apply_client", str(file)) == 0
            if client.has_shop:
                assert crew.manage("set_up_webhooks", "--store", client.slug) == 0
        sources = sum(1 + client.has_shop for client in self.clients)
        until(lambda: crew.ask(BEGUN) == [(sources,)] and crew.ask(READ) == [(0,)], 90)

    def go_on(self, most_tickets: int) -> None:
        """One thing happens somewhere."""
        if self._dice.random() < 0.1:
            self._tell("webhooks", {"delivery": self._dice.choice(MODES)})
        else:
            self.events += 1
            self._dice.choice(self.clients).go_on(most_tickets)

    def end(self) -> int:
        """All that waits at the vendors is delivered; answers how many webhooks were, all in all."""
        self._tell("webhooks", {"delivery": "double"})
        told = requests.get(f"{self._control}/webhooks?wait=240", timeout=300).json()
        assert told["pending"] == 0
        return int(told["delivered"])

    def _tell(self, path: str, body: dict[str, object]) -> None:
        requests.post(f"{self._control}/{path}", json=body, timeout=60).raise_for_status()
