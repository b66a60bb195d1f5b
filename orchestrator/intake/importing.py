"""Reads a connection's history once, a slice at a time. Rows and position are committed together.

History steers nothing: what is older than the wish for it enters the inbox as an import. What changed
since is news, the same as if it had been polled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from connectors import connect, registry, timekeeper
from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.limits import Use
from connectors.models import Connection
from connectors.roles import Vendor
from connectors.types import AnySnapshot, Step
from orchestrator.intake import inbox, polling, reading, wanted
from orchestrator.models import Import, InboxEvent
from orchestrator.record import attention, health, runlog

log = logging.getLogger(__name__)

State = Import.State
SLICE = 5.0  # seconds of reading until others have their turn
FULL = 2_000  # undecided events of a store from which on reading waits, so that news never waits for long
TRIES = 3
RETRY = timedelta(seconds=30)
RETRY_AFTER_ATTENTION = timedelta(minutes=5)
WORDS = {"order": "orders", "customer": "customers", "product": "products"}


class Lost(Exception):
    """Somebody else reads by now, or it is to be read from the beginning: nothing may be written."""


def want_first(now: datetime) -> None:
    """A connection whose history can be read wants it from its first good call on."""
    importers = [slug for slug, kind in registry.all_vendors().items() if kind.imports]
    fresh = Connection.objects.active().filter(vendor__in=importers, health=Connection.Health.HEALTHY)
    for connection in fresh.filter(imports=None).select_related("store"):
        want(connection, now)


def due(now: datetime) -> list[int]:
    """Connections with history to read that nobody is at."""
    rows = Import.objects.due(now).free(timekeeper.now())
    return sorted(set(rows.values_list("connection_id", flat=True)))


def want(connection: Connection, now: datetime) -> None:
    """Read all of it, from the beginning. Whoever is at it stops; what is known already is not doubled."""
    since = now.replace(microsecond=0)  # vendors' stamps are whole seconds
    fresh = {
        "state": State.WANTED,
        "position": "",
        "read": 0,
        "total": None,
        "asked_at": since,
        "due_at": now,
    }
    fresh |= {"finished_at": None, "attempts": 0, "told": "", "lease_token": "", "lease_until": None}
    for kind in registry.vendor_class(connection.vendor).imports:
        Import.objects.update_or_create(connection=connection, kind=kind, defaults=fresh)
        attention.clear(
            "import_failed", now=now, store_id=connection.store_id, reference=_reference(connection, kind)
        )


def advance(connection: Connection, now: datetime, decide: Callable[[], object]) -> int:
    """One slice of what is due; ``decide`` is called between steps. Answers how many steps were made."""
    token = uuid4().hex
    mine = Import.objects.filter(connection=connection, lease_token=token)
    if (
        not Import.objects.filter(connection=connection)
        .unfinished()
        .free(timekeeper.now())
        .update(lease_token=token, lease_until=_lease_end())
    ):
        return 0
    try:
        order = registry.vendor_class(connection.vendor).imports
        rows = sorted(mine.due(now), key=lambda row: order.index(row.kind))
        return sum(_try(_Reading(connection, row, now, decide)) for row in rows)
    except NeedsAttention as error:
        health.fails(connection, error, now)
        mine.unfinished().update(told=error.sentence[:500], due_at=now + RETRY_AFTER_ATTENTION)
        return 0
    finally:
        mine.update(lease_token="", lease_until=None)


class _Reading:
    """One kind of history in the hands of this worker."""

    def __init__(
        self, connection: Connection, row: Import, now: datetime, decide: Callable[[], object]
    ) -> None:
        self.connection = connection
        self.row = row
        self.now = now
        self._decide = decide
        self._mine = Import.objects.filter(pk=row.pk, lease_token=row.lease_token)

    @property
    def what(self) -> str:
        return WORDS.get(self.row.kind, f"{self.row.kind}s")

    def slice(self) -> int:
        """Raises VendorError, and Lost when the row is no longer ours."""
        vendor = connect.open(self.connection, wanted.details(self.connection), Use.READING)
        end, count = monotonic() + SLICE, 0
        with closing(vendor.history(self.row.kind, self.row.position)) as steps:
            for step in steps:
                self._take(vendor, step)
                self._decide()
                count += 1
                if step.wait is not None or step.is_last or monotonic() > end or self._is_full():
                    break
        return count

    def set_aside(self, because: str, wait: timedelta) -> None:
        """Go on from here later."""
        self._mine.update(told=because[:500], due_at=self.now + wait)

    def count_failure(self, because: str, *, from_the_beginning: bool) -> None:
        """The vendor gave up, or it is our own fault: tried again, and shown when it keeps failing."""
        attempts = self.row.attempts + 1
        is_over = attempts >= TRIES
        values = {"attempts": attempts, "told": because[:500], "due_at": self.now + attempts * RETRY}
        if from_the_beginning:
            values |= {"state": State.WANTED, "position": "", "read": 0, "total": None}
        if not self._mine.update(**values | ({"state": State.FAILED} if is_over else {})):
            return
        self._note("import_failed" if is_over else "import_again", because=because)
        if is_over:
            attention.call(
                "import_failed",
                f"{self.connection}: its {self.what} could not be read. {because}",
                now=self.now,
                connection=self.connection,
                reference=_reference(self.connection, self.row.kind),
            )

    def _take(self, vendor: Vendor, step: Step) -> None:
        found = reading.read(vendor, self.connection, step.references) if step.references else []
        is_first = not self.row.position
        with transaction.atomic():
            self._move(step)
            self._accept([*step.snapshots, *found])
            if step.watermark is not None:
                polling.begin(self.connection, step.watermark, self.now)
        if is_first:
            self._note("import_started")
        if step.is_last:
            health.works(self.connection, self.now)
            self._note("import_done", read=step.read)

    def _move(self, step: Step) -> None:
        state = State.DONE if step.is_last else State.READING if step.wait is None else State.RUNNING
        values = {"position": step.position, "read": step.read, "total": step.total, "state": state}
        wait = timedelta(seconds=step.wait or 0)
        values |= {"told": "", "due_at": self.now + wait, "lease_until": _lease_end()}
        if step.is_last:
            values["finished_at"] = self.now
        if not self._mine.update(**values):
            raise Lost
        self.row.position, self.row.state = step.position, state

    def _accept(self, snapshots: Iterable[AnySnapshot]) -> None:
        origins = {True: InboxEvent.Origin.IMPORT, False: InboxEvent.Origin.POLL}
        by_age: dict[bool, list[AnySnapshot]] = {True: [], False: []}
        for each in snapshots:
            by_age[each.source_at < self.row.asked_at].append(each)
        for is_history, found in by_age.items():
            inbox.accept(self.connection, found, origin=origins[is_history], now=self.now)

    def _is_full(self) -> bool:
        waiting = InboxEvent.objects.filter(store_id=self.connection.store_id, state=InboxEvent.State.NEW)
        return waiting[:FULL].count() == FULL

    def _note(self, code: str, **details: object) -> None:
        runlog.note(
            code,
            store_id=self.connection.store_id,
            vendor=self.connection.vendor,
            reference=f"connection:{self.connection.pk}",
            vendor_label=self.connection.label,
            what=self.what,
            **details,
        )


def _try(reading: _Reading) -> int:
    """One slice; trouble with one kind leaves the others alone."""
    try:
        return reading.slice()
    except Lost:
        log.info("An import was begun anew or taken over", extra={"connection": reading.connection.pk})
    except TryLater as error:
        reading.set_aside(error.sentence, timedelta(seconds=error.after) if error.after else RETRY)
    except NeedsAttention:
        raise  # it concerns all kinds
    except Refused as error:
        reading.count_failure(error.sentence, from_the_beginning=True)
    except (OperationalError, InterfaceError):
        raise  # nothing that this history can be blamed for
    except Exception as error:
        log.exception("A history could not be read", extra={"connection": reading.connection.pk})
        told = f"It is a fault of ours ({type(error).__name__}); the log says more."
        reading.count_failure(told, from_the_beginning=False)
    return 0


def _reference(connection: Connection, kind: str) -> str:
    return f"{connection.vendor}:{kind}"


def _lease_end() -> datetime:
    """Leases live on the real clock, whatever time the work is driven with."""
    return timekeeper.now() + timedelta(seconds=settings.LEASE_SECONDS)
