"""Orders: a webhook and a query tell the same, and what a webhook does not tell is read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.types import LineItem, Money, OrderSnapshot, Person, Reference
from connectors.vendors.shopify import orders
from tests.connectors.accounts import FakeAccount
from tests.connectors.vendors.shopify.payloads import payload
from tests.connectors.vendors.shopify.told import heard, read

SHOP = "north-ridge.myshopify.com"
BOOT = LineItem(product_id="8001", variant_id="8501", sku="BOOT-42", title="Trail Boot", quantity=2)


def order(name: str) -> OrderSnapshot:
    return orders.from_webhook(payload(name), SHOP)


def bought(account: FakeAccount, **fields: Any) -> dict[str, Any]:
    product = account.seed(products=[{"title": "Boot", "variants": [{"sku": "B1"}, {"sku": "B2"}]}])
    variants = [
        each["id"] for each in account.state()["variants"] if each["product_id"] == product["products"][0]
    ]
    lines = [{"variant_id": variants[1], "quantity": 1}, {"variant_id": variants[0], "quantity": 3}]
    made: dict[str, Any] = account.do("order_create", **{"line_items": lines, **fields})
    return made


def test_a_paid_order_is_told_in_full():
    assert order("order_paid") == OrderSnapshot(
        id="5501",
        source_at=datetime(2026, 11, 22, 9, 58, 3, tzinfo=UTC),
        number="#1501",
        customer=Person(id="7001", emails=("ana@shop.test",)),
        total=Money(Decimal("120.5"), "USD"),
        presented=Money(Decimal("111.2"), "EUR"),
        refunded=Money(Decimal("0"), "USD"),
        items=(BOOT,),
        country="US",
        region="CO",
        is_paid=True,
        payment_status="paid",
        fulfillment_status="unfulfilled",
        tags=("b2b", "gift"),
        discount_codes=("WELCOME10",),
        cart_id="9f3a",
        placed_at=datetime(2026, 11, 22, 9, 58, 2, tzinfo=UTC),
        url="https://admin.shopify.com/store/north-ridge/orders/5501",
    )


def test_an_order_of_nobody_known_is_an_order_all_the_same():
    guest = order("order_of_a_guest")

    assert guest.customer == Person()
    assert (guest.country, guest.region) == ("", "")
    assert guest.total == Money(Decimal("120.5"), "USD")


def test_only_what_was_really_paid_back_counts_as_refunded():
    refunded = order("order_refunded")

    assert refunded.refunded == Money(Decimal("20"), "USD")
    assert refunded.total == Money(Decimal("100.5"), "USD")
    assert refunded.is_paid
    assert (refunded.payment_status, refunded.fulfillment_status) == (
        "partially_refunded",
        "partially_fulfilled",
    )
    assert [each.quantity for each in refunded.items] == [1]


def test_custom_lines_and_deleted_products_have_no_product():
    items = order("order_with_custom_and_deleted_lines").items

    assert [(each.product_id, each.sku) for each in items] == [("", ""), ("", "OLD"), ("8001", "BOOT-42")]


def test_a_cancelled_test_order_says_both():
    cancelled = order("order_cancelled_test")

    assert cancelled.is_test
    assert not cancelled.is_paid
    assert cancelled.cancelled_at == datetime(2026, 11, 22, 10, 10, tzinfo=UTC)
    assert cancelled.customer == Person(emails=("ana@shop.test",))


def test_odd_text_is_made_storable():
    odd = order("order_with_odd_text")

    assert odd.number == "#1501 <script>"
    assert odd.tags == ("ab", "gift", "x" * 255)
    assert odd.discount_codes == ("Ü-10",)
    assert [(each.product_id, each.variant_id, each.sku, each.quantity) for each in odd.items] == [
        ("8001", "", "7", 0),
        ("8001", "8501", "BOOT-42", 2),
    ]


@pytest.mark.parametrize(
    "name", ["order_without_protected_data", "order_without_lines", "order_refunded_abroad"]
)
@pytest.mark.parametrize("topic", ["orders/create", "orders/updated", "orders/paid"])
def test_what_a_webhook_does_not_tell_is_read(shopify, name, topic):
    told = heard(shopify, topic, payload(name))

    assert not told.snapshots
    assert told.references == [Reference(kind="order", id="5501")]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "Ana@Shop.test"},
        {"email": None, "customer": {"phone": "+15005550006"}},
        {"email": "ana@shop.test", "tags": "b, a,, c", "test": True},
        {"email": "ana@shop.test", "shipping_address": {"country_code": "DE", "province_code": None}},
        {"email": "ana@shop.test", "presentment_currency": "EUR", "presentment_rate": "0.9"},
        {
            "email": "ana@shop.test",
            "checkout_token": "9f3a",
            "discount_codes": [{"code": "B"}, {"code": "A"}],
        },
        {"email": "ana@shop.test", "financial_status": "pending"},
        {"email": "ana@shop.test", "line_items": [{"title": "Gift wrap", "price": "3.00"}]},
        {"line_items": [{"title": f"Line {each}", "sku": f"L{each}"} for each in range(25)]},
    ],
)
def test_a_webhook_and_a_query_tell_the_same_bytes(shopify, fields):
    made = bought(shopify, **fields)

    [told] = heard(shopify, "orders/create", made).snapshots
    [found] = read(shopify, "order", made["id"])

    assert msgspec.json.encode(told) == msgspec.json.encode(found)
    assert len(found.items) == len(made["line_items"])


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("order_pay", {}),
        ("order_fulfill", {}),
        ("order_cancel", {"reason": "inventory"}),
        ("order_refund", {"amount": "4.20"}),
        ("order_refund", {}),
        ("order_update", {"tags": "vip", "fulfillment_status": "partial"}),
    ],
)
def test_after_every_change_they_still_tell_the_same_bytes(shopify, verb, fields):
    made = bought(shopify, email="ana@shop.test", financial_status="pending")
    changed = shopify.do(verb, id=made["id"], **fields)

    [told] = heard(shopify, "orders/updated", changed).snapshots
    [found] = read(shopify, "order", made["id"])

    assert msgspec.json.encode(told) == msgspec.json.encode(found)


def test_hidden_personal_data_leads_to_a_reading_without_it(shopify):
    shopify.control("PUT", f"shopify/accounts/{shopify.name}", {"shows_personal_data": False})
    made = bought(shopify, email="ana@shop.test")

    [reference] = heard(shopify, "orders/create", made).references
    [found] = shopify.open().read([reference])

    assert found.customer == Person(id=str(made["customer"]["id"]))


@pytest.mark.parametrize("change", [{"id": None}, {"id": "x"}, {"updated_at": None}, {"updated_at": "soon"}])
def test_an_order_that_cannot_be_placed_is_refused_with_a_sentence(change):
    with pytest.raises(ValueError, match=r"from Shopify .*\.$"):
        orders.from_webhook({**payload("order_paid"), **change}, SHOP)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(sorted(payload("order_paid"))), ANYTHING))
def test_whatever_a_field_holds_it_is_a_storable_order_or_refused(fields):
    body = {**payload("order_paid"), **fields}
    if not orders.is_complete(body):
        return
    try:
        told = orders.from_webhook(body, SHOP)
    except ValueError:
        return
    stored = msgspec.json.encode(told)
    assert b"\\u0000" not in stored
    assert msgspec.json.decode(stored, type=OrderSnapshot) == told
