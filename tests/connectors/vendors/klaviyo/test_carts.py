"""Checkouts that Klaviyo heard of become carts, and an order ends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import TryLater
from connectors.roles.marketing import CARTS
from connectors.types import CartSnapshot, LineItem, Money, Page, Reference
from connectors.vendors.klaviyo import carts
from tests.connectors.accounts import FakeAccount

LISTENING = frozenset({CARTS})
BOOTS = {"ProductID": 7, "VariantID": "71", "SKU": "B-7", "ProductName": "Boots", "Quantity": 2}
LINE = LineItem(product_id="7", variant_id="71", sku="B-7", title="Boots", quantity=2)


@pytest.fixture(autouse=True)
def _the_metrics_exist(klaviyo: FakeAccount) -> None:
    klaviyo.control("POST", "limits", {"on": False})
    klaviyo.seed(metrics=[{"name": "Checkout Started", "integration": "Shopify"}, {"name": "Placed Order"}])


def begin(account: FakeAccount, email: str = "ana@shop.test", **fields: Any) -> Any:
    given = {"value": 80.5, "value_currency": "USD", "items": [BOOTS], "url": "https://x.test/c/1", **fields}
    shopify = {"metric": "Checkout Started", "integration": "Shopify"}
    return account.do("checkout_start", email=email, **shopify, **given)


def poll(account: FakeAccount, **options: str) -> tuple[list[Any], Page]:
    pages = list(account.open(wants=LISTENING, options=options).poll(""))
    return [one for each in pages for one in each.snapshots], pages[-1]


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def test_a_checkout_is_the_cart_of_its_person(klaviyo):
    shown = begin(klaviyo)

    ((cart,), last) = poll(klaviyo)

    at = datetime.fromisoformat(shown["datetime"])
    assert (cart.id, cart.source_at, cart.started_at, cart.bought_at) == (shown["profile"], at, at, None)
    assert cart.customer.emails == ("ana@shop.test",)
    assert (cart.total, cart.items) == (Money(Decimal("80.5"), "USD"), (LINE,))
    assert (cart.url, last.unheard) == ("https://x.test/c/1", {})


def test_an_order_of_the_same_second_comes_after_the_checkout(klaviyo):
    begin(klaviyo, time=ago(5))
    bought = klaviyo.do("order_place", email="ana@shop.test", value=80.5, value_currency="USD", time=ago(5))

    found, _ = poll(klaviyo)

    (now,) = carts.newest(found)
    assert now.id == bought["profile"]
    assert now.bought_at is not None
    assert len({each.source_at for each in found}) == 2


@pytest.mark.parametrize(
    ("properties", "total", "line"),
    [
        (  # as Shopify's integration tells it
            {
                "$value": 30,
                "Items": ["Boots"],
                "$currency_code": "eur",
                "$extra": {
                    "line_items": [{"product_id": 7, "variant_id": 71, "title": "Boots", "quantity": 1}]
                },
            },
            Money(Decimal(30), "EUR"),
            LineItem(product_id="7", variant_id="71", title="Boots", quantity=1),
        ),
        (  # as WooCommerce's does
            {
                "$value": "30.00",
                "ItemNames": ["Boots"],
                "Currency": "EUR",
                "extra": {
                    "Items": [{"ProductID": 7, "Name": "Boots", "Quantity": "2"}],
                    "CartRebuildKey": "k",
                },
            },
            Money(Decimal(30), "EUR"),
            LineItem(product_id="7", title="Boots", quantity=2),
        ),
        (  # without a currency, which is never guessed
            {"total_price": 30, "currency": "dollars", "items": [{"name": "Boots", "quantity": "many"}]},
            Money(Decimal(30), ""),
            LineItem(title="Boots"),
        ),
    ],
)
def test_integrations_tell_a_checkout_in_their_own_ways(klaviyo, properties, total, line):
    begin(klaviyo, value=None, value_currency=None, items=[], url=None, properties=properties)

    ((cart,), _) = poll(klaviyo)

    assert (cart.total, cart.items) == (total, (line,))


@pytest.mark.parametrize("value", [None, "a lot", -5, True, {"odd": 1}, "NaN"])
def test_a_checkout_without_a_value_is_told_and_the_rest_goes_on(klaviyo, value):
    begin(klaviyo, value=None, properties={"$value": value})
    begin(klaviyo, "ben@shop.test")

    ((cart,), last) = poll(klaviyo)

    assert cart.customer.emails == ("ben@shop.test",)
    assert last.unheard is not None
    assert "Some checkouts in Klaviyo tell no value" in last.unheard["checkout"]


def test_an_order_without_a_value_ends_the_cart_all_the_same(klaviyo):
    klaviyo.do("order_place", email="ana@shop.test")

    ((cart,), last) = poll(klaviyo)

    assert cart.bought_at is not None
    assert last.unheard == {}


def test_nobody_is_reminded_while_it_is_unknown_which_metric_means_orders(klaviyo):
    begin(klaviyo)

    found, last = poll(klaviyo, placed_order_metric="Orders")

    assert found == []
    assert last.unheard == {
        "purchase": "Klaviyo has no metric “Orders”, which the connection names for orders. Correct it there."
    }


def test_no_cart_can_be_read_again_meanwhile(klaviyo):
    shown = begin(klaviyo)
    asked = Reference(kind="cart", id=shown["profile"], known_at=datetime.now(UTC) - timedelta(minutes=1))

    with pytest.raises(TryLater, match="no metric “Orders”"):
        klaviyo.open(options={"placed_order_metric": "Orders"}).read([asked])


def test_before_the_first_order_there_is_no_metric_of_orders_and_nothing_is_wrong(new_account):
    fresh = new_account("klaviyo")
    fresh.do("checkout_start", email="ana@shop.test", value=5)

    ((cart,), last) = poll(fresh)

    assert (cart.total, last.unheard) == (Money(Decimal(5), ""), {})


def test_carts_are_read_again_by_what_happened_since(klaviyo):
    begin(klaviyo, time=ago(200))
    begin(klaviyo, "ben@shop.test", time=ago(100))
    begin(klaviyo, "cleo@shop.test", time=ago(100))
    klaviyo.do("order_place", email="ben@shop.test", value=1)
    people = {each["email"]: each["id"] for each in klaviyo.state()["profiles"]}
    asked = [
        Reference(
            kind="cart", id=people[f"{name}@shop.test"], known_at=datetime.now(UTC) - timedelta(minutes=201)
        )
        for name in ("ana", "ben")
    ]

    found = klaviyo.open().read([*asked, Reference(kind="ticket", id="1")])

    told = {each.customer.emails[0]: each for each in found if isinstance(each, CartSnapshot)}
    assert set(told) == {"ana@shop.test", "ben@shop.test"}
    assert told["ana@shop.test"].bought_at is None
    assert told["ben@shop.test"].bought_at is not None
