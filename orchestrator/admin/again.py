"""Another try of work that was set aside: the rows go back to the queue, their alarms are cleared.

Each function answers with the client of every row it took up. An alarm whose cause is still there is
raised again by the worker that meets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from orchestrator import wake
from orchestrator.act import outbox
from orchestrator.models import Attention, Delivery, InboxEvent, OutboxAction, RunLogEntry
from orchestrator.record import runlog, telling


def read(ids: Iterable[int], now: datetime) -> list[int]:
    """Deliveries that could not be read."""
    rows = Delivery.objects.filter(pk__in=ids, state=Delivery.State.QUARANTINED)
    found = dict(rows.values_list("pk", "connection__store_id"))
    Delivery.objects.filter(pk__in=found).update(
        state=Delivery.State.NEW, attempts=0, due_at=now, error="", read_at=None
    )
    _clear("delivery", found, now)
    wake.after_commit("read")
    return list(found.values())


def decide(ids: Iterable[int], now: datetime) -> list[int]:
    """Events that could not be decided."""
    rows = InboxEvent.objects.filter(pk__in=ids, state=InboxEvent.State.ASIDE)
    found = dict(rows.values_list("pk", "store_id"))
    InboxEvent.objects.filter(pk__in=found).update(state=InboxEvent.State.NEW, attempts=0, error="")
    _clear("event", found, now)
    wake.after_commit("drain")
    return list(found.values())


def send(ids: Iterable[int], now: datetime, *, by: str) -> list[int]:
    """Actions that the vendor refused. Each has a line in the log beside those of its earlier attempts."""
    with transaction.atomic():
        failed = OutboxAction.objects.filter(pk__in=ids, state=OutboxAction.State.FAILED)
        rows = list(failed.select_related("connection").defer("change").select_for_update(of=("self",)))
        outbox.retry([row.pk for row in rows], now)
        runlog.record(_line(row, by) for row in rows)
        _clear("action", [row.pk for row in rows], now)
        wake.after_commit("dispatch")
    return [row.store_id for row in rows]


def _line(row: OutboxAction, by: str) -> RunLogEntry:
    return runlog.entry(
        "action_again",
        store_id=row.store_id,
        vendor=row.connection.vendor,
        subject=row.subject,
        reference=row.reference,
        trace=row.trace,
        attempt=row.attempts,
        by=by,
        what=telling.action(row),
        because=row.because,
    )


def settle(ids: Iterable[int], now: datetime) -> list[int | None]:
    """Alarms that a person has dealt with. Those of the whole installation belong to no client."""
    found = dict(Attention.objects.open().filter(pk__in=ids).values_list("pk", "store_id"))
    Attention.objects.filter(pk__in=found).update(cleared_at=now)
    return list(found.values())


def _clear(kind: str, keys: Iterable[int], now: datetime) -> None:
    references = [f"{kind}:{key}" for key in keys]
    Attention.objects.open().filter(reference__in=references).update(cleared_at=now)
