"""The words conditions and texts may use: every field of the facts, its kind, and what it can be asked."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from rules.facts import Facts

Test = Callable[[Any, Any], bool]

EQUALITY: dict[str, Test] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "in": lambda seen, wanted: seen in wanted,
    "not_in": lambda seen, wanted: seen not in wanted,
}
ORDER: dict[str, Test] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
PHRASES = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "contains": "contains",
    "exists": "is",
}
PHRASES_OF_MANY = {
    "contains": "include",
    "in": "include one of",
    "not_in": "include none of",
    "exists": "are",
}
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What values a field has. ``operand`` answers None for a value that is not of this kind."""

    noun: str
    operand: Callable[[Any], Any]
    tests: Mapping[str, Test]
    phrases: Mapping[str, str]  # how each test is read aloud
    comparable: Callable[[Any], Any] = lambda value: value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _key(value: Any) -> str | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else _text(value)


def _number(value: Any) -> int | Decimal | None:
    """Fractions as Decimal by their shortest text, so that 0.1 is what was written."""
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _money(value: Any) -> int | Decimal | None:
    if isinstance(value, str):
        return Decimal(value) if AMOUNT.fullmatch(value) else None
    return _number(value)


def _bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


TEXT = Kind(
    noun="a text",
    operand=_text,
    tests=EQUALITY | {"contains": operator.contains},
    phrases=PHRASES,
    comparable=str.casefold,  # people do not tell “Chat” from “chat”, or USD from usd
)
# Vendors tell ids apart by case.
KEY = Kind(noun="a text", operand=_key, tests=EQUALITY, phrases=PHRASES)
NUMBER = Kind(noun="a number", operand=_number, tests=EQUALITY | ORDER, phrases=PHRASES)
MONEY = Kind(noun="a number", operand=_money, tests=EQUALITY | ORDER, phrases=PHRASES)
BOOL = Kind(
    noun="true or false",
    operand=_bool,
    tests={"eq": operator.eq, "ne": operator.ne},
    phrases=PHRASES,
)
TEXTS = Kind(
    noun="a text",
    operand=_text,
    tests={
        "contains": operator.contains,
        "in": lambda seen, wanted: not wanted.isdisjoint(seen),
        "not_in": lambda seen, wanted: wanted.isdisjoint(seen),
    },
    phrases=PHRASES_OF_MANY,
    comparable=lambda value: (
        value.casefold() if isinstance(value, str) else frozenset(each.casefold() for each in value)
    ),
)


PARTS = {"return": "return_"}  # a word of the language cannot name an attribute


class Field(msgspec.Struct, frozen=True):
    """One thing a rule may look at, such as ``order.total``. ``noun`` is how it is read aloud."""

    name: str
    kind: Kind
    noun: str
    read: Callable[[Any], Any] | None = None

    @property
    def part(self) -> str:
        return self.name.partition(".")[0]

    def seen(self, facts: Facts) -> Any:
        """The value, None when it cannot be known."""
        part, _, attribute = self.name.partition(".")
        known = getattr(facts, PARTS.get(part, part))
        if known is None:
            return None
        return self.read(known) if self.read else getattr(known, attribute)


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("order.total", MONEY, "total"),
        Field("order.currency", TEXT, "currency"),
        Field("order.country", TEXT, "country"),
        Field("order.region", TEXT, "region"),
        Field("order.number", TEXT, "number"),
        Field("order.refunded", MONEY, "refunded sum"),
        Field("order.item_count", NUMBER, "number of items"),
        Field("order.payment_status", TEXT, "payment status"),
        Field("order.fulfillment_status", TEXT, "fulfilment status"),
        Field("order.tags", TEXTS, "tags"),
        Field("order.discount_codes", TEXTS, "discount codes"),
        Field("cart.total", MONEY, "total"),
        Field("cart.currency", TEXT, "currency"),
        Field("cart.country", TEXT, "country"),
        Field("cart.item_count", NUMBER, "number of items"),
        Field("cart.is_bought", BOOL, "purchase"),
        Field("return.status", TEXT, "status"),
        Field("return.reason", TEXT, "reason"),
        Field("return.item_count", NUMBER, "number of items"),
        Field("ticket.channel", TEXT, "channel"),
        Field("ticket.via", TEXT, "origin"),
        Field("ticket.status", TEXT, "status", lambda ticket: "open" if ticket.is_open else "closed"),
        Field("ticket.needs_care", BOOL, "need for an answer"),
        Field("ticket.priority", TEXT, "priority"),
        Field("ticket.subject", TEXT, "subject"),
        Field("ticket.tags", TEXTS, "tags"),
        Field("ticket.intents", TEXTS, "intents"),
        Field("ticket.team", TEXT, "team"),
        Field("customer.email", TEXT, "e-mail"),
        Field("customer.name", TEXT, "name"),
        Field("customer.order_count", NUMBER, "number of orders"),
        Field("customer.spent", MONEY, "spend"),
        Field("customer.tags", TEXTS, "tags"),
        Field("customer.country", TEXT, "country"),
        Field("customer.region", TEXT, "region"),
        Field("customer.email_consent", TEXT, "consent to e-mail"),
        Field("customer.sms_consent", TEXT, "consent to text messages"),
        Field("product.id", KEY, "id"),
        Field("product.stock", NUMBER, "stock"),
        Field("product.previous_stock", NUMBER, "previous stock"),
        Field("product.title", TEXT, "title"),
        Field("product.status", TEXT, "status"),
        Field("product.type", TEXT, "type", lambda product: product.product_type),
        Field("product.category", TEXT, "category"),
        Field("product.brand", TEXT, "brand"),
        Field("product.tags", TEXTS, "tags"),
    )
}
