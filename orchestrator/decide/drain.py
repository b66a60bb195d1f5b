"""Decides a store's new events, batch by batch; one that keeps failing is set aside, the rest goes on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import InterfaceError, OperationalError

from connectors.models import Store
from connectors.types import AnySnapshot
from orchestrator.decide import foresight, lease, passes, pipeline
from orchestrator.decide.world import World
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, Prediction
from orchestrator.record import attention, runlog
from rules.models import Rule

log = logging.getLogger(__name__)

BATCH = 500
TRIES = 3


def stores_with_work() -> list[int]:
    """Stores with undecided events, or with a rule whose mode change is still to be carried out."""
    events = InboxEvent.objects.filter(state=InboxEvent.State.NEW).values_list("store_id", flat=True)
    rules = Rule.objects.filter(pass_due_at__isnull=False).values_list("store_id", flat=True)
    return sorted({*events.distinct()[:500], *rules.distinct()[:500]})


def drain(store: Store, now: datetime) -> int:
    """Answers how many events were decided (or set aside).

    Who finds the lease taken goes away, so its holder looks once more after it has given it back.
    """
    foresight.read(store, now)
    count = 0
    while (decided := _drain(store, now)) is not None:
        count += decided
        if not InboxEvent.objects.filter(store=store, state=InboxEvent.State.NEW).exists():
            break
    return count


def _drain(store: Store, now: datetime) -> int | None:
    """None when another worker decides for the store."""
    count = 0
    with lease.held(store.pk) as ours:
        if ours is None:
            return None
        try:
            count += passes.carry_out(store, ours, now)
            is_more = True
            while is_more:
                batch, is_more = _next(store)
                count += _decide(store, batch, ours, now) if batch else 0
        except lease.Lost:
            log.warning("The lease of a store was lost", extra={"store": store.pk})
            return None
    return count


def _next(store: Store) -> tuple[list[InboxEvent], bool]:
    """What to decide together, and whether more waits.

    What decides holds goes before everything else, in a small batch of its own.

    Any order of the same events ends in the same state (only a newer stamp moves the mirror), so picking
    out of order is allowed; by their stamps they are taken because the run log then reads like a story.
    """
    waiting = InboxEvent.objects.filter(store=store, state=InboxEvent.State.NEW)
    waiting = waiting.prefetch_related("connection").order_by("source_at", "id")
    rows = list(waiting[:BATCH])
    is_more = len(rows) == BATCH
    urgent = (
        list(waiting.filter(is_urgent=True)[:BATCH]) if is_more else [row for row in rows if row.is_urgent]
    )
    return urgent or rows, is_more or 0 < len(urgent) < len(rows)


def _decide(store: Store, batch: Sequence[InboxEvent], ours: lease.Lease, now: datetime) -> int:
    try:
        _decide_together(store, batch, ours, now)
    except (lease.Lost, OperationalError, InterfaceError):
        raise  # nothing that this event can be blamed for
    except Exception as error:
        if len(batch) > 1:
            alone = sorted(batch, key=lambda event: event.kind != Prediction.kind)  # was read for the others
            return sum(_decide(store, [event], ours, now) for event in alone)
        log.exception("An event could not be decided", extra={"event": batch[0].pk})
        _count_failure(batch[0], error, now)
    return len(batch)


def _decide_together(store: Store, batch: Sequence[InboxEvent], ours: lease.Lease, now: datetime) -> None:
    told: list[tuple[InboxEvent, AnySnapshot]] = [
        (event, inbox.read_body(bytes(event.body))) for event in batch
    ]
    world = World.load(store, [(event.connection.vendor, snapshot) for event, snapshot in told], now)
    pipeline.handle(world, told)
    with ours.writing():
        world.save(batch)


def _count_failure(event: InboxEvent, error: Exception, now: datetime) -> None:
    """What we cannot decide is kept, shown and tried again on request."""
    told = "its stored form is not readable" if isinstance(error, msgspec.MsgspecError) else "our own fault"
    event.attempts += 1
    event.error = f"{type(error).__name__}: {told}"
    event.state = InboxEvent.State.NEW  # whatever was made of it before it failed was not stored
    if event.attempts >= TRIES:
        event.state = InboxEvent.State.ASIDE
        attention.call(
            "event_set_aside",
            f"{event.store}: {event.kind} {event.object_id} could not be decided ({event.error}).",
            now=now,
            store=event.store_id,
            reference=f"event:{event.pk}",
        )
        runlog.note(
            "event_set_aside",
            store_id=event.store_id,
            reference=f"event:{event.pk}",
            trace=event.trace,
            reference_told=f"{event.kind} {event.object_id}",
            error=event.error,
        )
    event.save(update_fields=["attempts", "error", "state"])
