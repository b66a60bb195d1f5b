"""Every field: what it tells where everything is known, and that it is unreadable where nothing is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.types import LineItem, Variant
from rules import conditions, placeholders
from rules.facts import CartFacts, CustomerFacts, Facts, OrderFacts, ProductFacts, ReturnFacts
from rules.kinds import BOOL, LISTS, NUMBER, PAIRS, TIME
from rules.purchases import Story
from rules.vocabulary import FIELDS, Field
from tests.rules.examples import ANA, CUSTOMER, NOW, ORDER, PRODUCT, change, facts, ticket

DAY = timedelta(days=1)
ITEMS = (
    LineItem(title="Boots", product_type="Shoes", sku="B-1", quantity=1),
    LineItem(title="Boots", product_type="Shoes", sku="B-2", quantity=2),
    LineItem(title="Gift wrap"),
)
VARIANTS = (
    Variant(id="1", title="42", sku="B-1", price=Decimal("89.90"), stock=4),
    Variant(id="2", title="43", sku="B-2", price=Decimal("79.90"), stock=0),
    Variant(id="3", title="To order"),
)
FULL = facts(
    currency="USD",
    ticket=ticket(via="email", team="Returns", url="https://desk.test/1"),
    customer=msgspec.structs.replace(
        CUSTOMER,
        country="US",
        region="NY",
        email_consent="subscribed",
        sms_consent="never",
        story=Story(first_at=NOW - 90 * DAY, last_at=NOW - DAY),
        open_tickets=1,
        open_returns=0,
    ),
    order=msgspec.structs.replace(
        ORDER, items=ITEMS, placed_at=NOW, tags=("rush",), url="https://shop.test/9"
    ),
    cart=CartFacts(
        id="4", total=Decimal(80), currency="USD", items=ITEMS, started_at=NOW, url="https://s.test"
    ),
    return_=ReturnFacts(id="3", status="requested", items=ITEMS, requested_at=NOW),
    product=msgspec.structs.replace(
        PRODUCT, previous_stock=20, variants=VARIANTS, sold_per_day=Decimal("1.50"), title="Boots"
    ),
)
NOTHING = Facts(change=change(), now=NOW, currency="USD")
EMPTY = Facts(  # the things are there, and what can be unknown about them is
    change=change(),
    now=NOW,
    customer=CustomerFacts(),
    order=OrderFacts(id="1", total=Decimal(), currency="USD"),
    cart=CartFacts(id="1", total=Decimal(), currency="USD"),
    product=ProductFacts(id="1"),
    return_=ReturnFacts(id="1"),
)
every_field = pytest.mark.parametrize("field", FIELDS.values(), ids=lambda each: each.name)


def example(field: Field, op: str) -> Any:
    """A value that this may be asked with."""
    values = {BOOL.noun: True, NUMBER.noun: 1, TIME.noun: "P1D"}  # amounts are numbers too
    one: Any = values.get(field.kind.noun, "x")
    return [one, one] if op in PAIRS else [one] if op in LISTS else one


@every_field
def test_each_operator_that_suits_it_is_answered(field):
    for op in field.kind.tests:
        asked = conditions.parse({"field": field.name, "op": op, "value": example(field, op)})

        assert asked.ask(FULL).passed in (True, False), op
        assert asked.ask(NOTHING).passed is None, op
        assert conditions.parse(asked.to_json()).sentence("ticket") == asked.sentence("ticket")


@every_field
def test_it_can_stand_in_a_text(field):
    text = placeholders.fill(f"{{{field.name}}}", FULL)

    assert "{" not in text
    with pytest.raises(placeholders.Unknowable):
        placeholders.fill(f"{{{field.name}}}", NOTHING)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("order.products", ("Boots", "Gift wrap")),
        ("order.product_types", ("Shoes",)),
        ("cart.skus", ("B-1", "B-2")),
        ("return.products", ("Boots", "Gift wrap")),
        ("product.price", Decimal("79.90")),
        ("product.lowest_stock", 0),
        ("product.sold_out", ("43",)),
        ("product.skus", ("B-1", "B-2")),
        ("product.sold_per_day", Decimal("1.50")),
        ("customer.first_order_at", NOW - 90 * DAY),
        ("customer.open_tickets", 1),
        ("customer.open_returns", 0),
        ("customer.is_held", False),
        ("ticket.waiting_since", NOW - timedelta(hours=1)),
    ],
)
def test_what_is_made_of_the_facts_is_right(name, seen):
    assert FIELDS[name].seen(FULL) == seen


@pytest.mark.parametrize(
    "name",
    [
        "customer.order_count",
        "customer.spent",
        "customer.first_order_at",
        "customer.tags",
        "customer.country",
        "customer.email_consent",
        "customer.open_tickets",
        "customer.open_returns",
        "product.stock",
        "product.lowest_stock",
        "product.price",
        "product.sold_per_day",
        "order.placed_at",
        "cart.started_at",
        "return.requested_at",
    ],
)
def test_what_nobody_told_is_unreadable_though_the_thing_is_there(name):
    field = FIELDS[name]
    op = next(iter(field.kind.tests))
    asked = conditions.parse({"field": name, "op": op, "value": example(field, op)})

    assert asked.ask(EMPTY).passed is None


def test_a_time_in_a_text_can_be_read_by_machines():
    assert placeholders.fill("{order.placed_at} {customer.email}", FULL) == f"{NOW.isoformat()} {ANA}"
