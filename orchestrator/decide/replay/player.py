"""Plays recorded events as they were decided, and what time makes due between them.

What was decided together then is decided together again, at that time, and what waits is due at its own time:
nothing sleeps. The functions are those that the workers call; on the virtual clock nothing leaves and nothing
is asked.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby, islice, takewhile

import msgspec
from django.db.models import Q

from connectors import timekeeper
from connectors.models import Store
from orchestrator.decide import drain
from orchestrator.decide.mirror import ours
from orchestrator.decide.replay import runs
from orchestrator.decide.replay.runs import Moment
from orchestrator.decide.replay.waiting import Waiting
from orchestrator.intake import inbox, known
from orchestrator.models import InboxEvent, OutboxAction, RunLogEntry, bulk
from rules import registry

PROMPT = timedelta(seconds=30)  # what was decided later than so after it came had been held up by an outage
TICK = timedelta(seconds=0.5)  # two things that are due so close together are taken together
LATE = timedelta(seconds=10)  # what was read again for something due came in a little after its time
LEAST = timedelta(microseconds=1)
ROUNDS = 50  # one thing may make another due at once
REACH = 4
log = logging.getLogger(__name__)


class Player:
    """Works on whatever tables are used now; ``store`` is the client's row there."""

    def __init__(self, store: Store, began: datetime) -> None:
        self.now = began
        self._store = store
        self._worked = began - LEAST
        self._waiting = Waiting(store)
        self._reach = REACH  # how many moments a run is tried with

    def hear(self, events: Sequence[InboxEvent]) -> None:
        """The next ones of the stream."""
        moments = deque(together(events))
        while moments:
            self._come_to(*moments[0])
            taken = self._decide(list(islice(moments, self._reach)))
            self._reach = max(REACH, 2 * taken)
            for _ in range(taken):
                self.now = max(self.now, moments.popleft()[0])
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
        while (at := self._waiting.next(self._worked)) is not None and at <= until:
            self.now = min(max(self.now, at, self._worked + TICK), max(self.now, until))
            self._work()

    def _come_to(self, moment: datetime, batch: Sequence[InboxEvent]) -> None:
        """This is heard next."""
        at = self._waiting.next(self._worked)
        if at is not None and at <= moment:
            self.until(moment if self._shows_what_is_due(batch, moment) else moment - LATE)
        self.now = max(self.now, moment)
        self._worked = min(self._worked, self.now - LEAST)

    def _decide(self, moments: Sequence[Moment]) -> int:
        """The first of these, and more of them where that makes no difference; answers how many."""
        due = self._waiting.next(self._worked)
        apart = [(max(at, self.now), [_copy(each) for each in batch]) for at, batch in moments]
        more = takewhile(lambda each: (due is None or each[0] < due) and runs.is_plain(each[1]), apart[1:])
        if runs.is_plain(apart[0][1]):
            try:
                return runs.decide(self._store, self._waiting.book, [apart[0], *more])
            except Exception:
                log.info("Events are decided one by one: one of them could not be", exc_info=True)
        self._decide_one_by_one(moments[0][1])
        return 1

    def _decide_one_by_one(self, batch: Sequence[InboxEvent]) -> None:
        """As workers do: what cannot be decided is set aside, the rest goes on."""
        bulk.append([_copy(each) for each in batch], ignore_conflicts=True)
        with timekeeper.virtually(self.now):
            drain.drain(self._store, self.now)
        InboxEvent.objects.exclude(state=InboxEvent.State.NEW).delete()

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
        at = self._waiting.next(self._worked)
        if at is not None and at <= self.now:
            self._work()

    def _work(self) -> None:
        with timekeeper.virtually(self.now):
            for _ in range(ROUNDS):
                if not self._waiting.work(self.now):
                    break
        self._worked = self.now


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
        connection=event.connection,
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
