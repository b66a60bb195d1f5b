"""Two outboxes as people write them at first. They lose: that proves that the kill test can fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import requests

from tests.chaos.weather import DEADLINE

Note = tuple[int, str]  # ticket and key


class Naive:
    """Leaves notes on tickets with plain calls."""

    def __init__(self, url: str, email: str, api_key: str) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (email, api_key)
        self._root = f"{url}/gorgias/api"

    def leave(self, notes: Iterable[Note]) -> None:
        for ticket, key in notes:
            self._see_to(ticket, key)

    def _see_to(self, ticket: int, key: str) -> None:
        raise NotImplementedError

    def _has_worked(self, ticket: int, key: str) -> bool:
        """What the answer says, which is not always what happened."""
        note: dict[str, Any] = {
            "channel": "internal-note",
            "via": "api",
            "from_agent": True,
            "public": False,
            "external_id": key,
            "body_text": "We have seen this.",
        }
        try:
            answer = self._session.post(
                f"{self._root}/tickets/{ticket}/messages", json=note, timeout=DEADLINE
            )
            answer.json()
        except requests.RequestException:
            return False
        return answer.ok


class BlindRetry(Naive):
    """Sends again until the vendor says yes."""

    def _see_to(self, ticket: int, key: str) -> None:
        while not self._has_worked(ticket, key):
            continue


class BlindDrop(Naive):
    """Sends once and never looks back."""

    def _see_to(self, ticket: int, key: str) -> None:
        self._has_worked(ticket, key)
