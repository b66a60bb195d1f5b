"""Objects are seeded as a webhook shows them, or a query, in any order."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.shops import CREDENTIALS, Shop

REST: dict[str, Any] = {
    "orders": [
        {
            "id": 41,
            "customer": {"id": 7},
            "created_at": "2026-11-20T10:00:00-05:00",
            "financial_status": "partially_refunded",
            "currency": "USD",
            "total_price": "90.00",
            "refunds": [{"transactions": [{"amount": "30.00", "kind": "refund"}]}],
            "discount_codes": [{"code": "TEN", "amount": "1", "type": "percentage"}],
            "shipping_address": {"country_code": "US", "province_code": "CA"},
            "line_items": [{"id": 5, "variant_id": 31, "quantity": 3, "price": "30.00"}],
        }
    ],
    "customers": [
        {"id": 7, "email": "Ana@Shop.test", "orders_count": 3, "total_spent": "250.00", "tags": "vip"}
    ],
    "products": [
        {
            "id": 3,
            "title": "Boots",
            "status": "active",
            "variants": [{"id": 31, "price": 30, "inventory_quantity": 4}],
        }
    ],
}
GRAPH: dict[str, Any] = {
    "orders": [
        {
            "id": "gid://shopify/Order/41",
            "customer": {"id": "gid://shopify/Customer/7"},
            "createdAt": "2026-11-20T15:00:00Z",
            "displayFinancialStatus": "PARTIALLY_REFUNDED",
            "displayFulfillmentStatus": "UNFULFILLED",
            "totalPriceSet": {"shopMoney": {"amount": "90.0", "currencyCode": "USD"}},
            "currentTotalPriceSet": {"shopMoney": {"amount": "60.0", "currencyCode": "USD"}},
            "discountCodes": ["TEN"],
            "shippingAddress": {"countryCodeV2": "US", "provinceCode": "CA"},
            "lineItems": {
                "nodes": [
                    {
                        "id": "gid://shopify/LineItem/5",
                        "quantity": 3,
                        "variant": {"id": "gid://shopify/ProductVariant/31"},
                        "originalUnitPriceSet": {"shopMoney": {"amount": "30.0", "currencyCode": "USD"}},
                    }
                ]
            },
        }
    ],
    "customers": [
        {
            "id": "gid://shopify/Customer/7",
            "defaultEmailAddress": {"emailAddress": "ana@shop.test", "marketingState": "SUBSCRIBED"},
            "numberOfOrders": "3",
            "amountSpent": {"amount": "250.0", "currencyCode": "USD"},
            "tags": ["vip"],
        }
    ],
    "products": [
        {
            "id": "gid://shopify/Product/3",
            "title": "Boots",
            "status": "ACTIVE",
            "variants": {
                "edges": [
                    {
                        "node": {
                            "id": "gid://shopify/ProductVariant/31",
                            "price": "30.00",
                            "inventoryQuantity": 4,
                            "inventoryPolicy": "DENY",
                            "inventoryItem": {"id": "gid://shopify/InventoryItem/301", "tracked": True},
                        }
                    }
                ]
            },
        }
    ],
}
SHOWN = """{
  orders(first: 5) { nodes { id createdAt displayFinancialStatus displayFulfillmentStatus discountCodes
    currentTotalPriceSet { shopMoney { amount currencyCode } } shippingAddress { countryCodeV2 provinceCode }
    customer { id numberOfOrders tags amountSpent { amount } defaultEmailAddress { emailAddress } }
    lineItems(first: 5) { nodes { id quantity variant { id price } product { id } } } } }
  products(first: 5) { nodes { id status totalInventory } } }"""


def test_webhook_shapes_and_query_shapes_make_the_same_store(sandbox: Sandbox, control: Control) -> None:
    shop = Shop(sandbox, control, seed=REST)
    other = {**CREDENTIALS, "access_token": "shpat_other"}
    shop.control.account("shopify", "other", credentials=other, seed=GRAPH)
    first = shop.ask(SHOWN)
    shop.token = "shpat_other"
    [order] = first["orders"]["nodes"]
    assert shop.ask(SHOWN) == first
    assert order["createdAt"] == "2026-11-20T15:00:00Z"
    assert order["currentTotalPriceSet"]["shopMoney"] == {"amount": "60.00", "currencyCode": "USD"}
    assert order["customer"]["numberOfOrders"] == "3"  # the seeded order is one of them
    assert first["products"]["nodes"][0]["totalInventory"] == 4


def test_totals_that_came_with_a_customer_grow_with_what_happens(sandbox: Sandbox, control: Control) -> None:
    shop = Shop(sandbox, control, seed=REST)
    bought = shop.do("order_create", customer={"id": 7}, line_items=[{"variant_id": 31, "quantity": 2}])
    shop.do("order_create", customer={"id": 7}, test=True, total_price="999")
    shop.do("order_refund", id=bought["id"], amount=10)
    totals = "{ customers(first: 1) { nodes { numberOfOrders amountSpent { amount } lastOrder { id } } } }"
    [row] = shop.ask(totals)["customers"]["nodes"]
    assert (row["numberOfOrders"], row["amountSpent"]["amount"]) == ("4", "300.00")
    shop.do("order_cancel", id=bought["id"])
    [row] = shop.ask(totals)["customers"]["nodes"]
    assert (row["numberOfOrders"], row["amountSpent"]["amount"]) == ("4", "250.00")


@pytest.mark.parametrize(
    ("seed", "sentence"),
    [
        ({"orders": [{"customer": {"id": 99}}]}, "There is no customer 99."),
        ({"returns": [{"order_id": 99}]}, "There is no order 99."),
        ({"parcels": [{}]}, "shopify cannot seed 'parcels'"),
        ({"orders": [{"created_at": "soon"}]}, "does not have the vendor's shape"),
        ({"orders": [{"id": "gid://shopify/Order/none"}]}, "does not have the vendor's shape"),
    ],
)
def test_a_seed_that_cannot_be_is_refused(control: Control, seed: dict[str, Any], sentence: str) -> None:
    answer = control.call("PUT", "/shopify/accounts/north", {"credentials": CREDENTIALS, "seed": seed})
    assert answer.status_code in (400, 404)
    assert sentence in answer.json()["error"]


def test_guests_leave_orders_without_anybody(sandbox: Sandbox, control: Control) -> None:
    shop = Shop(sandbox, control)
    guest = shop.do("order_create", line_items=[{"title": "A favour", "price": "5"}])
    document = """query($id: ID!) { order(id: $id) {
      email customer { id } lineItems(first: 1) { nodes { product { id } } } } }"""
    order = shop.ask(document, id=guest["admin_graphql_api_id"])["order"]
    assert order == {"email": None, "customer": None, "lineItems": {"nodes": [{"product": None}]}}


@pytest.mark.parametrize(
    ("verb", "body", "sentence"),
    [
        ("order_pay", {"id": 999}, "There is no order 999."),
        ("order_refund", {"id": 101, "amount": "80.01"}, "Only 80.00 of this order is left to refund."),
        (
            "order_refund",
            {"id": 101, "refund_line_items": [{"line_item_id": 20001, "quantity": 9}]},
            "can be refunded",
        ),
        ("stock_set", {"variant_id": 51, "available": "many"}, "a whole number"),
        ("stock_set", {"variant_id": 51, "available": 1, "location_id": 99}, "not stocked at this location"),
        ("customer_delete", {"id": 1}, "cannot be deleted"),
        ("customer_create", {"email": "ANA@shop.test"}, "there already"),
        ("customer_merge", {"id": 1, "into_id": 1}, "into itself"),
        ("return_approve", {"id": 1}, "There is no return 1."),
        ("privacy_request", {"topic": "orders/create"}, "topic is one of"),
        ("order_send", {}, "has no verb"),
    ],
)
def test_what_cannot_happen_is_refused(
    sandbox: Sandbox, control: Control, verb: str, body: dict[str, Any], sentence: str
) -> None:
    Shop(sandbox, control)
    answer = control.call("POST", f"/shopify/accounts/north/do/{verb}", body)
    assert answer.status_code in (400, 404, 409)
    assert sentence in answer.json()["error"]


def test_lines_that_are_sent_back_return_to_the_shelf(sandbox: Sandbox, control: Control) -> None:
    shop = Shop(sandbox, control)
    order = shop.do("order_create", email="ana@shop.test", line_items=[{"variant_id": 51, "quantity": 3}])
    line = {"line_item_id": order["line_items"][0]["id"], "quantity": 2, "restock_type": "return"}
    shop.do("order_refund", id=order["id"], refund_line_items=[line])
    read = '{ productVariant(id: "gid://shopify/ProductVariant/51") { inventoryQuantity } }'
    assert shop.ask(read)["productVariant"]["inventoryQuantity"] == 2


def test_a_merge_moves_orders_and_totals(sandbox: Sandbox, control: Control) -> None:
    shop = Shop(sandbox, control)
    shop.do("customer_merge", id=2, into_id=1)
    [row] = shop.ask(
        "{ customers(first: 5) { nodes { id numberOfOrders orders(first: 5) { nodes { name } } } } }"
    )["customers"]["nodes"]
    assert (row["id"], row["numberOfOrders"]) == ("gid://shopify/Customer/1", "2")
    assert [each["name"] for each in row["orders"]["nodes"]] == ["#101", "#102"]
