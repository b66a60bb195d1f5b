"""Reading named objects: few calls, long lists to their end, and those that are gone say so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import TryLater
from connectors.http import Client
from connectors.types import (
    CustomerSnapshot,
    Money,
    OrderSnapshot,
    ProductSnapshot,
    Reference,
    ReturnSnapshot,
)
from connectors.vendors.shopify.reading import Reader
from tests.connectors.vendors.shopify.told import heard, read
from tests.connectors.wire import listening, says

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)


def product(account, variants: list[dict[str, Any]], **fields: Any) -> int:
    seeded = account.seed(products=[{"title": "Boot", "variants": variants, **fields}])
    return int(seeded["products"][0])


def test_a_product_is_told_with_its_stock(shopify):
    number = product(
        shopify,
        [
            {"sku": "A", "inventory_quantity": 3, "price": "10.00"},
            {"sku": "B", "inventory_quantity": -2, "inventory_policy": "continue"},
            {"sku": "C", "inventory_quantity": 9, "tracked": False},
        ],
        tags="b, a",
        collections=["Winter", "Shoes"],
        category="Apparel > Shoes",
        product_type="Boots",
    )

    [found] = read(shopify, "product", number)

    assert isinstance(found, ProductSnapshot)
    assert [(each.sku, each.stock, each.sells_without_stock) for each in found.variants] == [
        ("A", 3, False),
        ("B", -2, True),
        ("C", None, False),
    ]
    assert found.stock == 1
    assert (found.tags, found.collections) == (("a", "b"), ("Shoes", "Winter"))
    assert (found.status, found.product_type, found.category) == ("active", "Boots", "Apparel > Shoes")
    assert found.admin_url == f"https://admin.shopify.com/store/{shopify.name}/products/{number}"


def test_a_product_that_is_not_counted_has_no_stock(shopify):
    [found] = read(shopify, "product", product(shopify, [{"tracked": False}]))

    assert found.stock is None


def test_a_hundred_and_thirty_variants_are_all_read(shopify):
    number = product(shopify, [{"sku": f"V{each}", "inventory_quantity": 1} for each in range(130)])

    [found] = read(shopify, "product", number)

    assert len({each.sku for each in found.variants}) == 130
    assert found.stock == 130


def test_a_hundred_and_thirty_lines_are_all_read(shopify):
    order = shopify.do("order_create", line_items=[{"title": f"L{each}"} for each in range(130)])

    [found] = read(shopify, "order", order["id"])

    assert len(found.items) == 130


def test_stock_in_the_last_of_many_places_is_as_new_as_its_change(shopify):
    places = [{"id": 100 + each, "name": f"Place {each}"} for each in range(12)]
    shopify.seed(locations=places)
    levels = [{"location_id": each["id"], "available": 3} for each in places]
    number = product(shopify, [{"sku": "A", "inventory_levels": levels}])
    shopify.control("POST", "clock", {"now": FAR.isoformat()})
    shopify.do("stock_set", id=number, location_id=places[-1]["id"], available=0)

    [found] = read(shopify, "inventory_item", shopify.state()["levels"][-1]["inventory_item_id"])

    assert (found.stock, found.source_at) == (33, FAR)


def test_every_return_of_an_order_is_found(shopify):
    order = shopify.do("order_create", email="ana@shop.test")
    asked = [returned(shopify, order["id"]) for _ in range(12)]

    pages = list(shopify.open().poll(""))

    found = {each.id for page in pages for each in page.snapshots if each.kind == "return"}
    assert found == {str(each) for each in asked}


def returned(account, order_id: int) -> int:
    asked = account.do("return_request", order_id=order_id)
    for verb in ("return_approve", "return_close"):
        account.do(verb, id=asked["id"])
    return int(asked["id"])


@pytest.mark.parametrize("available", [5, 0, -4])
def test_a_stock_delivery_leads_to_the_product(shopify, available):
    number = product(shopify, [{"sku": "A", "inventory_quantity": 1}])
    shopify.do("stock_set", id=number, available=available)
    [level] = shopify.state()["levels"]

    told = heard(shopify, "inventory_levels/update", level)
    [found] = shopify.open().read(told.references)

    assert (found.kind, found.id, found.stock) == ("product", str(number), available)
    assert found.source_at.isoformat() == level["updated_at"].replace("Z", "+00:00")


def test_items_of_one_product_are_one_product(shopify):
    number = product(shopify, [{"sku": "A"}, {"sku": "B"}])
    items = [each["inventory_item_id"] for each in shopify.state()["levels"]]

    assert [each.id for each in read(shopify, "inventory_item", *items)] == [str(number)]


def test_stock_at_several_places_is_added_up(shopify):
    shopify.seed(locations=[{"id": 62, "name": "Second"}])
    number = product(shopify, [{"sku": "A", "inventory_quantity": 4}])
    items = [each["inventory_item_id"] for each in shopify.state()["levels"]]

    [found] = read(shopify, "inventory_item", *items)

    assert (found.id, found.stock) == (str(number), 4)


def test_many_are_read_in_few_calls(shopify):
    shopify.control("POST", "limits", {"on": False})
    ids = shopify.seed(customers=[{"email": f"p{each}@shop.test"} for each in range(150)])["customers"]

    found = read(shopify, "customer", *ids, *ids)

    assert len(found) == 150
    assert len(shopify.requests()) == 2


def test_a_customer_is_told_with_their_totals_and_consent(shopify):
    ana = {
        "email": "Ana@Shop.test",
        "first_name": "Ana",
        "phone": "+15005550006",
        "tags": "vip, b2b",
        "default_address": {"country_code": "US", "province_code": "CO"},
        "email_marketing_consent": {"state": "subscribed"},
    }
    number = shopify.seed(customers=[ana])["customers"][0]
    shopify.do("order_create", customer={"id": number}, line_items=[{"price": "120.50"}])

    [found] = read(shopify, "customer", number)

    assert isinstance(found, CustomerSnapshot)
    assert (found.person.emails, found.person.name) == (("ana@shop.test",), "Ana")
    assert (found.order_count, found.spent) == (1, Money(Decimal("120.5"), "USD"))
    assert (found.tags, found.country, found.region) == (("b2b", "vip"), "US", "CO")
    assert found.email_consent == "subscribed"


def test_a_customer_without_anything_is_a_customer(shopify):
    number = shopify.seed(customers=[{"email": None}])["customers"][0]

    [found] = read(shopify, "customer", number)

    assert found.person.emails == ()
    assert found.email_consent == ""


def test_a_return_is_told_as_it_moves_on(shopify):
    order = shopify.do("order_create", email="ana@shop.test", line_items=[{"title": "Boot", "sku": "B1"}])
    asked = shopify.do("return_request", order_id=order["id"], reason="size_too_small")
    states = [read(shopify, "return", asked["id"])[0]]
    for verb in ("return_approve", "return_close"):
        shopify.do(verb, id=asked["id"])
        states += read(shopify, "return", asked["id"])

    assert all(isinstance(each, ReturnSnapshot) for each in states)
    assert [each.status for each in states] == ["requested", "approved", "closed"]
    assert [each.sku for each in states[0].items] == ["B1"]
    assert states[0].order_id == str(order["id"])
    assert states[0].customer.emails == ("ana@shop.test",)
    assert states[2].requested_at <= states[2].approved_at <= states[2].closed_at


@pytest.mark.parametrize("kind", ["order", "customer", "product", "return"])
@pytest.mark.parametrize("known_at", [LONG_AGO, FAR])
def test_what_is_gone_says_so_after_what_was_known(shopify, kind, known_at):
    [gone] = read(shopify, kind, 999, known_at=known_at)

    assert (gone.kind, gone.id, gone.is_gone) == (kind, "999", True)
    assert gone.source_at == known_at + timedelta(microseconds=1)


def test_what_was_never_known_and_is_gone_is_no_news(shopify):
    assert read(shopify, "order", 999) == []


def test_a_merged_customer_is_gone_and_the_other_has_their_orders(shopify):
    gone, kept = shopify.seed(customers=[{"email": "a@shop.test"}, {"email": "b@shop.test"}])["customers"]
    order = shopify.do("order_create", customer={"id": gone})
    shopify.do("customer_merge", id=gone, into_id=kept)

    found = {each.id: each for each in read(shopify, "customer", gone, kept, known_at=LONG_AGO)}
    [moved] = read(shopify, "order", order["id"])

    assert (found[str(gone)].is_gone, found[str(kept)].is_gone) == (True, False)
    assert isinstance(moved, OrderSnapshot)
    assert moved.customer.id == str(kept)


@pytest.mark.parametrize("number", ["abc", "-1", "1/../2", "٣", "gid://shopify/Order/1"])
def test_an_id_that_no_order_can_have_is_not_asked_for(shopify, number):
    assert read(shopify, "order", number, known_at=LONG_AGO) == []
    assert shopify.requests() == []


def test_an_id_of_another_kind_is_not_taken_for_it(shopify):
    order = shopify.do("order_create", email="ana@shop.test")

    [gone] = read(shopify, "product", order["id"], known_at=LONG_AGO)

    assert gone.is_gone


def test_what_cannot_be_read_now_is_not_taken_for_gone(shopify):
    shopify.fault("/graphql", "status", status=503)

    with pytest.raises(TryLater):
        read(shopify, "order", 999, known_at=LONG_AGO)


def test_named_objects_that_are_too_dear_together_are_read_apart():
    ids: list[list[str]] = []

    def talk(connection: Any, halted: Any) -> None:
        asked = json.loads(wire.requests[-1].partition(b"\r\n\r\n")[2])["variables"]["ids"]
        ids.append(asked)
        node = {"__typename": "Customer", "id": asked[0], "updatedAt": "2026-11-22T10:00:00Z"}
        dear = {"errors": [{"message": "Too dear", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        body = dear if len(asked) > 1 else {"data": {"nodes": [node]}}
        says(json.dumps(body).encode())(connection, halted)

    with listening(talk) as wire:
        client = Client(wire.url, {}, allow_loopback=True, deadline=5.0)
        references = [Reference(kind="customer", id=str(each)) for each in range(1, 4)]
        found = list(Reader(client, "north-ridge").read(references))

    assert [each.id for each in found] == ["1", "2", "3"]
    assert [len(each) for each in ids][-3:] == [1, 1, 1]
