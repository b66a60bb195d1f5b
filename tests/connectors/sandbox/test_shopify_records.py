"""What a fake store shows, page by page, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.shops import PATH, Shop

PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $reverse: Boolean) {
  orders(first: $first, after: $after, last: $last, before: $before, reverse: $reverse, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { legacyResourceId }
  }
}"""


@pytest.fixture
def shop(sandbox: Sandbox, control: Control) -> Shop:
    return Shop(sandbox, control)


def page(shop: Shop, **arguments: Any) -> tuple[list[int], dict[str, Any]]:
    found = shop.ask(PAGE, **arguments)["orders"]
    return [int(each["legacyResourceId"]) for each in found["nodes"]], found["pageInfo"]


def test_the_token_picks_the_store_and_an_unknown_one_is_refused(shop: Shop, control: Control) -> None:
    control.account(
        "shopify", "south", credentials={"shop": "south", "client_secret": "s", "access_token": "t"}
    )
    shop.token = "t"
    assert shop.ask("{ shop { myshopifyDomain } }") == {"shop": {"myshopifyDomain": "south.myshopify.com"}}

    shop.token = "shpat_nobody"
    reply = shop.post("{ shop { name } }")
    assert reply.status_code == 401
    assert reply.json()["errors"].startswith("[API] Invalid API key or access token")


def test_only_the_pinned_version_is_there(shop: Shop) -> None:
    reply = shop.post("{ shop { name } }")
    other = requests.post(
        f"{shop.url}{PATH.replace('2026-10', '2020-01')}",
        headers={"X-Shopify-Access-Token": shop.token},
        timeout=10,
    )
    assert reply.headers["X-Shopify-API-Version"] == "2026-10"
    assert other.status_code == 404


@pytest.mark.parametrize(
    "document", ["{ orders }", "{ shop { colour } }", "query {", "", "fragment F on Shop { id }"]
)
def test_what_the_schema_does_not_know_is_an_error_without_a_code(shop: Shop, document: str) -> None:
    answer = shop.answer(document)
    assert answer.get("data") is None
    assert "code" not in answer["errors"][0].get("extensions", {})


def test_variables_have_to_fit_their_types(shop: Shop) -> None:
    answer = shop.answer("query($id: ID!) { order(id: $id) { id } }")
    assert "$id" in answer["errors"][0]["message"]
    assert answer.get("data") is None


def test_of_several_operations_one_has_to_be_named(shop: Shop) -> None:
    both = "query A { shop { id } } query B { shop { name } }"
    assert shop.answer(both)["errors"]
    assert shop.post(both, operationName="B").json()["data"] == {"shop": {"name": "North"}}
    assert shop.post(both, operationName="C").json()["errors"]


def test_a_body_that_is_no_json_is_refused(shop: Shop) -> None:
    headers = {"X-Shopify-Access-Token": shop.token, "Content-Type": "application/json"}
    assert requests.post(f"{shop.url}{PATH}", data=b"{", headers=headers, timeout=10).status_code == 400


def test_an_order_is_shown_with_its_lines_and_its_customer(shop: Shop) -> None:
    order = shop.ask(
        """query($id: ID!) { order(id: $id) {
          name email displayFinancialStatus displayFulfillmentStatus returnStatus
          currentTotalPriceSet { shopMoney { amount currencyCode } }
          customer { numberOfOrders amountSpent { amount currencyCode } defaultEmailAddress { emailAddress } }
          lineItems(first: 5) { nodes { sku quantity variant { id } product { title } } }
        } }""",
        id="gid://shopify/Order/101",
    )["order"]
    assert order["name"] == "#101"
    assert order["currentTotalPriceSet"] == {"shopMoney": {"amount": "80.00", "currencyCode": "USD"}}
    assert order["customer"]["numberOfOrders"] == "1"
    assert order["customer"]["amountSpent"] == {"amount": "80.00", "currencyCode": "USD"}
    assert order["customer"]["defaultEmailAddress"] == {"emailAddress": "ana@shop.test"}
    assert order["lineItems"]["nodes"] == [
        {
            "sku": "B-1",
            "quantity": 2,
            "variant": {"id": "gid://shopify/ProductVariant/51"},
            "product": {"title": "Boots"},
        }
    ]
    statuses = [order[f"{name}Status"] for name in ("displayFinancial", "displayFulfillment", "return")]
    assert statuses == ["PAID", "UNFULFILLED", "NO_RETURN"]


def test_pages_go_on_from_a_cursor_in_either_direction(shop: Shop) -> None:
    shop.put(seed={"orders": [{"id": 103, "updated_at": "2026-01-01T00:00:00Z"}]})
    first, info = page(shop, first=2)
    rest, last = page(shop, first=2, after=info["endCursor"])
    back, _ = page(shop, last=2, before=last["startCursor"])
    falling, _ = page(shop, first=3, reverse=True)
    assert (first, rest, back) == ([103, 101], [102], [103, 101])
    assert (info["hasNextPage"], last["hasNextPage"], last["hasPreviousPage"]) == (True, False, True)
    assert falling == [102, 101, 103]


