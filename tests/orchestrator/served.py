"""A running ``serve``, asked from outside."""

from __future__ import annotations

import json
from typing import Any

import requests

from tests.processes import Child


class Served:
    """A ``serve`` with a database and a queue of its own."""

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=10)

    def answers(self) -> bool:
        try:
            return self.get("/healthz").ok
        except requests.RequestException:
            return False

    def signs(self) -> dict[str, Any]:
        """How worker, beat and queues are; nothing while nobody answers."""
        return dict(self.get("/readyz").json()["checks"]) if self.answers() else {}

    def works(self) -> bool:
        """A sign of life came through the queue, and one from the beat."""
        signs = self.signs()
        return all(signs.get(part, {}).get("seen") for part in ("worker", "beat"))

    def pid(self, part: str) -> int:
        """Where the part runs now."""
        lines = [line for line in self.child.said().splitlines() if f"The {part} process runs" in line]
        return int(json.loads(lines[-1])["pid"]) if lines else 0

    def post(self, path: str) -> int:
        """The status that a vendor would see."""
        return requests.post(f"{self.url}{path}", data=b"{}", timeout=10).status_code
