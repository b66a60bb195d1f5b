"""Plays recorded events as they were decided, and what time makes due between them.

What was decided together then is decided together again, at that time, and what waits is due at its own time:
nothing sleeps. The functions are those that the workers call; on the virtual clock nothing leaves and nothing
is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby
from typing import Any

import msgspec
from django.db.models import Min, Q, QuerySet

from connectors import timekeeper
from connectors.models import Connection, Store
from orchestrator.act import outbox
from orchestrator.decide import abandoned, approvals, drain, due, steps
from orchestrator.decide.mirror import ours
from orchestrator.intake import inbox, known
from orchestrator.models import (
    Approval,
    Cart,
    Enrolment,
    InboxEvent,
    OutboxAction,
    RunLogEntry,
    Suppression,
    bulk,
)
from rules import registry

PROMPT = timedelta(seconds=30)  # what was decided later than so after it came had been held up by an outage
TICK = timedelta(seconds=30)  # two things that are due so close together are taken together
LATE = timedelta(seconds=10)  # what was read again for something due came in a little after its time
LEAST = timedelta(microseconds=1)
ROUNDS = 50  # one thing may make another due at once
TIMED = (
    (abandoned.stores_with_carts, abandoned.tell),
    (steps.stores_with_steps, steps.advance),
    (approvals.stores_due, approvals.carry_out),
    (due.stores_to_release, due.release),
)


class Player:
    """Works on whatever tables are used now; ``store`` is the client's row there."""

    def __init__(self, store: Store, began: datetime) -> None:
        self.now = began
        self._store = store
        self._worked = began - LEAST

    def hear(self, events: Sequence[InboxEvent]) -> None:
        """The next ones of the stream."""
        for moment, batch in together(events):
            self.until(moment if self._shows_what_is_due(batch, moment) else moment - LATE)
            self.now = max(self.now, moment)
            self._worked = min(self._worked, self.now - LEAST)
            bulk.append([_copy(each) for each in batch], ignore_conflicts=True)
            with timekeeper.virtually(self.now):
                drain.drain(self._store, self.now)
            InboxEvent.objects.exclude(state=InboxEvent.State.NEW).delete()
            self._work_if_due()

    def end(self, moment: datetime) -> None:
        """The stream is over; time goes on until then."""
        self.until(moment)
        self.now = max(self.now, moment)
        self._work_if_due()

    def forget(self, before: datetime) -> None:
        """Lines that are not counted, so that the tables do not grow with all that was ever heard."""
        RunLogEntry.objects.filter(Q(kind=RunLogEntry.Kind.EVENT) | Q(at__lt=before)).delete()

    def until(self, until: datetime) -> None:
        """Nothing is heard until then."""
        while (at := next_due(self._store, self._worked)) is not None and at <= until:
            self.now = min(max(self.now, at, self._worked + TICK), max(self.now, until))
            self._work()

    def _shows_what_is_due(self, batch: Sequence[InboxEvent], moment: datetime) -> bool:
        """Then it came of it: what we do ourselves is heard of after it was done."""
        told = {_reference(each): inbox.read_body(bytes(each.body)) for each in batch if _is_readable(each)}
        owed = OutboxAction.objects.owed().filter(
            store=self._store, due_at__lte=moment, due_at__gt=moment - LATE, target__in=told
        )
        for row in owed:
            vendor, kind, object_id = row.target.split(":", 2)
            rows = known.rows(self._store.pk, [(vendor, kind, object_id)])
            action = registry.load_action(row.action, row.arguments)
            if any(ours.explains(action, known.snapshot(each), told[row.target]) for each in rows.values()):
                return True
        return False

    def _work_if_due(self) -> None:
        at = next_due(self._store, self._worked)
        if at is not None and at <= self.now:
            self._work()

    def _work(self) -> None:
        with timekeeper.virtually(self.now):
            for _ in range(ROUNDS):
                if not work(self._store, self.now):
                    break
        self._worked = self.now


def work(store: Store, now: datetime) -> int:
    """One round of all that time has made due for this client; answers how much it was."""
    count = sum(do(store, now) for stores, do in TIMED if store.pk in stores(now))
    owed = Connection.objects.filter(store=store, pk__in=outbox.connections_due(now)).select_related("store")
    return count + sum(due.dispatch(each, now) for each in owed.order_by("pk"))


def next_due(store: Store, after: datetime) -> datetime | None:
    """When something of this client is due next, in one query."""
    waiting = [OutboxAction.State.WAITING, OutboxAction.State.ACCEPTED]
    rows: tuple[tuple[QuerySet[Any], str], ...] = (
        (Enrolment.objects.to_take(), "due_at"),
        (OutboxAction.objects.owed().filter(state__in=waiting), "due_at"),
        (Suppression.objects.open(), "release_at"),
        (Suppression.objects.open(), "expires_at"),
        (Cart.objects.all(), "abandons_at"),
        (Approval.objects.unfinished(), "expires_at"),
    )
    parts = [
        each.filter(**{"store": store, f"{field}__gt": after})
        .order_by()
        .values("store")
        .annotate(at=Min(field))
        for each, field in rows
    ]
    found = reduce(lambda one, other: one.union(other, all=True), (each.values_list("at") for each in parts))
    return min((at for (at,) in found if at is not None), default=None)


def together(events: Sequence[InboxEvent]) -> Iterator[tuple[datetime, list[InboxEvent]]]:
    """Those that were decided at one moment, and when that was, in the order of the moments."""
    in_order = sorted(events, key=lambda event: (_moment(event), event.pk or 0))
    for moment, batch in groupby(in_order, key=_moment):
        yield moment, list(batch)


def _moment(event: InboxEvent) -> datetime:
    at = event.decided_at
    return at if at and event.received_at <= at <= event.received_at + PROMPT else event.received_at


def _reference(event: InboxEvent) -> str:
    return f"{event.connection.vendor}:{event.kind}:{event.object_id}"


def _is_readable(event: InboxEvent) -> bool:
    """What no longer fits is set aside where it is decided."""
    with suppress(msgspec.MsgspecError):
        inbox.read_body(bytes(event.body))
        return True
    return False


def _copy(event: InboxEvent) -> InboxEvent:
    """As it was before it was decided."""
    return InboxEvent(
        store_id=event.store_id,
        connection_id=event.connection_id,
        key=event.key,
        kind=event.kind,
        is_urgent=event.is_urgent,
        object_id=event.object_id,
        source_at=event.source_at,
        origin=event.origin,
        body=event.body,
        trace=event.trace,
        received_at=event.received_at,
    )
