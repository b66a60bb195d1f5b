"""When the ground gives way: the database is away, full, locked, or has the tables of another release.

Work can meet that at any line, so it is caught where a round of work begins and nowhere else. The round is
given up, the log has one line a minute for each cause, and the next round tries again: what was committed is
there, what was not is done anew. ``record.outages`` tells staff as soon as a row can be written.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connections
from django.utils import timezone

T = TypeVar("T")
log = logging.getLogger(__name__)

SAY_EVERY = 60.0  # seconds between two lines for the same cause


class Cause(StrEnum):
    AWAY = "away"
    FULL = "full"
    LOCKED = "locked"
    TABLES = "tables"

    @property
    def sentence(self) -> str:
        return SENTENCES[self]


SENTENCES = {
    Cause.AWAY: "The database does not answer",
    Cause.FULL: "A disk is full, so nothing can be stored",
    Cause.LOCKED: "The database was locked for too long",
    Cause.TABLES: "The tables are not those of this program: run “python manage.py migrate”, and restart "
    "what still runs an older program",
}
# PostgreSQL's codes (appendix A of its manual), by their beginning.
SQLSTATES = (
    ("53100", Cause.FULL),
    ("55P03", Cause.LOCKED),  # lock_timeout
    ("57014", Cause.LOCKED),  # statement_timeout
    ("40P01", Cause.LOCKED),  # deadlock
    ("42P01", Cause.TABLES),  # no such table
    ("42703", Cause.TABLES),  # no such column
)
SQLITE_CODES = {
    sqlite3.SQLITE_FULL: Cause.FULL,
    sqlite3.SQLITE_IOERR: Cause.FULL,  # what a full disk is called where a file cannot even be enlarged
    sqlite3.SQLITE_BUSY: Cause.LOCKED,
    sqlite3.SQLITE_LOCKED: Cause.LOCKED,
}
TALKATIVE = ("celery.worker.consumer", "celery.beat", "kombu")  # loggers
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Outage:
    """One cause, from its first to its latest failure in this process."""

    cause: Cause
    since: datetime
    until: datetime


class _Memory:
    """What this process has met and not told staff yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Cause, Outage] = {}
        self._said_at: dict[object, float] = {}

    def note(self, cause: Cause, now: datetime) -> bool:
        """Whether the log should have a line for it now."""
        with self._lock:
            known = self._open.get(cause)
            self._open[cause] = replace(known, until=now) if known else Outage(cause, now, now)
        return self.may_say(cause)

    def may_say(self, what: object) -> bool:
        moment = time.monotonic()
        with self._lock:
            if moment - self._said_at.get(what, -SAY_EVERY) < SAY_EVERY:
                return False
            self._said_at[what] = moment
            return True

    def open(self) -> list[Outage]:
        with self._lock:
            return list(self._open.values())

    def forget(self, told: Outage) -> None:
        """Unless it went on meanwhile."""
        with self._lock:
            if self._open.get(told.cause) == told:
                del self._open[told.cause]


_memory = _Memory()


def cause_of(error: BaseException) -> Cause | None:
    """None for what is no outage: a fault of ours, or of the row in hand."""
    if isinstance(error, OSError):
        return Cause.FULL if error.errno in NO_SPACE else None
    if not isinstance(error, Error):
        return None
    driver = error.__cause__ or error
    if code := getattr(driver, "sqlstate", None):
        found = next((cause for start, cause in SQLSTATES if code.startswith(start)), None)
    elif code := getattr(driver, "sqlite_errorcode", None):
        found = _sqlite_cause(code & 0xFF, str(driver))
    else:
        found = None
    is_away = isinstance(error, OperationalError | InterfaceError)
    return found or (Cause.AWAY if is_away else None)


def note(error: BaseException) -> bool:
    """Remember it and, once a minute, log it. False when it is no outage, so that the caller must act."""
    cause = cause_of(error)
    if cause is None:
        return False
    if _memory.note(cause, timezone.now()):
        log.error(
            "%s; nothing is lost, work goes on once that is over", cause.sentence, extra=_details(error)
        )
    return True


def endure(do: Callable[[], T]) -> T | None:
    """What ``do`` answers, or None where the database gave way. Other errors pass through."""
    try:
        return do()
    except (Error, OSError) as error:
        if not note(error):
            raise
        connections.close_all()  # the next round begins with a fresh one
        return None


class Quiet(logging.Filter):
    """Of the log's handler: whatever a library or we write about an outage becomes the one line a minute.

    The same holds for what Celery says, again and again, while its broker is away.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error is not None and note(error):
            return False
        return not record.name.startswith(TALKATIVE) or _memory.may_say((record.name, record.msg))


def untold() -> Iterator[Outage]:
    yield from _memory.open()


def forget(told: Outage) -> None:
    _memory.forget(told)


def _sqlite_cause(code: int, told: str) -> Cause | None:
    if code == sqlite3.SQLITE_ERROR:
        return Cause.TABLES if told.startswith("no such ") or "has no column" in told else None
    return SQLITE_CODES.get(code)


def _details(error: BaseException) -> dict[str, str]:
    """What the driver says; it has values of rows only for errors that are no outage."""
    return {"told": " ".join(str(error).split())[:300]}