def test_rows_that_change_while_they_are_paged_move_to_the_end_and_are_not_lost(
    shop: Shop, pass_time: Any
) -> None:
    first, info = page(shop, first=1)
    pass_time(60)
    shop.do("order_update", id=first[0], tags="late")
    rest, _ = page(shop, first=5, after=info["endCursor"])
    assert (first, rest) == ([101], [102, 101])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "you must provide one of first or last"),
        ({"first": 251}, "first cannot exceed 250"),
        ({"first": 0}, "first must be greater than 0"),
        ({"first": 1, "last": 1}, "providing both first and last is not supported"),
        ({"first": 1, "after": "nonsense"}, "Invalid cursor for current pagination sort."),
    ],
)
def test_pages_that_cannot_be_are_refused(shop: Shop, arguments: dict[str, Any], sentence: str) -> None:
    assert shop.error(PAGE, **arguments)["message"] == sentence


def test_a_cursor_belongs_to_one_order_of_rows(shop: Shop) -> None:
    _, info = page(shop, first=1)
    other = "query($after: String) { orders(first: 1, after: $after, sortKey: CREATED_AT) { nodes { id } } }"
    assert "Invalid cursor" in shop.error(other, after=info["endCursor"])["message"]


def test_orders_older_than_sixty_days_need_a_scope_of_their_own(shop: Shop) -> None:
    old = {"id": 90, "email": "ana@shop.test", "created_at": "2025-01-01T00:00:00Z"}
    shop.put(seed={"orders": [old]})
    all_of_them = shop.names("orders", "")
    shop.do("scope_remove", scope="read_all_orders")
    mine = shop.ask(
        '{ customer(id: "gid://shopify/Customer/1") { numberOfOrders orders(first: 5) { nodes { id } } } }'
    )["customer"]
    old_one = shop.ask('{ order(id: "gid://shopify/Order/90") { id } }')["order"]
    assert (all_of_them, old_one) == ([90, 101, 102], None)
    assert shop.names("orders", "") == [101, 102]
    assert (mine["numberOfOrders"], len(mine["orders"]["nodes"])) == ("2", 1)


def test_a_missing_scope_is_denied_where_the_schema_says_so(shop: Shop) -> None:
    shop.do("scope_remove", scope="read_customers")
    shop.do("scope_remove", scope="write_customers")
    partial = shop.answer("{ orders(first: 1) { nodes { id customer { id } } } }")
    assert partial["data"]["orders"]["nodes"] == [{"id": "gid://shopify/Order/101", "customer": None}]
    assert partial["errors"][0]["path"] == ["orders", "nodes", 0, "customer"]
    denied = shop.error("{ customers(first: 1) { nodes { id } } }")
    assert denied["extensions"]["code"] == "ACCESS_DENIED"
    assert "`read_customers` access scope" in denied["message"]


def test_protected_customer_data_is_null_or_denied(shop: Shop) -> None:
    document = "{ customers(first: 1) { nodes { id defaultEmailAddress { emailAddress } } } }"
    shop.put(shows_personal_data=False)
    assert shop.ask(document)["customers"]["nodes"] == [
        {"id": "gid://shopify/Customer/1", "defaultEmailAddress": None}
    ]
    shop.put(denies_personal_data=True)
    denied = shop.error(document)
    assert denied["extensions"]["code"] == "ACCESS_DENIED"
    assert "not approved to access the Customer object" in denied["message"]


def test_stock_is_counted_over_active_locations(shop: Shop) -> None:
    shop.put(
        seed={
            "locations": [{"id": 62, "name": "Old", "active": False}],
            "products": [{"id": 6, "variants": [{"id": 61, "inventory_levels": [
                {"location_id": 61, "available": -2}, {"location_id": 62, "available": 9}]}]}],
        }
    )  # fmt: skip
    variant = shop.ask(
        """{ productVariant(id: "gid://shopify/ProductVariant/61") { inventoryQuantity availableForSale
          inventoryItem { inventoryLevels(first: 5) { nodes { location { name }
            quantities(names: ["available"]) { name quantity } } } } } }"""
    )["productVariant"]
    levels = variant["inventoryItem"]["inventoryLevels"]["nodes"]
    assert (variant["inventoryQuantity"], variant["availableForSale"]) == (-2, False)
    assert [each["quantities"][0]["quantity"] for each in levels] == [-2, 9]
    assert shop.names("locations", "") == [61]


def test_counts_are_told_without_pages(shop: Shop) -> None:
    counts = shop.ask("{ ordersCount { count precision } customersCount { count } productsCount { count } }")
    assert counts["ordersCount"] == {"count": 2, "precision": "EXACT"}
    assert (counts["customersCount"]["count"], counts["productsCount"]["count"]) == (2, 1)


def test_objects_are_named_by_global_ids(shop: Shop) -> None:
    level = "gid://shopify/InventoryLevel/61?inventory_item_id=8901"
    ids = ["gid://shopify/Product/5", level, "gid://shopify/Order/999", "gid://shopify/Parcel/1"]
    found = shop.ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)["nodes"]
    assert found == [
        {"__typename": "Product", "id": ids[0]},
        {"__typename": "InventoryLevel", "id": level},
        None,
        None,
    ]
    assert shop.error('{ order(id: "101") { id } }')["message"] == "Invalid global id '101'"
