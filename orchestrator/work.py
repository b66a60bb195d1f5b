"""All work there is, stage by stage: Celery's tasks and ``manage.py work`` call the same functions.

Each stage does what is due in bounded batches and answers how much it did. Trouble in one store or
connection is recorded and leaves the others alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from assessment.models import Assessment
from connectors import budget, connect
from connectors.errors import TryLater, VendorError
from connectors.limits import Use
from connectors.models import Connection, Store
from connectors.roles import Helpdesk, Marketing
from orchestrator import outage
from orchestrator.act import agency, drift, outbox, reconcile, suppressions
from orchestrator.decide import abandoned, assessments, drain, due, lease
from orchestrator.intake import importing, integrations, polling, reading, watch
from orchestrator.record import attention, health, outages, retention, runlog
from orchestrator.record.retention import Kept

log = logging.getLogger(__name__)

Row = TypeVar("Row", Connection, Store, Assessment, Kept)

SLOTS = 8
SWEEP_EVERY = timedelta(hours=1)
SWEEP_AGAIN = timedelta(minutes=1)  # when the store was busy or the vendor had enough


def poll_due(now: datetime, *, everything: bool = False) -> int:
    return _each(_connection, polling.due(now, everything=everything), polling.poll, now)


def import_due(now: datetime) -> int:
    importing.want_first(now)
    return _each(_connection, importing.due(now), _import, now)


def read_new(now: datetime) -> int:
    return _each(_connection, reading.with_work(now), reading.read_new, now)


def decide_new(now: datetime) -> int:
    count = _each(_store, drain.stores_with_work(), drain.drain, now)
    count += _each(_store, abandoned.stores_with_carts(now), abandoned.tell, now)
    return count + _each(_store, due.stores_to_release(now), due.release, now)


def perform_due(now: datetime) -> int:
    return _each(_connection, outbox.connections_due(now), due.dispatch, now)


def reconcile_due(now: datetime) -> int:
    return _each(_connection, reconcile.connections_due(now), reconcile.drive, now)


def post_alerts(now: datetime) -> int:
    return agency.post(now)


def tell_outages(now: datetime) -> int:
    return outages.tell(now)


def is_pacing(now: datetime) -> bool:
    """Whether something is due at once but for the distance that a chat wants between messages."""
    return outbox.is_pacing(now) or agency.is_pacing(now) or budget.is_pacing()


def look_after_webhooks(now: datetime) -> int:
    return _each(_connection, integrations.due(now), integrations.look_after, now)


def look_after_assessments(now: datetime) -> int:
    """Tell of new requests for a call, read the evidence that is waited for, delete what is over its time."""
    told = assessments.tell_of_calls(now) + assessments.purge(now)
    return told + _each(_assessment, assessments.wanting_evidence(now), assessments.add_evidence, now)


def purge(_: datetime, seconds: float = 1.0) -> int:
    """Delete what is over its time. By the real clock: under a pretended one everything might be old."""
    budget = retention.Budget(seconds)

    def purge_one(owner: Kept, now: datetime) -> int:
        return retention.purge(owner, now, budget)

    kept = {owner.store_id or 0: owner for owner in retention.everybody()}
    return sum(_guarded(kept.__getitem__, pk, purge_one, timezone.now()) for pk in kept)


def sweep(now: datetime) -> int:
    """Compare ours with theirs where the last comparison is an hour old."""
    rows = Connection.objects.active().exclude(next_sweep_at__gt=now)
    return _each(_connection, list(rows.order_by("pk").values_list("pk", flat=True)), _sweep, now)


def _import(connection: Connection, now: datetime) -> int:
    """What was read is decided at once, so that news of the same store never waits behind its history."""
    return importing.advance(connection, now, partial(drain.drain, connection.store, now))


def _sweep(connection: Connection, now: datetime) -> int:
    Connection.objects.filter(pk=connection.pk).update(next_sweep_at=now + SWEEP_EVERY)
    polling.watch_quiet(connection, now)
    if connection.role == Marketing.role:
        _align(connection, now)
    try:
        vendor = connect.open(connection, use=Use.READING)
        if isinstance(vendor, Helpdesk):
            watch.reread_open_tickets(connection, vendor, now)
        if isinstance(vendor, Marketing):
            drift.compare(connection, vendor, now)
    except TryLater as error:
        again = timedelta(seconds=error.after) if error.after else SWEEP_AGAIN
        Connection.objects.filter(pk=connection.pk).update(next_sweep_at=now + again)
        health.fails(connection, error, now)
    except VendorError as error:
        health.fails(connection, error, now)
    return 1


def _align(connection: Connection, now: datetime) -> None:
    """While nobody decides for the store, or a wish that just changed would be taken back."""
    try:
        with lease.held(connection.store_id) as ours:
            if ours is None:
                Connection.objects.filter(pk=connection.pk).update(next_sweep_at=now + SWEEP_AGAIN)
            else:
                with ours.writing():
                    suppressions.align(connection.store_id, connection, now)
    except lease.Lost:
        log.warning("The lease of a store was lost", extra={"store": connection.store_id})


def _connection(pk: int) -> Connection:
    return Connection.objects.select_related("store").get(pk=pk)


def _assessment(pk: int) -> Assessment:
    return Assessment.objects.select_related("store").get(pk=pk)


def _store(pk: int) -> Store:
    return Store.objects.get(pk=pk)


def _each(
    load: Callable[[int], Row], ids: Iterable[int], do: Callable[[Row, datetime], int], now: datetime
) -> int:
    """One slot per row, so that one hanging vendor holds up nobody else."""
    ids = list(ids)
    if len(ids) < 2 or transaction.get_connection().in_atomic_block:
        return sum(_guarded(load, pk, do, now) for pk in ids)
    with ThreadPoolExecutor(max_workers=min(SLOTS, len(ids)), thread_name_prefix=do.__name__) as slots:
        return sum(slots.map(lambda pk: _in_thread(load, pk, do, now), ids))


def _in_thread(load: Callable[[int], Row], pk: int, do: Callable[[Row, datetime], int], now: datetime) -> int:
    close_old_connections()
    try:
        return _guarded(load, pk, do, now)
    finally:
        connections.close_all()


def _guarded(load: Callable[[int], Row], pk: int, do: Callable[[Row, datetime], int], now: datetime) -> int:
    """What we did not foresee is logged and shown; the next round tries again."""
    try:
        return do(load(pk), now)
    except Exception as error:
        if outage.cause_of(error):
            raise  # nothing that this row can be blamed for, and nothing could be written about it
        log.exception("A stage of work failed", extra={"stage": do.__name__, "row": pk})
        told = f"{do.__module__}.{do.__name__} failed for {pk} ({type(error).__name__})."
        if attention.call("system_failed", told, now=now, reference=f"{do.__name__}:{pk}"):
            runlog.note("system_failed", store_id=None, told=told)
        return 0
