"""What a storefront told of one person, for pages of the console."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db.models import Model

from connectors.models import Store
from orchestrator.models import Cart, Customer, CustomerKey, CustomerRecord, Order, Product, Return, Ticket


def mirrored(owner: Store, number: int, at: datetime) -> list[Model]:
    """An order, a cart, a return, a record and a ticket of one person, and a product."""
    email = f"ana{number}@{owner.slug}.test"
    person = Customer.objects.create(store=owner, key=f"email:{email}", name=f"Ana {number}", updated_at=at)
    CustomerKey.objects.create(store=owner, customer=person, value=person.key)
    whose = {"emails": [email]}
    money = {"amount": "50.00", "currency": "USD"}
    rows: list[tuple[type[Any], dict[str, Any], dict[str, Any]]] = [
        (Order, {"total": 50, "currency": "USD", "standing": "counted"}, {"total": money, "customer": whose}),
        (Cart, {"abandons_at": at}, {"total": money, "customer": whose}),
        (Return, {"is_open": True}, {"status": "requested", "customer": whose}),
        (
            CustomerRecord,
            {"order_count": 3, "spent": 120, "currency": "USD"},
            {"person": whose, "tags": ["wholesale"]},
        ),
        (Ticket, {"needs_care": True}, {"is_open": True, "subject": "Where is it?", "customer": whose}),
        (Product, {"title": f"Shirt of {owner}", "stock": 4}, {"title": f"Shirt of {owner}", "stock": 4}),
    ]
    return [_mirrored(table, person, number, at, columns, told) for table, columns, told in rows]


def _mirrored(
    table: type[Any],
    person: Customer,
    number: int,
    at: datetime,
    columns: dict[str, Any],
    told: dict[str, Any],
) -> Model:
    body = {"kind": table.kind, "id": str(number), "source_at": at.isoformat(), **told}
    whose = {} if table is Product else {"customer": person}
    made: Model = table.objects.create(
        store=person.store,
        vendor=person.store.platform,
        object_id=str(number),
        source_at=at,
        confirmed_at=at,
        body=json.dumps(body).encode(),
        **whose,
        **columns,
    )
    return made
