"""What a shop and its helpdesk told in thirty days, recorded as if it had been decided as it came.

Of twenty events seven are of one order (it is placed, and what follows), five of stock, four of customers,
two of carts and two of tickets. Most of it wakes no rule, as at a real client.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from connectors.models import Connection, Store
from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    Money,
    OrderSnapshot,
    Person,
    ProductSnapshot,
    TicketSnapshot,
    Variant,
)
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, bulk
from rules import publish
from rules.models import Rule

DAYS = 29
PROMPT = timedelta(seconds=2)  # from what came in to what was decided of it
PEOPLE, PRODUCTS = 5_000, 200
CHUNK = 1_000
ORDER_STEPS: tuple[dict[str, Any], ...] = (
    {},
    {"is_paid": True, "payment_status": "paid"},
    {"tags": ("seen",)},
    {"fulfillment_status": "partial"},
    {"is_fulfilled": True, "fulfillment_status": "fulfilled"},
    {"tags": ("sent",)},
    {"tags": ("sent", "arrived")},
)
LARGE = {
    "when": "order.placed",
    "if": {"all": [{"field": "order.total", "op": "gt", "value": 100}]},
    "then": [{"action": "send_event", "with": {"metric": "Large order", "properties": {}}}],
}


def record(count: int, now: datetime) -> Rule:
    """Answers the hold's rule; the custom one is live beside it."""
    store = Store.objects.create(slug="past", name="Past", platform="shopify", currency="USD")
    tools = {name: _connection(store, name, now) for name in ("shopify", "gorgias", "klaviyo")}
    rows = _rows(store, tools, count, now)
    while chunk := list(islice(rows, CHUNK)):
        bulk.append(chunk)
    custom = Rule.objects.create(store=store, name="Large orders", recipe="custom", params=LARGE)
    publish.set_mode(custom, Rule.Mode.LIVE, now=now)
    return Rule.objects.create(store=store, name="Hold", recipe="ticket_hold", params={})


def _connection(store: Store, vendor: str, now: datetime) -> Connection:
    row = Connection.objects.create(store=store, vendor=vendor)
    Connection.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=DAYS + 1))
    return row


def _rows(store: Store, tools: dict[str, Connection], count: int, now: datetime) -> Iterator[InboxEvent]:
    step = timedelta(days=DAYS) / count
    for number in range(count):
        at = now - timedelta(days=DAYS) + number * step
        snapshot = _told(number // 20, number % 20, at)
        tool = tools["gorgias" if isinstance(snapshot, TicketSnapshot) else "shopify"]
        body = inbox.write_body(snapshot)
        yield InboxEvent(
            store=store,
            connection=tool,
            key=inbox.key_of(tool.vendor, snapshot, body),
            kind=snapshot.kind,
            is_urgent=snapshot.kind in inbox.URGENT,
            object_id=snapshot.id,
            source_at=at,
            origin=InboxEvent.Origin.WEBHOOK,
            body=body,
            state=InboxEvent.State.DONE,
            trace=inbox.new_trace(),
            received_at=at,
            decided_at=at + PROMPT,
        )


def _told(block: int, place: int, at: datetime) -> AnySnapshot:
    """The same twenty again and again, each block of other people and other things."""
    if place % 3 == 0:
        return _order(block, place // 3, at)
    if place in (2, 7, 17, 19):
        return CustomerSnapshot(id=_person(block + place).id, source_at=at, person=_person(block + place))
    if place in (1, 14):
        return _ticket(block, at, is_open=place == 1)
    if place in (5, 10):
        return CartSnapshot(
            id=str(block), source_at=at, customer=_person(block), total=_usd(80 + place), started_at=at
        )
    stock = 1_000_000 - block * 20 - place
    variants = (Variant(id=str(block % PRODUCTS), stock=stock),)
    return ProductSnapshot(
        id=str(block % PRODUCTS), source_at=at, title="Boots", variants=variants, stock=stock
    )


def _order(block: int, step: int, at: datetime) -> OrderSnapshot:
    fields = ORDER_STEPS[step]
    total = _usd(40 + block % 4 * 30)
    return OrderSnapshot(
        id=str(block), number=f"#{block}", source_at=at, customer=_person(block), total=total, **fields
    )


def _ticket(block: int, at: datetime, *, is_open: bool) -> TicketSnapshot:
    return TicketSnapshot(
        id=str(block), source_at=at, is_open=is_open, channel="email", customer=_person(block * 7)
    )


def _person(number: int) -> Person:
    number %= PEOPLE
    return Person(id=str(number), name=f"Buyer {number}", emails=(f"buyer{number}@shop.test",))


def _usd(amount: int) -> Money:
    return Money(Decimal(amount), "USD")
