"""What a storefront tells: orders, carts, products, customers and returns, so many minutes into the story."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.models import Connection, Cursor, Store
from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    Money,
    OrderSnapshot,
    Person,
    ProductSnapshot,
    ReturnSnapshot,
    Variant,
)
from orchestrator.decide import drain
from orchestrator.intake import inbox, polling
from orchestrator.models import InboxEvent, RunLogEntry
from orchestrator.models.mirror import MIRRORS
from tests import scene
from tests.scene import at

Origin = InboxEvent.Origin
ANA = Person(id="9001", name="Ana", emails=("ana@shop.test",))


def usd(amount: str | int) -> Money:
    return Money(Decimal(amount), "USD")


def order(number: int = 1001, minutes: float = 0, total: str | int = 50, **fields: Any) -> OrderSnapshot:
    values = {"customer": ANA, "total": usd(total), "number": f"#{number}", "placed_at": at(0), **fields}
    return OrderSnapshot(id=str(number), source_at=at(minutes), **values)


def cart(number: int = 1, minutes: float = 0, total: str | int = 80, **fields: Any) -> CartSnapshot:
    values = {"customer": ANA, "total": usd(total), "started_at": at(0), **fields}
    return CartSnapshot(id=str(number), source_at=at(minutes), **values)


def product(number: int = 7, minutes: float = 0, stock: int | None = 10, **fields: Any) -> ProductSnapshot:
    variants = (Variant(id=f"{number}1", stock=stock),)
    values = {"title": "Linen shirt", "status": "active", "variants": variants, "stock": stock, **fields}
    return ProductSnapshot(id=str(number), source_at=at(minutes), **values)


def record(number: int = 9001, minutes: float = 0, **fields: Any) -> CustomerSnapshot:
    person = fields.pop("person", Person(id=str(number), name="Ana", emails=("ana@shop.test",)))
    return CustomerSnapshot(id=str(number), source_at=at(minutes), person=person, **fields)


def parcel(number: int = 3, minutes: float = 0, status: str = "requested", **fields: Any) -> ReturnSnapshot:
    values = {"customer": ANA, "order_id": "1001", "requested_at": at(0), **fields}
    return ReturnSnapshot(id=str(number), source_at=at(minutes), status=status, **values)


def shop(slug: str = "north-ridge", vendors: tuple[str, ...] = ("shopify", "gorgias", "klaviyo")) -> Store:
    store = scene.client(slug, vendors=vendors)
    Store.objects.filter(pk=store.pk).update(currency="USD")
    store.refresh_from_db()
    return store


def hear(
    store: Store, *snapshots: AnySnapshot, now: datetime | None = None, origin: Origin = Origin.WEBHOOK
) -> None:
    """The storefront tells these, and the store decides."""
    moment = now or max((each.source_at for each in snapshots), default=at(0))
    inbox.accept(scene.connection(store, "shopify"), snapshots, origin=origin, now=moment)
    drain.drain(store, moment)


def is_fresh(store: Store, minutes: float) -> None:
    """Nothing new happens at the vendors: what we know was read just now."""
    for table in MIRRORS.values():
        table._default_manager.filter(store=store).update(confirmed_at=at(minutes))
    for tool in Connection.objects.filter(store=store):
        moved = {"moved_at": at(minutes)}
        Cursor.objects.update_or_create(connection=tool, stream=polling.STREAM, defaults=moved)


def transitions() -> list[str]:
    """All that was told, in order."""
    rows = RunLogEntry.objects.filter(kind="event").order_by("pk")
    return [each for row in rows for each in row.details.get("transitions", ())]
