"""Bulk queries of a fake store: begun, waited for, read from any byte on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.receiver import Receiver
from tests.connectors.sandbox.shops import Shop

RUN = """mutation($q: String!) { bulkOperationRunQuery(query: $q) {
  bulkOperation { id status } userErrors { code field message } } }"""
STATUS = """query($id: ID!) { bulkOperation(id: $id) {
  id status errorCode objectCount rootObjectCount fileSize url } }"""
CANCEL = """mutation($id: ID!) { bulkOperationCancel(id: $id) {
  bulkOperation { status } userErrors { message } } }"""
ORDERS = """{ orders(sortKey: CREATED_AT) { edges { node { ...Wanted
  lineItems { edges { node { id sku variant { id } } } } } } } }
fragment Wanted on Order { __typename number: name customer { id } }"""
PAST = "2000-01-01T00:00:00Z"


@pytest.fixture
def shop(sandbox: Sandbox, control: Control) -> Shop:
    made = Shop(sandbox, control)
    control.call("POST", "/limits", {"job_seconds": 0})
    return made


def begin(shop: Shop, query: str = ORDERS) -> str:
    return str(shop.change(RUN, q=query)["bulkOperation"]["id"])


def status(shop: Shop, operation: str) -> dict[str, Any]:
    return dict(shop.ask(STATUS, id=operation)["bulkOperation"])


def read(url: str, start: int = 0) -> requests.Response:
    return requests.get(url, headers={"Range": f"bytes={start}-"} if start else {}, timeout=10)


def test_a_file_has_parents_and_their_children_by_id(shop: Shop) -> None:
    done = status(shop, begin(shop))
    rows = [json.loads(line) for line in read(done["url"]).text.splitlines()]
    assert (done["status"], done["objectCount"], done["rootObjectCount"]) == ("COMPLETED", "4", "2")
    assert int(done["fileSize"]) == len(read(done["url"]).content)
    assert rows[0] == {
        "__typename": "Order",
        "number": "#101",
        "customer": {"id": "gid://shopify/Customer/1"},
    }
    assert rows[1]["sku"] == "B-1"
    assert rows[1]["__parentId"] == "gid://shopify/Order/101"


def test_a_file_stays_what_it_was_and_is_read_from_any_byte_on(shop: Shop) -> None:
    url = status(shop, begin(shop))["url"]
    whole = read(url).content
    shop.do("order_create", email="ana@shop.test")
    part = read(url, 100)
    assert (part.status_code, part.content) == (206, whole[100:])
    assert part.headers["Content-Range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"
    assert read(url, len(whole)).status_code == 416
    assert read(url).content == whole


def test_a_large_file_comes_in_parts(shop: Shop) -> None:
    lines = [{"title": "Something with a long name " * 10} for _ in range(20)]
    shop.put(seed={"orders": [{"line_items": lines} for _ in range(200)]})
    done = status(
        shop, begin(shop, "{ orders { edges { node { id lineItems { edges { node { title } } } } } } }")
    )
    whole = read(done["url"]).content
    assert len(whole) == int(done["fileSize"]) > 1_000_000
    assert read(done["url"], 600_001).content == whole[600_001:]


def test_it_takes_its_time_and_can_be_broken_off(shop: Shop, pass_time: Callable[[float], None]) -> None:
    shop.control.call("POST", "/limits", {"job_seconds": 60})
    first, second = begin(shop), begin(shop)
    seen = [status(shop, first)["status"] for _ in range(2)]
    cancelled = shop.change(CANCEL, id=second)["bulkOperation"]["status"]
    pass_time(61)
    assert seen == ["RUNNING", "RUNNING"]
    assert cancelled == "CANCELING"
    assert status(shop, first)["status"] == "COMPLETED"
    assert status(shop, second)["status"] == "CANCELED"
    assert "cannot be canceled" in shop.refusal(CANCEL, id=first)["message"]


def test_five_run_at_once(shop: Shop) -> None:
    shop.control.call("POST", "/limits", {"job_seconds": 60})
    for _ in range(5):
        begin(shop)
    assert shop.refusal(RUN, q=ORDERS)["code"] == "LIMIT_REACHED"


@pytest.mark.parametrize(
    "query",
    [
        "{ orders { edges",
        "{ orders { edges { node { colour } } } }",
        "{ shop { name } }",
        "query($q: String) { orders(query: $q) { edges { node { id } } } }",
        "{ orders { edges { node { id } } } customers { edges { node { id } } } }",
        """{ customers { edges { node { orders { edges { node { returns { edges { node {
           returnLineItems { edges { node { id } } } } } } } } } } } } }""",
        'mutation { tagsAdd(id: "gid://shopify/Order/101", tags: []) { userErrors { message } } }',
    ],
)
def test_a_query_that_cannot_be_one_is_refused(shop: Shop, query: str) -> None:
    assert shop.refusal(RUN, q=query)["code"] == "INVALID"


def test_nothing_found_makes_no_file(shop: Shop) -> None:
    done = status(
        shop, begin(shop, "{ orders(query: \"created_at:<'2000-01-01'\") { edges { node { id } } } }")
    )
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


def test_what_the_app_may_not_read_fails(shop: Shop, receiver: Receiver) -> None:
    shop.put(webhook={"url": receiver.url})
    shop.do("scope_remove", scope="read_products")
    done = status(shop, begin(shop, "{ products { edges { node { id } } } }"))
    shop.control.wait_for_webhooks()
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "ACCESS_DENIED", None)
    assert receiver.bodies[-1]["admin_graphql_api_id"] == done["id"]
    assert receiver.bodies[-1]["status"] == "failed"


def test_a_file_is_kept_for_a_week(shop: Shop, pass_time: Callable[[float], None]) -> None:
    operation = begin(shop)
    url = status(shop, operation)["url"]
    pass_time(8 * 86_400)
    assert status(shop, operation)["status"] == "EXPIRED"
    assert status(shop, operation)["url"] is None
    assert read(url).status_code == 404


def test_products_come_with_variants_and_inventory_with_its_levels(shop: Shop) -> None:
    products = status(
        shop,
        begin(
            shop,
            """{ products { edges { node { id variants { edges { node { id sku } } }
          collections { edges { node { id title } } } } } } }""",
        ),
    )
    items = """{ inventoryItems { edges { node { id sku inventoryLevels { edges { node {
      id quantities(names: ["available"]) { quantity } } } } } } } }"""
    stock = [json.loads(line) for line in read(status(shop, begin(shop, items))["url"]).text.splitlines()]
    assert (products["objectCount"], products["rootObjectCount"]) == ("4", "1")
    assert [each["quantities"] for each in stock if "__parentId" in each] == [
        [{"quantity": 3}],
        [{"quantity": 0}],
    ]
