"""A shop's history: the same snapshots as by reading, whole, and from any step on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from connectors.errors import Refused, TryLater
from connectors.types import Reference, Step
from connectors.vendors.shopify import bulk
from tests.connectors.accounts import FakeAccount


@pytest.fixture
def shopify(new_account) -> FakeAccount:
    account: FakeAccount = new_account("shopify")
    account.control("POST", "limits", {"on": False, "job_seconds": 0})
    people: list[dict[str, Any]] = [
        {"id": 71, "email": "ana@shop.test", "tags": "vip, b2b"},
        {"id": 72, "email": None},
    ]
    products = [
        {
            "id": 81,
            "title": "Tent",
            "collections": list("GFEDCBA"),
            "variants": [{"sku": f"T{size}", "inventory_quantity": size - 2} for size in range(30)],
        },
        {"id": 82, "title": "Rope", "status": "draft"},
    ]
    orders: list[dict[str, Any]] = [
        {"id": 91, "customer": {"id": 71}, "line_items": [{"title": f"L{each}"} for each in range(12)]},
        {"id": 92, "test": True},
        {"id": 93, "customer": {"id": 72}, "presentment_currency": "EUR"},
    ]
    account.seed(customers=people, products=products, orders=orders)
    return account


def history(account: FakeAccount, kind: str) -> list[Step]:
    """Asked for, prepared, read to the end."""
    [begun] = account.open().history(kind, "")
    return list(account.open().history(kind, begun.position))


@pytest.mark.parametrize(
    ("kind", "ids"), [("order", (91, 92, 93)), ("customer", (71, 72)), ("product", (81, 82))]
)
def test_it_tells_the_same_as_reading_each_object(shopify, kind, ids):
    steps = history(shopify, kind)

    read = shopify.open().read([Reference(kind=kind, id=str(each)) for each in ids])
    told = [each for step in steps for each in step.snapshots]
    assert sorted(told, key=lambda each: each.id) == sorted(read, key=lambda each: each.id)
    assert (steps[-1].is_last, steps[-1].read, steps[-1].total) == (True, len(ids), len(ids))


def test_polling_begins_where_it_began(shopify):
    [begun] = shopify.open().history("order", "")
    shopify.do("order_create", id=94)

    told = [each.id for page in shopify.open().poll(begun.watermark) for each in page.snapshots]

    assert "94" in told


def test_the_file_is_fetched_without_a_token(shopify):
    history(shopify, "order")

    asked = shopify.control("GET", "requests", vendor="shopify")
    [fetched] = [
        each for each in asked if each["path"].endswith(".jsonl") and each["account"] == shopify.name
    ]
    assert "shpat_" not in str(fetched["headers"])


def test_a_file_whose_address_has_ended_is_asked_for_anew(shopify):
    [begun] = shopify.open().history("order", "")
    shopify.fault("jsonl", "status", status=403)

    with pytest.raises(TryLater) as caught:
        list(shopify.open().history("order", begun.position))

    assert caught.value.code == "address_ended"
    assert list(shopify.open().history("order", begun.position))[-1].is_last


def test_a_history_that_the_app_may_not_read_is_refused_with_a_sentence(shopify):
    shopify.do("scope_remove", scope="read_products")

    with pytest.raises(Refused, match="permission"):
        history(shopify, "product")


def test_it_waits_while_the_file_is_prepared(shopify):
    shopify.control("POST", "limits", {"on": False, "job_seconds": 0.3})
    [begun] = shopify.open().history("order", "")

    [step] = shopify.open().history("order", begun.position)

    assert step.wait == bulk.FIRST_WAIT
    end = time.monotonic() + 10
    while step.wait is not None and time.monotonic() < end:
        *_, step = shopify.open().history("order", step.position)
    assert step.is_last
