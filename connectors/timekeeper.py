"""The time that all our processes share.

Leases and due times are compared between processes, and the clocks of their machines may be minutes apart.
So the database's clock counts. With SQLite all processes are on one machine and share its clock anyway.
"""

from __future__ import annotations

import logging
import time
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


def now() -> datetime:
    """UTC. Raises DatabaseError when the database's clock was never seen; later an older look will do."""
    global _last
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
