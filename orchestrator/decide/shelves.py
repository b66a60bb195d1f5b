"""What a row of the mirror tells beside the snapshot it keeps, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    CustomerSnapshot,
    OrderSnapshot,
    Person,
    PredictionSnapshot,
    ProductSnapshot,
    ReturnSnapshot,
    TicketSnapshot,
    ViewSnapshot,
)
from orchestrator.decide.mirror import orders, returns
from orchestrator.decide.mirror.told import looks_alike
from orchestrator.models import Cart, Order
from orchestrator.models.mirror import Mirrored
from rules import subjects

ABANDONED_AFTER = timedelta(minutes=60)


class Shelf(NamedTuple):
    """``columns`` are the typed values of a row; ``names`` their names, for bulk writes."""

    columns: Callable[[Any], Mapping[str, Any]]
    names: tuple[str, ...]


def _ticket(told: TicketSnapshot) -> Mapping[str, Any]:
    return {"needs_care": told.needs_care}


def _customer(told: CustomerSnapshot) -> Mapping[str, Any]:
    spent = told.spent
    return {
        "order_count": None if told.is_gone else told.order_count,
        "spent": spent.amount if spent and not told.is_gone else None,
        "currency": spent.currency if spent else "",
        "phone": subjects.number(told.person.phone),
    }


def _order(told: OrderSnapshot) -> Mapping[str, Any]:
    return {
        "standing": standing(told),
        "placed_at": told.placed_at,
        "total": told.total.amount,
        "currency": told.total.currency,
        "refunded": orders.refunded(told),
        "status": orders.status(told),
        "country": told.country,
        "region": told.region,
    }


def standing(told: OrderSnapshot) -> Order.Standing:
    if told.is_test or told.is_gone:
        return Order.Standing.LEFT_OUT
    return Order.Standing.CANCELLED if told.cancelled_at else Order.Standing.COUNTED


def _cart(told: CartSnapshot) -> Mapping[str, Any]:
    """Any change of a cart begins its hour anew."""
    is_over = told.is_gone or told.bought_at
    return {"abandons_at": None if is_over else told.source_at + ABANDONED_AFTER}


def _return(told: ReturnSnapshot) -> Mapping[str, Any]:
    return {"is_open": not returns.is_over(told)}


def _nothing(told: ViewSnapshot | PredictionSnapshot) -> Mapping[str, Any]:
    return {}


def _product(told: ProductSnapshot) -> Mapping[str, Any]:
    return {"title": told.title[:200], "category": category_of(told), "stock": told.stock}


def category_of(told: ProductSnapshot) -> str:
    """The vendor's category, else its type."""
    return (told.category or told.product_type)[:200]


SHELVES: dict[str, Shelf] = {
    "ticket": Shelf(_ticket, ("needs_care",)),
    "customer": Shelf(_customer, ("order_count", "spent", "currency", "phone")),
    "order": Shelf(
        _order,
        ("standing", "placed_at", "total", "currency", "refunded", "status", "country", "region"),
    ),
    "cart": Shelf(_cart, ("abandons_at",)),
    "return": Shelf(_return, ("is_open",)),
    "view": Shelf(_nothing, ()),
    "prediction": Shelf(_nothing, ()),
    "product": Shelf(_product, ("title", "category", "stock")),
}


def columns(row: Mirrored, known: AnySnapshot | None, told: AnySnapshot) -> Mapping[str, Any]:
    """What the row of this snapshot says; ``known`` is what it kept before."""
    values = SHELVES[told.kind].columns(told)
    if isinstance(row, Cart) and _was_told(row, known, told):
        return {**values, "abandons_at": None}
    return values


def _was_told(cart: Cart, known: AnySnapshot | None, told: AnySnapshot) -> bool:
    """It was told to be abandoned, and nothing happened since but what came late, or a new stamp."""
    if cart.abandoned_at is None or known is None:
        return False
    return told.source_at <= cart.abandoned_at or (cart.abandons_at is None and looks_alike(known, told))


def person_of(snapshot: AnySnapshot) -> Person:
    """Whose object it is; nobody's for a product."""
    if isinstance(snapshot, ProductSnapshot):
        return Person()
    if isinstance(snapshot, CustomerSnapshot):
        return snapshot.person
    return snapshot.customer
