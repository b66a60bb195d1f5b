"""Reads ahead, in one batch, what the marketing tool expects of the people of whom there is news.

Before the store's events are decided and before anybody is the one to decide them: a tool that hangs holds up
nothing but this. What could not be read is not known, and the rules say so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from connectors import connect, timekeeper
from connectors.errors import VendorError
from connectors.limits import Use
from connectors.memory import Memory
from connectors.models import Connection, Store
from connectors.roles import Marketing
from orchestrator.decide import shelves
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, Prediction
from orchestrator.record import health
from rules import publish
from rules.facts import PREDICTED

FRESH = timedelta(hours=24)
NOT_AGAIN = timedelta(minutes=10)  # whom the tool does not know, or while it does not answer
MOST = 300  # events that are looked at

_asked: Memory[bool] = Memory(20_000)


def read(store: Store, now: datetime) -> int:
    """Answers how many predictions are new. Costs nothing where no rule looks at them."""
    if timekeeper.is_virtual() or PREDICTED not in publish.compiled_for([store.pk])[store.pk].wants():
        return 0
    rows = Connection.objects.filter(store=store, is_enabled=True).select_related("store")
    connection = next((row for row in rows if row.role == Marketing.role), None)
    emails = _stale(connection, _people(store), now) if connection else []
    return _read(connection, emails, now) if connection and emails else 0


def _people(store: Store) -> set[str]:
    """Of whom there is news, by their addresses. History is not worth the calls."""
    news = InboxEvent.objects.filter(store=store, state=InboxEvent.State.NEW)
    news = news.exclude(origin=InboxEvent.Origin.IMPORT).exclude(kind__in=["product", Prediction.kind])
    rows = news.order_by("-is_urgent", "source_at", "id")[:MOST]
    return {email for row in rows for email in _emails(row)}


def _emails(row: InboxEvent) -> tuple[str, ...]:
    """Nobody's where it cannot be read: who decides it sets it aside."""
    try:
        return shelves.person_of(inbox.read_body(bytes(row.body))).emails
    except msgspec.MsgspecError:
        return ()


def _stale(connection: Connection, emails: Collection[str], now: datetime) -> list[str]:
    keys = [f"email:{each}" for each in emails]
    fresh = Prediction.objects.filter(
        store=connection.store, vendor=connection.vendor, source_at__gt=now - FRESH
    )
    known = set(fresh.filter(customer__keys__value__in=keys).values_list("customer__keys__value", flat=True))
    return [
        each
        for each in sorted(emails)
        if f"email:{each}" not in known and not _asked.get(_key(connection, each), now - NOT_AGAIN)
    ]


def _read(connection: Connection, emails: Sequence[str], now: datetime) -> int:
    currency = str(connection.account.get("currency") or "")
    count, waiting = 0, iter(emails)
    try:
        vendor = connect.open(connection, use=Use.READING)
        if not isinstance(vendor, Marketing):
            return 0
        while some := list(islice(waiting, vendor.lookup_batch)):
            for each in some:
                _asked.keep(_key(connection, each), now, True)
            found = vendor.predictions(some, currency)
            count += inbox.accept(connection, found, origin=InboxEvent.Origin.POLL, now=now)
    except VendorError as error:
        health.fails(connection, error, now)
    return count


def _key(connection: Connection, email: str) -> str:
    return f"{connection.token}:{email}"
