"""What the fakes were asked, for assertions."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from connectors.sandbox.wire import Json, Request

KEPT = 100_000  # the oldest fall out first


@dataclass
class Entry:
    """One request. ``status`` stays None while it is being answered and when no answer was given."""

    at: datetime
    vendor: str
    account: str | None
    request: Request
    status: int | None = None

    def as_json(self) -> Json:
        return {
            "at": self.at.isoformat(),
            "vendor": self.vendor,
            "account": self.account,
            "method": self.request.method,
            "path": self.request.target,
            "headers": dict(self.request.headers),
            "body": self.request.body.decode("utf-8", "replace"),
            "status": self.status,
        }


class Journal:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def open(self, at: datetime, vendor: str, account: str | None, request: Request) -> Entry:
        entry = Entry(at, vendor, account, request)
        self._entries.append(entry)
        return entry

    def read(self, vendor: str | None, account: str | None) -> list[Json]:
        return [
            entry.as_json()
            for entry in list(self._entries)
            if vendor in (None, entry.vendor) and account in (None, entry.account)
        ]

    def clear(self) -> None:
        self._entries.clear()
