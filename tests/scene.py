"""The cast of most tests: a client, its connections, its rules, and snapshots of tickets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.models import Connection, Store
from connectors.types import AnySnapshot, Person, TicketSnapshot
from orchestrator.decide import drain
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, Suppression, VendorState
from rules import publish
from rules.models import Rule

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes into the story."""
    return START + timedelta(minutes=minutes)


def client(slug: str = "north-ridge", vendors: Iterable[str] = ("gorgias", "klaviyo")) -> Store:
    """A client whose connections are older than the story."""
    store = Store.objects.create(slug=slug, name=slug.replace("-", " ").title(), platform="shopify")
    for vendor in vendors:
        connection = Connection.objects.create(store=store, vendor=vendor)
        Connection.objects.filter(pk=connection.pk).update(created_at=at(-60))
    return store


def connection(store: Store, vendor: str) -> Connection:
    return Connection.objects.select_related("store").get(store=store, vendor=vendor)


def live_rule(store: Store, recipe: str = "ticket_hold", mode: str = "live", **params: Any) -> Rule:
    """A rule that runs since before the story."""
    rule = Rule.objects.create(store=store, name=f"{recipe} {mode}", recipe=recipe, params=params)
    publish.set_mode(rule, mode, now=at(-30))
    return rule


def ticket(number: int = 555, minutes: float = 0, **fields: Any) -> TicketSnapshot:
    """A ticket as the helpdesk tells it so many minutes into the story."""
    email = fields.pop("email", "ana@shop.test")
    person = Person(id=str(8000 + number), emails=(email,) if email else ())
    values = {"is_open": True, "channel": "email", "customer": person, "created_at": at(0), **fields}
    return TicketSnapshot(id=str(number), source_at=at(minutes), **values)


def hear(
    store: Store,
    *snapshots: AnySnapshot,
    now: datetime | None = None,
    origin: InboxEvent.Origin = InboxEvent.Origin.WEBHOOK,
) -> None:
    """The helpdesk tells these, and the store decides."""
    moment = now or at(1)
    inbox.accept(connection(store, "gorgias"), snapshots, origin=origin, now=moment)
    drain.drain(store, moment)


def held(store: Store) -> set[str]:
    """Whom the ledger silences."""
    return set(Suppression.objects.open().filter(store=store).values_list("subject", flat=True))


def wanted_on_list(store: Store) -> set[str]:
    """Whom we want on the hold list."""
    rows = VendorState.objects.filter(connection__store=store, key="hold_list", wanted=True)
    return set(rows.values_list("subject", flat=True))
