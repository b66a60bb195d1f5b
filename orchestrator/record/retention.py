"""Deletes what is over its time, client by client, a little at a time; the run log is written to files first.

What is over its time changes at midnight UTC only, so that each client is gone through once a day.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet

from connectors.models import Connection, Store
from orchestrator.models import (
    Delivery,
    Enrolment,
    InboxEvent,
    IssuedCode,
    OutboxAction,
    RunLogEntry,
    Suppression,
    View,
)
from orchestrator.record import archive, attention, export, runlog

SLICE = 100  # rows in one transaction: as long as a writer may have to wait for it
REST = 5.0  # times as long as it took, so that everybody else writes in between
DEFAULT_DAYS = 400  # of lines that belong to no client, as long as there is none
OUT = OutboxAction.State
AT = export.NAMES.index("at")
KEY = export.NAMES.index("id")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Whose rows, and how many days each kind is kept; 0 is for ever."""

    store_id: int | None  # None: lines that belong to no client
    name: str
    folder: str
    deliveries: int = 0
    events: int = 0
    run_log: int
    is_archived: bool

    @property
    def codes(self) -> int:
        """Discount codes are counted for thirty days, however short the run log is kept."""
        return self.run_log and max(self.run_log, 31)

    @property
    def of_owner(self) -> dict[str, Any]:
        return {"store_id": self.store_id}

    @classmethod
    def of(cls, store: Store) -> Kept:
        return cls(
            store_id=store.pk,
            name=store.name,
            folder=f"{store.slug}.{store.pk}",  # a short name may pass to another client
            deliveries=store.keep_deliveries,
            events=store.keep_events,
            run_log=store.keep_run_log,
            is_archived=store.is_archived,
        )

    @classmethod
    def of_nobody(cls) -> Kept:
        """Lines of no client are kept as long as those of the client that keeps them longest."""
        days = Store.objects.aggregate(longest=Max("keep_run_log"), shortest=Min("keep_run_log"))
        return cls(
            store_id=None,
            name="lines of no client",
            folder="no-client.0",
            run_log=DEFAULT_DAYS if days["longest"] is None else days["shortest"] and days["longest"],
            is_archived=not Store.objects.exists() or Store.objects.filter(is_archived=True).exists(),
        )


class Shelf(msgspec.Struct, frozen=True):
    """A table of which old rows go. ``begun`` is older than what makes a row go, and grows with its key."""

    title: tuple[str, str]
    model: Any
    begun: str
    days: str  # the name in Kept
    over: Q  # what may go at all: nothing that is undecided, unread, unsettled, open, or needs a person
    ended: str  # and when it must have been so

    def rows(self, owner: Kept) -> list[QuerySet[Any]]:
        """Parts that an index walks through by key."""
        rows = self.model._base_manager.order_by("pk")  # also of rules in shadow
        if self.model is not Delivery:
            return [rows.filter(**owner.of_owner)]
        connections = Connection.objects.filter(**owner.of_owner).order_by("pk")
        return [rows.filter(connection_id=pk) for pk in connections.values_list("pk", flat=True)]


SHELVES = (
    Shelf(
        ("delivery", "deliveries"),
        Delivery,
        "received_at",
        "deliveries",
        Q(state=Delivery.State.READ),
        "received_at",
    ),
    Shelf(
        ("event", "events"),
        InboxEvent,
        "received_at",
        "events",
        Q(state=InboxEvent.State.DONE),
        "received_at",
    ),
    Shelf(("view", "views"), View, "confirmed_at", "events", Q(), "source_at"),
    Shelf(
        ("action", "actions"),
        OutboxAction,
        "created_at",
        "run_log",
        # What was set and stays so is remembered, unless it was of somebody who had to be forgotten.
        Q(state__in=[OUT.SKIPPED, OUT.FAILED]) | Q(state=OUT.DONE) & (Q(is_state=False) | Q(setting="")),
        "settled_at",
    ),
    Shelf(
        ("suppression", "suppressions"),
        Suppression,
        "opened_at",
        "run_log",
        Q(closed_at__isnull=False),
        "closed_at",
    ),
    Shelf(("sequence", "sequences"), Enrolment, "began_at", "run_log", Q(ended_at__isnull=False), "ended_at"),
    Shelf(("discount code", "discount codes"), IssuedCode, "issued_at", "codes", Q(), "issued_at"),
)


class Budget:
    """How long a run may go on."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_left(self) -> bool:
        return time.monotonic() < self._end


_gone_through: dict[int | None, tuple[Kept, datetime]] = {}  # by this process: whose, and for which midnight


def everybody() -> list[Kept]:
    return [*map(Kept.of, Store.objects.order_by("pk")), Kept.of_nobody()]


def due(now: datetime) -> list[Kept]:
    """Whose rows this process has not gone through to the end since midnight (or since staff changed it)."""
    return [each for each in everybody() if _gone_through.get(each.store_id) != (each, _midnight(now))]


def forget() -> None:
    """Go through everybody's rows again."""
    _gone_through.clear()


