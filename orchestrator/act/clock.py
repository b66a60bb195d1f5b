"""The time that work is driven with, going on while we work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from connectors import timekeeper

Clock = Callable[[], datetime]


def running(now: datetime) -> Clock:
    """``now`` and what has passed since.

    A wait begins when its reason arose. Counted from the beginning of a long batch it could be over
    before it began, and a call in doubt would be looked at before it can have landed.
    """
    if timekeeper.is_virtual():
        return timekeeper.now
    began = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - began)
