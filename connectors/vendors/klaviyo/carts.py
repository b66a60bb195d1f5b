"""Carts as Klaviyo hears of them: a checkout that was begun, and the order that ends it.

The events name no common thing, so the newest checkout of a profile is that person's cart, under the id of
the profile, and an order after it ends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.types import CartSnapshot, LineItem, Money
from connectors.values import instant, mapping, rows, text
from connectors.vendors.klaviyo.api import Item, attributes
from connectors.vendors.klaviyo.happenings import PRODUCT_IDS, TITLES, by_letters, first, number, person

Told = Mapping[str, Any]

SUMS = ("value", "total", "totalprice", "grandtotal")
CURRENCIES = ("currencycode", "currency", "valuecurrency", "presentmentcurrency")
ADDRESSES = ("checkouturl", "responsivecheckouturl", "abandonedcheckouturl", "carturl")
LISTS = ("items", "lineitems")
VARIANTS = ("variantid", "variationid")
A_MOMENT = timedelta(microseconds=1)  # events count whole seconds: an order of the same second comes after


def checkout(event: Item, people: Mapping[str, Item]) -> CartSnapshot | None:
    """Raises ValueError when it tells no value: then nobody can say which message it deserves."""
    total = _total(_told(event))
    if total is None:
        raise ValueError("no value")
    return _cart(event, people, total)


def purchase(event: Item, people: Mapping[str, Item]) -> CartSnapshot | None:
    """That it was bought counts, whatever else is missing."""
    return _cart(event, people, _total(_told(event)) or Decimal(), is_bought=True)


def newest(carts: Sequence[CartSnapshot]) -> Iterator[CartSnapshot]:
    """What each person's cart is now."""
    found = {each.id: each for each in sorted(carts, key=lambda each: each.source_at)}
    yield from found.values()


def _cart(
    event: Item, people: Mapping[str, Item], total: Decimal, *, is_bought: bool = False
) -> CartSnapshot | None:
    who, at, told = person(event, people), instant(attributes(event).get("datetime")), _told(event)
    if not who.id or at is None:
        return None
    changed_at: datetime = at + A_MOMENT if is_bought else at
    return CartSnapshot(
        id=who.id,
        source_at=changed_at,
        customer=who,
        total=Money(total, _currency(told)),
        items=tuple(_line(each) for each in _items(told)),
        started_at=at,
        bought_at=at if is_bought else None,
        url=text(first(told, ADDRESSES), 2000),
    )


def _told(event: Item) -> Told:
    """The event's own properties before those that an integration keeps in its ``extra``."""
    told = by_letters(mapping(attributes(event).get("event_properties")))
    return {**by_letters(mapping(told.get("extra"))), **told}


def _items(told: Told) -> list[Told]:
    """A list of names alone (as some keep beside it) tells too little."""
    own = by_letters(mapping(told.get("extra")))
    lists = (rows(where.get(name)) for where in (told, own) for name in LISTS)
    return [by_letters(each) for each in next(filter(None, lists), [])]


def _line(told: Told) -> LineItem:
    return LineItem(
        product_id=number(first(told, PRODUCT_IDS)),
        variant_id=number(first(told, VARIANTS)),
        sku=text(told.get("sku")),
        title=text(first(told, TITLES)),
        quantity=int(_amount(told.get("quantity")) or 0),
    )


def _total(told: Told) -> Decimal | None:
    return next((found for name in SUMS if (found := _amount(told.get(name))) is not None), None)


def _amount(value: Any) -> Decimal | None:
    """None for what is no sum of money a shop could mean."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 10**12 else None


def _currency(told: Told) -> str:
    """Capital letters of ISO 4217; "" where the event names none: it is never guessed."""
    found = text(first(told, CURRENCIES), 4).upper()
    return found if len(found) == 3 and found.isalpha() and found.isascii() else ""