def purge(owner: Kept, now: datetime, budget: Budget) -> int:
    """Delete of one client what is over its time, until that or the budget is used up; answers how many rows.

    One line in the run log tells of it. A file that cannot be written keeps the run log whole, and is shown.
    """
    done: Counter[tuple[str, str]] = Counter()
    try:
        for shelf in SHELVES if owner.store_id else ():
            if cutoff := _cutoff(getattr(owner, shelf.days), now):
                _purge_shelf(shelf, owner, cutoff, budget, done)
        if cutoff := _cutoff(owner.run_log, now):
            _purge_log(owner, cutoff, now, budget, done)
    finally:
        if done:
            runlog.note("purged", store_id=owner.store_id, told=told(done))
    if not done and budget.is_left():
        _gone_through[owner.store_id] = (owner, _midnight(now))
    return done.total()


def overdue(owner: Kept, now: datetime) -> Counter[tuple[str, str]]:
    """How much would go now. Counts row by row, so it is for people who ask, not for pages."""
    found: Counter[tuple[str, str]] = Counter()
    for shelf in SHELVES if owner.store_id else ():
        if cutoff := _cutoff(getattr(owner, shelf.days), now):
            over = shelf.over & Q(**{f"{shelf.ended}__lt": cutoff})
            found[shelf.title] = sum(rows.filter(over).count() for rows in shelf.rows(owner))
    if cutoff := _cutoff(owner.run_log, now):
        found[_LINES] = RunLogEntry.objects.filter(**owner.of_owner, at__lt=cutoff).count()
    return +found


def told(counts: Counter[tuple[str, str]]) -> str:
    parts = [f"{count:,} {title[count != 1]}" for title, count in counts.items()]
    return ", ".join(parts) or "nothing"


_LINES = ("line of the run log", "lines of the run log")


def _cutoff(days: int, now: datetime) -> datetime | None:
    return _midnight(now) - timedelta(days=days) if days else None


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _purge_shelf(
    shelf: Shelf, owner: Kept, cutoff: datetime, budget: Budget, done: Counter[tuple[str, str]]
) -> None:
    """Walks from the oldest row on; the first that is young enough ends it."""
    over = Q(shelf.over, **{f"{shelf.ended}__lt": cutoff})
    for rows in shelf.rows(owner):
        mark = 0
        while budget.is_left():
            began = time.monotonic()
            seen = list(rows.filter(pk__gt=mark).values_list("pk", shelf.begun)[:SLICE])
            old = [pk for pk, begun in seen if begun < cutoff]
            if not old:
                break
            mark = seen[-1][0]
            count, _ = shelf.model._base_manager.filter(over, pk__in=old).delete()
            if count:
                done[shelf.title] += count
                time.sleep(REST * (time.monotonic() - began))
            if len(old) < SLICE:
                break


def _purge_log(
    owner: Kept, cutoff: datetime, now: datetime, budget: Budget, done: Counter[tuple[str, str]]
) -> None:
    old = RunLogEntry.objects.filter(**owner.of_owner, at__lt=cutoff).order_by("at", "id")
    try:
        while budget.is_left():
            began = time.monotonic()
            count = (
                _archive_slice(owner, old)
                if owner.is_archived
                else _delete(old.values_list("pk", flat=True)[:SLICE])
            )
            if not count:
                break
            done[_LINES] += count
            time.sleep(REST * (time.monotonic() - began))
    except archive.Busy:
        return
    except OSError as error:
        sentence = (
            f"{owner.name}: the run log cannot be archived in {settings.ARCHIVE_DIR} "
            f"({error.strerror}). Nothing of it is deleted until that is mended."
        )
        attention.call("archive_failing", sentence, now=now, store=owner.store_id)
        return
    attention.clear("archive_failing", now=now, store_id=owner.store_id)


def _archive_slice(owner: Kept, old: QuerySet[RunLogEntry]) -> int:
    """Some lines of one month: written, on the disk, and only then deleted.

    Killed in between, they are written once more; the same ``id`` says that it is the same line.
    """
    first = old.values_list("at", flat=True).first()
    if first is None:
        return 0
    month = f"{first.astimezone(UTC):%Y-%m}"
    path = Path(settings.ARCHIVE_DIR) / owner.folder / f"run-log-{month}.csv.gz"
    with archive.opened(path) as file:
        rows = [row for row in export.read(old)[:SLICE] if f"{row[AT].astimezone(UTC):%Y-%m}" == month]
        if rows:  # else another worker had them just now
            end = archive.end(file)
            archive.append(path, file, (b"" if end else export.header()) + export.lines(rows), end)
        return _delete([row[KEY] for row in rows])


def _delete(keys: Iterable[int]) -> int:
    count, _ = RunLogEntry.objects.filter(pk__in=list(keys)).delete()
    return count
