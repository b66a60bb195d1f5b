"""What every call of a vendor passes: asked before, told afterwards. The one here lets everything through."""

from __future__ import annotations

from enum import Enum
from typing import Any, Protocol

import msgspec

from connectors.limits.breaker import Breaker
from connectors.limits.bucket import Bucket, State


class Use(Enum):
    """What a vendor is opened for."""

    ACTING = "acting"
    READING = "reading"  # polls and sweeps: they leave room for those who act
    ASKED = "asked"  # somebody pressed a button and wants to see a real answer


class Entry(msgspec.Struct, frozen=True):
    """One call that was let through, with what was known then."""

    bucket: Bucket | None = None
    state: State = State()
    cost: float = 0.0
    breaker: Breaker = Breaker()


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def json(self) -> Any: ...
    @property
    def headers(self) -> Any: ...


class Gate(Protocol):
    def enter(self, method: str, path: str, cost: float) -> Entry:
        """Before a call. Raises NotYet; then nothing was sent."""

    def told(self, entry: Entry, answer: Answer | None) -> float:
        """After it; None = no answer. Seconds for which nobody calls the vendor any more, 0 = it is up."""


class Open:
    """Without a database there is nothing to share."""

    def enter(self, method: str, path: str, cost: float) -> Entry:
        return Entry()

    def told(self, entry: Entry, answer: Answer | None) -> float:
        return 0.0
