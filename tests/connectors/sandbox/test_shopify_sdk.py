"""Shopify's own client for Python drives the fake store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
import shopify

from connectors.sandbox.server import Sandbox
from connectors.sandbox.shopify.schema import VERSION
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.receiver import Receiver
from tests.connectors.sandbox.shops import TOKEN, Shop

PAGE = """query Page($first: Int!, $after: String, $q: String) {
  orders(first: $first, after: $after, query: $q, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor } nodes { id name } } }
query Another { shop { name } }"""
ADD_TAG = """mutation($id: ID!) { tagsAdd(id: $id, tags: ["gold"]) {
  node { id ... on Customer { tags } } userErrors { field message } } }"""
SUBSCRIBE = """mutation($uri: String!) {
  webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: { uri: $uri, format: JSON }) {
    webhookSubscription { id } userErrors { message } } }"""
BULK = """mutation { bulkOperationRunQuery(query: "{ customers { edges { node { id } } } }") {
  userErrors { message } } }"""
CURRENT = "{ currentBulkOperation { status objectCount url } }"


class Local(shopify.Session):  # type: ignore[misc]  # the client comes without types
    """A session whose shop answers on this machine."""

    root = ""

    @property
    def site(self) -> str:
        return str(self.version.api_path(self.root))


@pytest.fixture
def shop(sandbox: Sandbox, control: Control) -> Iterator[Shop]:
    made = Shop(sandbox, control)
    control.call("POST", "/limits", {"job_seconds": 0})
    session = Local("north.myshopify.com", VERSION, TOKEN)
    session.root = f"{sandbox.url}/shopify"
    shopify.ShopifyResource.activate_session(session)
    yield made
    shopify.ShopifyResource.clear_session()


def execute(document: str, variables: Any = None, name: str | None = None) -> Any:
    answer = json.loads(shopify.GraphQL().execute(document, variables, name))
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def test_it_reads_page_by_page(shop: Shop) -> None:
    first = execute(PAGE, {"first": 1, "q": "updated_at:>='2020-01-01T00:00:00Z'"}, "Page")["orders"]
    rest = execute(PAGE, {"first": 1, "after": first["pageInfo"]["endCursor"]}, "Page")["orders"]
    assert [each["name"] for each in (*first["nodes"], *rest["nodes"])] == ["#101", "#102"]
    assert [each["pageInfo"]["hasNextPage"] for each in (first, rest)] == [True, False]
    assert execute(PAGE, None, "Another") == {"shop": {"name": "North"}}


def test_it_changes_and_is_told(shop: Shop, receiver: Receiver) -> None:
    tagged = execute(ADD_TAG, {"id": "gid://shopify/Customer/1"})["tagsAdd"]
    assert tagged["node"]["tags"] == ["gold", "news", "vip"]
    assert execute(SUBSCRIBE, {"uri": receiver.url})["webhookSubscriptionCreate"]["userErrors"] == []
    shop.do("order_create", email="ana@shop.test")
    shop.control.wait_for_webhooks()
    [(_, headers, body)] = receiver.arrived
    assert headers["X-Shopify-Topic"] == "orders/create"
    assert body["customer"]["id"] == 1


def test_it_asks_for_everything_at_once(shop: Shop) -> None:
    assert execute(BULK)["bulkOperationRunQuery"]["userErrors"] == []
    done = execute(CURRENT)["currentBulkOperation"]
    assert (done["status"], done["objectCount"]) == ("COMPLETED", "2")
    assert done["url"].endswith(".jsonl")


def test_it_fails_as_it_would_at_the_vendor(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.do("token_expire")
    with pytest.raises(HTTPError) as refused:
        execute("{ shop { name } }")
    refused.value.close()
    assert refused.value.code == 401
    assert "Invalid API key or access token" in capsys.readouterr().out


def test_it_reads_the_scopes_that_were_granted(shop: Shop) -> None:
    granted = execute("{ currentAppInstallation { accessScopes { handle } } }")["currentAppInstallation"]
    access = shopify.ApiAccess([each["handle"] for each in granted["accessScopes"]])
    assert access.covers(shopify.ApiAccess("read_orders,write_customers"))
