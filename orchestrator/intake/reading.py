"""Turns deliveries into events: parse, fold what only names an object, read those in batches."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError

from connectors import connect, registry, timekeeper
from connectors.errors import NeedsAttention, NotYet, TryLater, VendorError
from connectors.models import Connection
from connectors.roles import Vendor
from connectors.types import AnySnapshot, Parsed, Reference
from orchestrator.intake import inbox, known, notices, wanted
from orchestrator.models import Delivery, InboxEvent
from orchestrator.record import attention, health, runlog

log = logging.getLogger(__name__)

BATCH = 200
TRIES = 5  # of a delivery that fails for a reason we do not know
LONGEST_WAIT = timedelta(minutes=5)


def read_new(connection: Connection, now: datetime) -> int:
    """Read what waits at this connection; answers how many deliveries and events were handled."""
    return _read_deliveries(connection, now) + _reread(connection, now)


def with_work(now: datetime) -> list[int]:
    """Connections that have something to read."""
    deliveries = Delivery.objects.filter(state=Delivery.State.NEW, due_at__lte=now)
    doubtful = InboxEvent.objects.filter(state=InboxEvent.State.REREAD)
    ids = set(deliveries.values_list("connection_id", flat=True).distinct()[:100])
    ids |= set(doubtful.values_list("connection_id", flat=True).distinct()[:100])
    return sorted(ids)


def soon(connection: Connection, now: datetime) -> float | None:
    """At once while deliveries are due: a batch at a time, so that others get in between."""
    due = Delivery.objects.filter(connection=connection, state=Delivery.State.NEW, due_at__lte=now)
    return 0.0 if due.exists() else None


def read(vendor: Vendor, connection: Connection, references: Sequence[Reference]) -> list[AnySnapshot]:
    """What these objects are now. Raises VendorError.

    A vendor cannot date what it no longer has, so each reading of it would look like news: of what we
    know to be gone, only its return is told.
    """
    folded = {(each.kind, each.id): each for each in references}
    mirrored = _known(connection, folded.values())
    found = vendor.read(
        [
            Reference(
                kind=kind, id=id_, known_at=each.source_at if (each := mirrored.get((kind, id_))) else None
            )
            for kind, id_ in folded
        ]
    )
    gone = {thing for thing, snapshot in mirrored.items() if snapshot.is_gone}
    return [each for each in found if not (each.is_gone and (each.kind, each.id) in gone)]


def _known(connection: Connection, references: Iterable[Reference]) -> dict[inbox.Thing, AnySnapshot]:
    """What the mirror has of these."""
    places = [(connection.vendor, each.kind, each.id) for each in references]
    found = known.snapshots(connection.store_id, places)
    return {(each.kind, each.id): each for _, each in found}


def _read_deliveries(connection: Connection, now: datetime) -> int:
    rows = _take(connection, now)
    if not rows:
        return 0
    Connection.objects.filter(pk=connection.pk).update(heard_at=rows[-1].received_at)
    parsed = [(row, told) for row in rows if (told := _parse(connection, row, now)) is not None]
    _read_together(connection, [each for each in parsed if not each[1].references], now)
    _read_together(connection, _left(each for each in parsed if each[1].references), now)
    return len(rows)


def _left(parsed: Iterable[tuple[Delivery, Parsed]]) -> list[tuple[Delivery, Parsed]]:
    """What needs no call comes first: it does not wait for a vendor that cannot be called. If that was a
    request to forget somebody, some of the others are gone."""
    named = list(parsed)
    found = set(Delivery.objects.filter(pk__in=[row.pk for row, _ in named]).values_list("pk", flat=True))
    return [each for each in named if each[0].pk in found]


def _read_together(connection: Connection, parsed: list[tuple[Delivery, Parsed]], now: datetime) -> None:
    """In one go; where that is refused or fails, one by one to find whose fault it is."""
    if not parsed:
        return
    try:
        _accept(connection, parsed, now)
    except (TryLater, NeedsAttention) as error:
        _postpone([row for row, _ in parsed], error, now)
        health.fails(connection, error, now)
    except (OperationalError, InterfaceError):
        raise  # nothing that a delivery can be blamed for
    except Exception as error:
        if len(parsed) > 1:
            for each in parsed:
                _read_together(connection, [each], now)
            return
        log.exception("A delivery could not be read", extra={"connection": connection.pk})
        _count_failure(parsed[0][0], error, connection, now)


def _take(connection: Connection, now: datetime) -> list[Delivery]:
    """Moving the due time first hides the rows from other readers (on the real clock, as all leases).

    Reading twice would be harmless.
    """
    waiting = Delivery.objects.filter(connection=connection, state=Delivery.State.NEW, due_at__lte=now)
    rows = list(waiting.order_by("id")[:BATCH])
    hidden_until = timekeeper.now() + timedelta(seconds=settings.LEASE_SECONDS)
    waiting.filter(pk__in=[row.pk for row in rows]).update(due_at=hidden_until)
    return rows


def _parse(connection: Connection, row: Delivery, now: datetime) -> Parsed | None:
    vendor = registry.vendor_class(connection.vendor)
    try:
        return vendor.parse_webhook(bytes(row.body), row.headers)
    except (ValueError, RecursionError) as error:
        _quarantine(connection, row, str(error)[:300] or "It is nested too deeply.", now)
        return None


def _accept(connection: Connection, parsed: list[tuple[Delivery, Parsed]], now: datetime) -> None:
    """Whole objects go in as they are. Named ones are read once, under the trace of their first hook."""
    traces: dict[inbox.Thing, str] = {}
    whole: list[AnySnapshot] = []
    named: dict[inbox.Thing, Reference] = {}
    for row, told in parsed:
        for each in (*told.snapshots, *told.references):
            traces.setdefault((each.kind, each.id), row.trace)
        whole += told.snapshots
        named |= {(each.kind, each.id): each for each in told.references}
    if named:
        vendor = connect.open(connection, wanted.details(connection))
        whole += read(vendor, connection, list(named.values()))
        health.works(connection, now)
    inbox.accept(connection, whole, origin=InboxEvent.Origin.WEBHOOK, now=now, traces=traces)
    for row, told in parsed:
        notices.hear(connection, told, row.trace, now)
    ids = [row.pk for row, _ in parsed]
    Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.READ, read_at=now, error="")


def _postpone(rows: list[Delivery], error: VendorError, now: datetime) -> None:
    """The vendor cannot be read now: nothing is lost, it waits."""
    tries = max((row.attempts for row in rows), default=0)
    wait = timedelta(seconds=min(2.0 ** min(tries, 8), LONGEST_WAIT.total_seconds()))
    if isinstance(error, TryLater) and error.after:
        wait = max(wait, timedelta(seconds=error.after))
    if isinstance(error, NeedsAttention):
        wait = LONGEST_WAIT
    if isinstance(error, NotYet):
        wait = timedelta(seconds=error.after or 1.0)  # nothing was tried
    for row in rows:
        row.attempts = min(row.attempts + (not isinstance(error, NotYet)), 1000)
        row.due_at = now + wait
        row.error = error.sentence[:500]
    Delivery.objects.bulk_update(rows, ["attempts", "due_at", "error"])


def _count_failure(row: Delivery, error: Exception, connection: Connection, now: datetime) -> None:
    """Refused, or our own fault: it is tried again, and set aside when it keeps failing."""
    is_refused = isinstance(error, VendorError)
    told = error.sentence if isinstance(error, VendorError) else type(error).__name__
    row.attempts = min(row.attempts + 1, 1000)
    row.due_at = now + (LONGEST_WAIT if is_refused else timedelta(seconds=2 ** min(row.attempts, 8)))
    row.error = told[:500]
    row.save(update_fields=["attempts", "due_at", "error"])
    if row.attempts >= TRIES:
        _quarantine(connection, row, f"Reading it failed {row.attempts} times ({told}).", now)


def _quarantine(connection: Connection, row: Delivery, error: str, now: datetime) -> None:
    row.state = Delivery.State.QUARANTINED
    row.error = error[:500]
    row.save(update_fields=["state", "error"])
    attention.call(
        "delivery_quarantined",
        f"{connection}: a delivery could not be read. {error}",
        now=now,
        connection=connection,
        reference=f"delivery:{row.pk}",
    )
    runlog.note(
        "delivery_quarantined",
        store_id=connection.store_id,
        vendor=connection.vendor,
        reference=f"delivery:{row.pk}",
        trace=row.trace,
        vendor_label=connection.label,
        error=error,
    )


def _reread(connection: Connection, now: datetime) -> int:
    """Two stories with one stamp: the vendor's answer now is what counts."""
    doubtful = list(
        InboxEvent.objects.filter(connection=connection, state=InboxEvent.State.REREAD).order_by("id")[:BATCH]
    )
    if not doubtful:
        return 0
    asked = [Reference(kind=each.kind, id=each.object_id) for each in doubtful]
    try:
        vendor = connect.open(connection, wanted.details(connection))
        snapshots = {(each.kind, each.id): each for each in read(vendor, connection, asked)}
    except VendorError as error:
        health.fails(connection, error, now)
        return 0
    for event in doubtful:
        snapshot = snapshots.get((event.kind, event.object_id))
        if snapshot is not None:
            inbox.accept(
                connection,
                [snapshot],
                origin=InboxEvent.Origin.REREAD,
                now=now,
                traces={(event.kind, event.object_id): event.trace},
                suffix=f":read{event.pk}",
            )
    ids = [event.pk for event in doubtful]
    InboxEvent.objects.filter(pk__in=ids).update(state=InboxEvent.State.DONE, decided_at=now)
    return len(doubtful)
