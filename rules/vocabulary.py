"""The words conditions and texts may use: every field of the facts, its kind, and what reading it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from rules.facts import PREDICTED, RECORD, RETURNS, SALES, TICKETS, CustomerFacts, Facts, ProductFacts
from rules.kinds import BOOL, KEY, MONEY, NUMBER, TEXT, TEXTS, TIME, Kind

PARTS = {"return": "return_"}  # a word of the language cannot name an attribute
NEVER = ""  # of a time: it is known that there was none

Amounts = Mapping[str, Decimal]


class Field(msgspec.Struct, frozen=True):
    """One thing a rule may look at, such as ``order.total``. ``noun`` is how it is read aloud.

    ``wants`` names what has to be gathered for it beyond the object that changed, "" when nothing.
    ``amounts`` gives money by currency ("" is the client's own), None when it is not known.
    """

    name: str
    kind: Kind
    noun: str
    read: Callable[[Any], Any] | None = None
    wants: str = ""
    amounts: Callable[[Any], Amounts | None] | None = None

    @property
    def part(self) -> str:
        return self.name.partition(".")[0]

    def seen(self, facts: Facts) -> Any:
        """The value, None when it cannot be known."""
        known = self._known(facts)
        if known is None:
            return None
        return self.read(known) if self.read else getattr(known, self.name.partition(".")[2])

    def money(self, facts: Facts) -> Amounts | None:
        """The value by currency, for fields that are money. None when it cannot be known."""
        known = self._known(facts)
        return self.amounts(known) if self.amounts and known is not None else None

    def _known(self, facts: Facts) -> Any:
        return getattr(facts, PARTS.get(self.part, self.part))


def _titles(known: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.title for each in known.items if each.title))


def _types(known: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.product_type for each in known.items if each.product_type))


def _skus(known: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.sku for each in known.items if each.sku))


def _first_order(customer: CustomerFacts) -> Any:
    """Where not all orders are known, the first one is not."""
    story = customer.story
    return (story.first_at or (NEVER if story.is_whole else None)) if story else None


def _last_order(customer: CustomerFacts) -> Any:
    story = customer.story
    return (story.last_at or (NEVER if story.is_whole else None)) if story else None


def _expected(customer: CustomerFacts) -> Amounts | None:
    told = customer.predicted
    return {told.currency: told.amount} if told else None


def _spent(customer: CustomerFacts) -> Amounts | None:
    return customer.spent_by_currency or (None if customer.spent is None else {"": customer.spent})


def _lowest_stock(product: ProductFacts) -> int | None:
    return min((each.stock for each in product.variants if each.stock is not None), default=None)


def _sold_out(product: ProductFacts) -> tuple[str, ...]:
    return tuple(each.title for each in product.variants if each.stock is not None and each.stock <= 0)


def _price(product: ProductFacts) -> Decimal | None:
    return min((each.price for each in product.variants if each.price is not None), default=None)


def _priced(product: ProductFacts) -> Amounts | None:
    price = _price(product)
    return None if price is None else {"": price}


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("order.id", KEY, "id"),
        Field("order.number", TEXT, "number"),
        Field("order.total", MONEY, "total", amounts=lambda order: {order.currency: order.total}),
        Field(
            "order.refunded", MONEY, "refunded sum", amounts=lambda order: {order.currency: order.refunded}
        ),
        Field("order.currency", TEXT, "currency"),
        Field("order.country", TEXT, "country"),
        Field("order.region", TEXT, "region"),
        Field("order.item_count", NUMBER, "number of items"),
        Field("order.products", TEXTS, "products", _titles),
        Field("order.product_types", TEXTS, "types of product", _types),
        Field("order.skus", TEXTS, "SKUs", _skus),
        Field("order.payment_status", TEXT, "payment status"),
        Field("order.fulfillment_status", TEXT, "fulfilment status"),
        Field("order.is_cancelled", BOOL, "cancellation"),
        Field("order.tags", TEXTS, "tags"),
        Field("order.discount_codes", TEXTS, "discount codes"),
        Field("order.placed_at", TIME, "beginning"),
        Field("order.url", TEXT, "address"),
        Field("cart.id", KEY, "id"),
        Field("cart.total", MONEY, "total", amounts=lambda cart: {cart.currency: cart.total}),
        Field("cart.currency", TEXT, "currency"),
        Field("cart.country", TEXT, "country"),
        Field("cart.region", TEXT, "region"),
        Field("cart.item_count", NUMBER, "number of items"),
        Field("cart.products", TEXTS, "products", _titles),
        Field("cart.product_types", TEXTS, "types of product", _types),
        Field("cart.skus", TEXTS, "SKUs", _skus),
        Field("cart.is_bought", BOOL, "purchase"),
        Field("cart.started_at", TIME, "beginning"),
        Field("cart.url", TEXT, "address"),
        Field("return.id", KEY, "id"),
        Field("return.status", TEXT, "status"),
        Field("return.is_over", BOOL, "end"),
        Field("return.reason", TEXT, "reason"),
        Field("return.order_number", TEXT, "order number"),
        Field("return.item_count", NUMBER, "number of items"),
        Field("return.products", TEXTS, "products", _titles),
        Field("return.skus", TEXTS, "SKUs", _skus),
        Field("return.requested_at", TIME, "beginning"),
        Field("return.label_url", TEXT, "label"),
        Field("ticket.id", KEY, "id"),
        Field("ticket.channel", TEXT, "channel"),
        Field("ticket.via", TEXT, "origin"),
        Field("ticket.status", TEXT, "status", lambda ticket: "open" if ticket.is_open else "closed"),
        Field("ticket.needs_care", BOOL, "need for an answer"),
        Field("ticket.is_spam", BOOL, "being spam"),
        Field("ticket.priority", TEXT, "priority"),
        Field("ticket.subject", TEXT, "subject"),
        Field("ticket.tags", TEXTS, "tags"),
        Field("ticket.intents", TEXTS, "intents", wants="ticket.intents"),  # a call for each ticket
        Field("ticket.team", TEXT, "team"),
        Field("ticket.created_at", TIME, "beginning"),
        Field("ticket.waiting_since", TIME, "wait"),
        Field("ticket.url", TEXT, "address"),
        Field("customer.email", TEXT, "e-mail"),
        Field("customer.name", TEXT, "name"),
        Field("customer.order_count", NUMBER, "number of orders", wants=RECORD),
        Field("customer.spent", MONEY, "spend", wants=RECORD, amounts=_spent),
        Field(
            "customer.predicted_value",
            MONEY,
            "predicted lifetime value",
            wants=PREDICTED,
            amounts=_expected,
        ),
        Field("customer.first_order_at", TIME, "first order", _first_order, RECORD),
        Field("customer.last_order_at", TIME, "last order", _last_order, RECORD),
        Field("customer.tags", TEXTS, "tags", wants=RECORD),
        Field("customer.country", TEXT, "country", wants=RECORD),
        Field("customer.region", TEXT, "region", wants=RECORD),
        Field("customer.email_consent", TEXT, "consent to e-mail", wants=RECORD),
        Field("customer.sms_consent", TEXT, "consent to text messages", wants=RECORD),
        Field("customer.is_held", BOOL, "hold"),
        Field("customer.open_tickets", NUMBER, "number of open tickets", wants=TICKETS),
        Field("customer.open_returns", NUMBER, "number of open returns", wants=RETURNS),
        Field("product.id", KEY, "id"),
        Field("product.title", TEXT, "title"),
        Field("product.status", TEXT, "status"),
        Field("product.type", TEXT, "type", lambda product: product.product_type),
        Field("product.category", TEXT, "category"),
        Field("product.brand", TEXT, "brand"),
        Field("product.tags", TEXTS, "tags"),
        Field("product.skus", TEXTS, "SKUs", lambda product: tuple(v.sku for v in product.variants if v.sku)),
        Field("product.price", MONEY, "lowest price", _price, amounts=_priced),
        Field("product.stock", NUMBER, "stock"),
        Field("product.previous_stock", NUMBER, "previous stock"),
        Field("product.lowest_stock", NUMBER, "lowest stock of a variant", _lowest_stock),
        Field("product.sold_out", TEXTS, "sold-out variants", _sold_out),
        Field("product.sold_per_day", NUMBER, "sales a day", wants=SALES),
        Field("product.url", TEXT, "address"),
        Field("product.admin_url", TEXT, "address in the storefront's admin"),
    )
}


def alike(name: Any) -> list[str]:
    """The fields of the thing that a wrong name speaks of, all of them where it speaks of none."""
    part = name.partition(".")[0] if isinstance(name, str) else ""
    return [field.name for field in FIELDS.values() if field.part == part] or list(FIELDS)
