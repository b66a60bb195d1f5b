"""The search of a fake store, with the traps of the real one."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.shops import Shop

ORDERS: list[dict[str, Any]] = [
    {"id": 1, "email": "ana@shop.test", "updated_at": "2026-03-01T10:00:00Z", "tags": "gift, late"},
    {"id": 2, "email": "ben@shop.test", "updated_at": "2026-03-01T12:00:00Z", "test": True, "tags": "gift"},
    {"id": 3, "email": "cleo@shop.test", "updated_at": "2026-03-02T00:00:00Z", "financial_status": "pending"},
    {"id": 4, "updated_at": "2026-03-03T00:00:00Z", "fulfillment_status": "fulfilled", "total_price": "900"},
]
CUSTOMERS: list[dict[str, Any]] = [
    {"id": 1, "email": "ana@shop.test", "updated_at": "2026-03-01T23:00:00Z", "total_spent": "10"},
    {"id": 2, "email": "ben@shop.test", "updated_at": "2026-03-02T01:00:00Z", "total_spent": "600"},
    {"id": 3, "email": "cleo@shop.test", "updated_at": "2026-03-03T01:00:00Z", "orders_count": 4},
]


@pytest.fixture
def shop(sandbox: Sandbox, control: Control) -> Shop:
    return Shop(sandbox, control, seed={"customers": CUSTOMERS, "orders": ORDERS})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4]),
        ("updated_at:>='2026-03-01T12:00:00Z' updated_at:<'2026-03-03T00:00:00Z'", [2, 3]),
        ("updated_at:>'2026-03-01T07:00:00-05:00'", [3, 4]),
        ("updated_at:>=2026-03-02", [3, 4]),
        ("tag:gift", [1, 2]),
        ("tag:GIFT AND tag:late", [1]),
        ("tag:gift -tag:late", [2]),
        ("tag:gift NOT tag:late", [2]),
        ("tag_not:gift", [3, 4]),
        ("tag:late OR financial_status:pending", [1, 3]),
        ("(tag:late OR financial_status:pending) test:false email:cleo*", [3]),
        ('email:"ben@shop.test"', [2]),
        ("test:true", [2]),
        ("fulfillment_status:fulfilled", [4]),
        ("current_total_price:>100", [4]),
        ("id:>=3", [3, 4]),
        ("ana@shop", [1]),
        ("customer_id:2", [2]),
    ],
)
def test_orders_are_found_by_what_is_documented(shop: Shop, query: str, found: list[int]) -> None:
    assert shop.names("orders", query) == found


@pytest.mark.parametrize(
    "query",
    ["colour:red", "updated_at_min:>'2030-01-01'", "updated_at:>2026-03-02T10:00:00Z", "updated_at:>='soon'"],
)
def test_a_filter_that_is_not_understood_is_ignored_and_everything_comes_back(shop: Shop, query: str) -> None:
    assert shop.names("orders", query) == [1, 2, 3, 4]


def test_an_ignored_filter_leaves_the_others_at_work(shop: Shop) -> None:
    assert shop.names("orders", "colour:red tag:late") == [1]
    assert shop.names("orders", "-colour:red tag:late") == [1]


@pytest.mark.parametrize("query", ["updated_at:>", "updated_at:''", "tag:"])
def test_an_empty_value_is_an_internal_error(shop: Shop, query: str) -> None:
    error = shop.error("query($q: String) { orders(first: 5, query: $q) { nodes { id } } }", q=query)
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("updated_at:>='2026-03-02T18:00:00Z'", [2, 3]),  # by whole days
        ("updated_at:<'2026-03-02T18:00:00Z'", [1]),
        ("created_at:<'2000-01-01'", [1, 2, 3]),  # no filter of customers
        ("total_spent:>500", [2]),
        ("orders_count:4", [3]),
        ("state:enabled email:ana@shop.test", [1]),
    ],
)
def test_customers_are_matched_by_whole_days(shop: Shop, query: str, found: list[int]) -> None:
    assert shop.names("customers", query) == found


def test_checkouts_are_found_by_their_state(shop: Shop) -> None:
    left = shop.do("checkout_abandon", email="ana@shop.test")
    bought = shop.do("checkout_abandon", email="ben@shop.test")
    shop.do("checkout_abandon")  # nobody entered an address yet
    shop.do("checkout_complete", id=bought["id"])
    assert shop.names("abandonedCheckouts", "recovery_state:not_recovered status:open") == [left["id"]]
    assert shop.names("abandonedCheckouts", "recovery_state:recovered") == [bought["id"]]


def test_quantities_below_a_location_are_found_by_their_change(shop: Shop) -> None:
    shop.put(seed={"products": [{"id": 5, "variants": [{"id": 51}, {"id": 52}]}]})
    shop.control.set_clock("2090-01-01T00:00:00Z")
    shop.do("stock_set", variant_id=52, available=7)
    document = """query($q: String) { location(id: "gid://shopify/Location/61") {
      inventoryLevels(first: 5, query: $q) { nodes { item { variants(first: 1) { nodes { id } } } } } } }"""
    found = shop.ask(document, q="updated_at:>='2090-01-01'")["location"]["inventoryLevels"]["nodes"]
    assert found == [{"item": {"variants": {"nodes": [{"id": "gid://shopify/ProductVariant/52"}]}}}]
