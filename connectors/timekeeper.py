"""The time that all our processes share.

Leases and due times are compared between processes, and the clocks of their machines may be minutes apart.
So the database's clock counts. With SQLite all processes are on one machine and share its clock anyway.

What is played again from the past has a clock of its own, which somebody sets: a virtual one. While it rules,
whoever works in this thread is in the past, and no vendor is called.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

log = logging.getLogger(__name__)

TOLD_FROM = 2.0  # seconds by which a machine's clock may differ without a word
STEP = 1.0  # seconds; after a larger jump of the machine's clock (or a sleep) we look again


class Look(NamedTuple):
    """What the database's clock showed, and what ours did."""

    shown: datetime
    steady: float
    own: float

    @property
    def age(self) -> float:
        """Seconds, by a clock that nobody sets."""
        return time.monotonic() - self.steady

    @property
    def is_good(self) -> bool:
        return self.age < settings.CLOCK_LOOK_EVERY and abs(time.time() - self.own - self.age) < STEP


_last: Look | None = None
_looking = Lock()
_virtual: ContextVar[datetime | None] = ContextVar("virtual", default=None)


def now() -> datetime:
    """UTC. Raises DatabaseError when the database's clock was never seen; later an older look will do."""
    global _last
    if (pretended := _virtual.get()) is not None:
        return pretended
    if not settings.CLOCK_LOOK_EVERY or connection.vendor != "postgresql":
        return timezone.now()
    with _looking:
        if _last is None or not _last.is_good:
            try:
                _last = _look()
            except DatabaseError:
                if _last is None:
                    raise
        last = _last
    return last.shown + timedelta(seconds=last.age)


def wall() -> datetime:
    """What this machine's own clock shows, for what only people read; a virtual clock hides it too."""
    return _virtual.get() or timezone.now()


def is_virtual() -> bool:
    """Whether this is played again: nothing leaves, and nothing can be asked that was not recorded."""
    return _virtual.get() is not None


@contextmanager
def virtually(moment: datetime) -> Iterator[None]:
    """It is this time, for all that happens here until the block ends."""
    mark = _virtual.set(moment)
    try:
        yield
    finally:
        _virtual.reset(mark)


def forget() -> None:
    """Look again before the next answer."""
    global _last
    _last = None


def _look() -> Look:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (shown,) = cursor.fetchone()
    ended = time.monotonic()
    look = Look(shown.astimezone(UTC), (began + ended) / 2, time.time() - (ended - began) / 2)
    _complain(look.own - look.shown.timestamp())
    return look


def _complain(ahead: float) -> None:
    """Once for each process: we cope, but the log, and how long a wake-up is good for, go by the machine."""
    if _last is None and abs(ahead) > TOLD_FROM:
        log.warning(
            "The clock of this machine is %.0f s %s the database's. Set it right (NTP).",
            abs(ahead),
            "ahead of" if ahead > 0 else "behind",
        )
