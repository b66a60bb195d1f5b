"""Values that several kinds of objects share: money, tags, people, lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.types import LineItem, Money, Person
from connectors.values import emails, instant, mapping, text
from connectors.vendors.shopify.ids import number

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = Decimal(10) ** 13


def money(value: Any) -> Money | None:
    """``{amount, currencyCode}`` of GraphQL, ``{amount, currency_code}`` of webhooks."""
    given = mapping(value)
    amount = decimal(given.get("amount"))
    currency = text(given.get("currencyCode") or given.get("currency_code"), 3)
    return Money(amount, currency) if amount is not None and currency else None


def decimal(value: Any) -> Decimal | None:
    try:
        amount = Decimal(text(value, 40))
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) >= LARGEST:
        return None
    return plain(amount.quantize(Decimal("0.0001")))


def plain(amount: Decimal) -> Decimal:
    """One way to write it, so that "190.00" and "190" are stored alike; adding nothing undoes 1.9E+2."""
    return amount.normalize() + Decimal()


def tags(value: Any) -> tuple[str, ...]:
    """Webhooks join them with commas."""
    given = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(sorted({text(each, 255) for each in given if text(each, 255)}))


def stamp(value: Any) -> datetime:
    """Raises ValueError when there is none: without it nothing can be put in order."""
    found = instant(value)
    if found is None:
        raise ValueError("The object from Shopify carries no time of its last change.")
    return found


def buyer(id_: Any, addresses: Iterable[Any]) -> Person:
    """Names and telephones differ between webhook and query, so they stay with the customer's record."""
    return Person(id=number(id_), emails=emails(addresses))


def whole(value: Any) -> int | None:
    """A whole number, also one written as text; within what every database stores."""
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 2**31 else None


def line(row: dict[str, Any], quantity: Any, variant: Any, product: Any) -> LineItem:
    return LineItem(
        product_id=number(product),
        variant_id=number(variant),
        sku=text(row.get("sku"), 100),
        title=text(row.get("title")),
        quantity=whole(quantity) or 0,
    )


def in_order(lines: Iterable[LineItem]) -> tuple[LineItem, ...]:
    """Webhook and query may list them differently."""
    return tuple(
        sorted(
            lines, key=lambda each: (each.product_id, each.variant_id, each.sku, each.title, each.quantity)
        )
    )
