"""What goes with an order: the category that counts, its message, and what to recommend from it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from connectors.types import LineItem

MOST = 6  # recommendations in one message


class Purchased(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order with what is known of its product now. ``price`` is of one, None where not known.

    ``category`` is the product's, else its type; "" where it has neither.
    """

    item: LineItem
    category: str = ""
    price: Decimal | None = None
    is_known: bool = True  # the product

    @property
    def value(self) -> Decimal:
        return (self.price or Decimal()) * self.item.quantity


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """A product among the best sellers of its category. ``left`` is None where it is not counted."""

    product_id: str
    category: str
    title: str = ""
    url: str = ""
    price: Decimal | None = None  # of its cheapest form
    left: int | None = None
    is_on_sale: bool = True  # published, for everybody to see
    is_held: bool = False  # it must not be promised now

    @property
    def is_there(self) -> bool:
        return self.is_on_sale and not self.is_held and (self.left is None or self.left > 0)


def message_for(category: str, messages: Mapping[str, str], other: str) -> str:
    """The message of a category, of the nearest one above it, else ``other``.

    The table names a category in full ("Apparel > Shoes") or by its last part ("Shoes").
    """
    named = {" > ".join(_levels(name)): message for name, message in messages.items()}
    levels = _levels(category)
    for depth in range(len(levels), 0, -1):
        for name in (" > ".join(levels[:depth]), levels[depth - 1]):
            if name in named:
                return named[name]
    return other


def leading(basket: Sequence[Purchased], messages: Mapping[str, str], other: str) -> Purchased | None:
    """The line that the follow-up is about: of those whose category has a message, the one worth most."""
    meant = [each for each in basket if each.category and message_for(each.category, messages, other)]
    return max(meant, key=lambda each: each.value, default=None)  # the first of several


def picks(
    sellers: Sequence[Seller], category: str, not_these: frozenset[str], most: int
) -> tuple[Seller, ...]:
    """The best sellers of a category that can be bought now; ``not_these`` are bought or owned."""
    return tuple(_picks(sellers, category, not_these))[:most]


def _picks(sellers: Sequence[Seller], category: str, not_these: frozenset[str]) -> Iterator[Seller]:
    for each in sellers:
        if each.category == category and each.is_there and each.product_id not in not_these:
            yield each


def _levels(category: str) -> list[str]:
    return [level.strip() for level in category.casefold().split(">")]
