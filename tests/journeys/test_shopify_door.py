"""What comes to Shopify's door: whose it is decides its signature and its shop, what it says its body."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from connectors.models import Connection
from orchestrator.models import Attention, Delivery, InboxEvent, Order, OutboxAction, RunLogEntry
from tests.connectors.vendors.shopify.payloads import payload
from tests.connectors.vendors.shopify.told import signature
from tests.journeys.storefronts import Shop, work

pytestmark = pytest.mark.django_db(transaction=True)

ANA = "ana@shop.test"
BOOTS = {"id": 7, "title": "Boots", "variants": [{"id": 71, "price": "200.00", "inventory_quantity": 50}]}


def rule(when: str, *then: dict[str, Any], **more: Any) -> dict[str, Any]:
    params = {"when": when, "then": list(then), **more}
    return {"recipe": "custom", "name": when, "mode": "live", "params": params}


@pytest.fixture
def shop(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Any:
    settings.ALLOW_LOOPBACK_VENDORS = True
    settings.PUBLIC_URL = live_server.url
    made = Shop(sandbox.url, live_server.url)
    tag = {"action": "tag_customer", "with": {"tag": "buyer"}}
    rules = [rule("order.placed", tag), rule("customer.changed", tag | {"with": {"tag": "seen"}})]
    made.furnish(tmp_path / "client.yaml", rules, products=[BOOTS])
    yield made
    requests.post(f"{sandbox.url}/_control/reset", timeout=20).raise_for_status()


def post(shop: Shop, body: Any, *, secret: str = "", **headers: str) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": f"{shop.slug}.myshopify.com",
        "X-Shopify-Hmac-Sha256": signature(secret or f"secret-{shop.slug}", raw),
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    address = f"{shop.web}/hooks/hook-{shop.slug}/"
    return requests.post(address, data=raw, headers=given, timeout=20).status_code


def test_a_genuine_order_is_read_without_a_call(shop):
    before = len(shop.requests("shopify"))

    answer = post(shop, payload("order_paid"))
    Connection.objects.filter(vendor="shopify").update(is_enabled=True, next_poll_at=None)

    assert answer == 200
    assert len(shop.requests("shopify")) == before
    work()
    assert Order.objects.get(object_id="5501").customer is not None


@pytest.mark.parametrize(
    ("secret", "headers"),
    [
        ("wrong", {}),
        ("", {"X_Shopify_Hmac_Sha256": "AAAA"}),
        ("", {"X_Shopify_Shop_Domain": "other.myshopify.com"}),
        ("", {"X_Shopify_Shop_Domain": ""}),
    ],
)
def test_what_is_not_signed_for_this_shop_leaves_no_row(shop, secret, headers):
    assert post(shop, payload("order_paid"), secret=secret, **headers) == 401
    assert not Delivery.objects.exists()


def test_a_shop_that_nobody_connected_is_not_found(shop):
    answer = requests.post(f"{shop.web}/hooks/nobody/", data=b"{}", timeout=20)

    assert answer.status_code == 404


def test_the_same_webhook_id_with_another_body_is_read_too(shop):
    first, second = payload("order_paid"), payload("order_paid")
    second |= {"tags": "rush", "updated_at": "2026-11-22T05:30:00-05:00"}

    answers = [post(shop, first), post(shop, second), post(shop, second)]
    work()

    assert answers == [200, 200, 200]
    assert InboxEvent.objects.filter(kind="order", object_id="5501").count() == 2
    assert json.loads(bytes(Order.objects.get(object_id="5501").body))["tags"] == ["rush"]


@pytest.mark.parametrize("headers", [{}, {"X_Shopify_Topic": ""}])
def test_an_unreadable_delivery_is_kept_and_shown(shop, headers):
    body = payload("order_paid") if headers else {"id": "none"}

    assert post(shop, body, **headers) == 200
    with pytest.raises(Exception, match="failed for good"):
        work()

    assert Delivery.objects.get(state=Delivery.State.QUARANTINED)
    assert Attention.objects.open().filter(code="delivery_quarantined").exists()


def test_our_own_tag_comes_back_and_triggers_nothing(shop):
    shop.listen("double")

    shop.happens("order_create", email=ANA, line_items=[{"variant_id": 71}])
    for minutes in (0, 3, 6):
        shop.webhooks_delivered()
        work(minutes=minutes)

    [customer] = shop.control("GET", f"shopify/accounts/{shop.slug}")["customers"]
    done = OutboxAction.objects.filter(action="tag_customer", state="done")
    assert customer["tags"] == "buyer, seen"
    assert sorted(json.loads(each.arguments)["tag"] for each in done) == ["buyer", "seen"]
    assert RunLogEntry.objects.filter(code="event_echo").exists()
    assert OutboxAction.objects.filter(action="tag_customer").count() == 2
