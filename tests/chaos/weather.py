"""Trouble between us and the vendors: about one call in five goes wrong, before or after its effect."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from threading import Condition, Event

from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.wire import Request

DEADLINE = 1.0  # seconds; how long a caller waits for an answer
LATE = 1.5  # when the effect of a call lands that nobody waits for any more
SHARE = 0.2
EVERYWHERE = re.compile("")
# kind, when, status, seconds
TROUBLES = (
    ("status", "before", 500, None),
    ("status", "before", 429, 1),
    ("status", "after", 503, None),
    ("status", "after", 500, None),
    ("reset", "before", None, None),
    ("reset", "after", None, None),
    ("cut", "after", None, None),
    ("html", "after", None, None),
    ("hang", "before", None, 0.3),
    ("hang", "before", None, LATE),
    ("hang", "after", None, LATE),
)


class Weather(Faults):
    """Faults by dice instead of by order. ``on_call`` is told of every call before it is answered."""

    def __init__(self, seed: int, on_call: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.injected: Counter[str] = Counter()  # by kind
        self._dice = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
        self._on_call = on_call
        self._is_bad = True
        self._calls = 0
        self._changed = Condition()
        self._landed_at = 0.0  # on the monotonic clock: when the last late effect has landed

    def take(self, vendor: str, account: str | None, request: Request) -> Fault | None:
        with self._changed:
            self._calls += 1
            self._changed.notify_all()
            if not self._is_bad:
                return None
            fault = self._drawn(vendor)
        self._on_call()
        return fault

    def next_call(self, patience: float) -> None:
        """Until the next call comes in, or nothing happens for a while."""
        with self._changed:
            seen = self._calls
            self._changed.wait_for(lambda: self._calls != seen, patience)

    def clear_up(self) -> None:
        """No more trouble, and what was late has landed."""
        with self._changed:
            self._is_bad = False
        Event().wait(max(0.0, self._landed_at - time.monotonic()))

    def _drawn(self, vendor: str) -> Fault | None:
        if self._dice.random() > SHARE:
            return None
        kind, when, status, seconds = self._dice.choice(TROUBLES)
        self.injected[f"{status or kind} {when} the effect"] += 1
        if kind == "hang":
            self._landed_at = time.monotonic() + LATE
        return Fault(vendor, kind, EVERYWHERE, when=when, status=status, seconds=seconds)
