"""What a fake store pushes: to whom, signed how, and in which shapes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.receiver import Receiver
from tests.connectors.sandbox.shops import CREDENTIALS, Shop

SUBSCRIBE = """mutation($topic: WebhookSubscriptionTopic!, $sub: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $sub) {
    webhookSubscription { id topic uri format name } userErrors { field message } } }"""
UPDATE = """mutation($id: ID!, $sub: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $sub) {
    webhookSubscription { uri } userErrors { field message } } }"""
DELETE = """mutation($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }"""
LIST = "{ webhookSubscriptions(first: 50) { nodes { id topic uri } } }"


@pytest.fixture
def shop(sandbox: Sandbox, control: Control) -> Shop:
    return Shop(sandbox, control)


@pytest.fixture
def told(shop: Shop, receiver: Receiver) -> Receiver:
    """The receiver as the account's own target."""
    shop.put(webhook={"url": f"{receiver.url}/hooks/x", "secret": "shpss_other"})
    return receiver


def subscribe(shop: Shop, topic: str, uri: str, **more: Any) -> str:
    made = shop.change(SUBSCRIBE, topic=topic, sub={"uri": uri, "format": "JSON", **more})
    return str(made["webhookSubscription"]["id"])


def topics(receiver: Receiver) -> list[str]:
    return [headers["X-Shopify-Topic"] for _, headers, _ in receiver.arrived]


def signature(secret: str, raw: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def test_a_subscription_hears_its_topic_signed_with_the_apps_secret(shop: Shop, receiver: Receiver) -> None:
    subscribe(shop, "ORDERS_CREATE", f"{receiver.url}/hooks/x", name="ours-1")
    order = shop.do("order_create", email="ana@shop.test")
    shop.control.wait_for_webhooks()
    ((path, headers, body),) = receiver.arrived
    assert (path, body["id"], body["email"]) == ("/hooks/x", order["id"], "ana@shop.test")
    assert headers["X-Shopify-Hmac-Sha256"] == signature(CREDENTIALS["client_secret"], receiver.raw[0])
    shown = {name: headers[f"X-Shopify-{name}"] for name in ("Topic", "Shop-Domain", "API-Version", "Name")}
    assert list(shown.values()) == ["orders/create", "north.myshopify.com", "2026-10", "ours-1"]
    assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]
    assert headers["X-Shopify-Triggered-At"].endswith("Z")


def test_one_event_has_one_id_whoever_hears_it_and_one_address_is_told_once(
    shop: Shop, told: Receiver
) -> None:
    subscribe(shop, "ORDERS_CREATE", f"{told.url}/hooks/x")
    subscribe(shop, "ORDERS_CREATE", f"{told.url}/hooks/y")
    shop.do("order_create", email="ana@shop.test")
    shop.control.wait_for_webhooks()
    created = [
        (path, headers)
        for path, headers, body in told.arrived
        if headers["X-Shopify-Topic"] == "orders/create"
    ]
    assert sorted(path for path, _ in created) == ["/hooks/x", "/hooks/y"]
    assert len({headers["X-Shopify-Event-Id"] for _, headers in created}) == 1
    assert len({headers["X-Shopify-Webhook-Id"] for _, headers in created}) == 2


def test_the_accounts_target_hears_everything_under_its_own_secret(shop: Shop, told: Receiver) -> None:
    order = shop.do("order_create", email="ana@shop.test", line_items=[{"variant_id": 51, "quantity": 3}])
    shop.do("order_refund", id=order["id"], amount="20.00")
    shop.control.wait_for_webhooks()
    assert topics(told) == [
        "inventory_levels/update",
        "variants/out_of_stock",
        "orders/create",
        "orders/paid",
        "orders/updated",
        "customers/purchasing_summary",
        "refunds/create",
        "customers/purchasing_summary",
        "orders/updated",
    ]
    summary = told.bodies[5]
    assert (summary["numberOfOrders"], summary["amountSpent"]["amount"]) == (2, "200.00")
    assert summary["lastOrderId"] == f"gid://shopify/Order/{order['id']}"
    assert told.bodies[-1]["current_total_price_set"]["shop_money"]["amount"] == "100.00"
    assert told.arrived[-1][1]["X-Shopify-Hmac-Sha256"] == signature("shpss_other", told.raw[-1])


def test_an_orders_body_has_shop_stamps_and_a_customer_without_totals(shop: Shop, told: Receiver) -> None:
    shop.put(timezone="America/New_York")
    shop.control.set_clock("2026-12-01T15:00:00Z")
    shop.do(
        "order_create",
        email="ana@shop.test",
        presentment_currency="CAD",
        presentment_rate="1.5",
        total_price="10",
    )
    shop.control.wait_for_webhooks()
    body = told.bodies[topics(told).index("orders/create")]
    assert body["created_at"].startswith("2026-12-01T10:00:0")
    assert body["created_at"].endswith("-05:00")
    assert body["total_price_set"]["presentment_money"] == {"amount": "15.00", "currency_code": "CAD"}
    assert not {"orders_count", "total_spent", "tags"} & body["customer"].keys()
    assert not {"checkout_id", "customer_id"} & body.keys()


def test_a_checkout_is_told_by_its_token_and_its_link(shop: Shop, told: Receiver) -> None:
    left = shop.do("checkout_abandon", email="cleo@shop.test", line_items=[{"variant_id": 51}])
    shop.do("checkout_update", id=left["id"], total_price="15.00")
    shop.do("checkout_complete", id=left["id"])
    shop.control.wait_for_webhooks()
    names = topics(told)
    body = told.bodies[names.index("checkouts/update")]
    placed = told.bodies[names.index("orders/create")]
    assert "id" not in body
    assert (body["token"], body["total_price"], body["email"]) == (left["token"], "15.00", "cleo@shop.test")
    assert placed["checkout_token"] == left["token"]
    listed = shop.ask("{ abandonedCheckouts(first: 1) { nodes { abandonedCheckoutUrl completedAt } } }")
    [row] = listed["abandonedCheckouts"]["nodes"]
    assert row["abandonedCheckoutUrl"] == body["abandoned_checkout_url"]
    assert row["completedAt"]


def test_whoever_buys_for_the_first_time_is_a_new_customer(shop: Shop, told: Receiver) -> None:
    shop.do("order_create", email="dora@shop.test")
    shop.do("order_create", email="dora@shop.test")
    shop.control.wait_for_webhooks()
    assert topics(told).count("customers/create") == 1
    assert topics(told)[0] == "customers/create"


def test_protected_customer_data_is_not_pushed_either(shop: Shop, told: Receiver) -> None:
    shop.put(shows_personal_data=False)
    shop.do("order_create", email="ana@shop.test", shipping_address={"country_code": "US"})
    shop.do("checkout_abandon", email="ana@shop.test")
    shop.control.wait_for_webhooks()
    order, checkout = (
        told.bodies[topics(told).index(each)] for each in ("orders/create", "checkouts/create")
    )
    assert [order["email"], order["shipping_address"], checkout["email"]] == [None, None, None]
    assert order["customer"]["id"] == 1
    assert "email" not in order["customer"]


def test_stock_is_told_without_its_sku_and_turns_are_told_too(shop: Shop, told: Receiver) -> None:
    shop.do("stock_set", variant_id=51, available=-1)
    shop.do("stock_set", variant_id=51, available=4)
    shop.do("stock_set", variant_id=51, available=5)
    shop.control.wait_for_webhooks()
    level = "inventory_levels/update"
    assert topics(told) == [level, "variants/out_of_stock", level, "variants/in_stock", level]
    assert told.bodies[0]["available"] == -1
    assert "sku" not in told.bodies[0]


def test_a_product_with_many_variants_is_told_up_to_the_hundredth(shop: Shop, told: Receiver) -> None:
    made = shop.do("product_create", title="Wall", variants=[{"sku": f"W-{n}"} for n in range(120)])
    shop.control.wait_for_webhooks()
    [body] = told.bodies
    assert (body["id"], len(body["variants"]), len(body["variant_gids"])) == (made["id"], 100, 120)


def test_returns_are_told_step_by_step(shop: Shop, told: Receiver) -> None:
    number = shop.do("return_request", order_id=101)["id"]
    for verb in ("return_approve", "return_close", "return_reopen", "return_cancel"):
        shop.do(verb, id=number)
    shop.control.wait_for_webhooks()
    steps = ["request", "approve", "close", "reopen", "cancel"]
    assert topics(told) == [f"returns/{step}" for step in steps]
    assert [body["status"] for body in told.bodies] == ["requested", "open", "closed", "open", "canceled"]
    assert told.bodies[0]["order"]["id"] == 101
    assert told.bodies[0]["total_return_line_items"] == 2


def test_our_own_tags_come_back_to_us(shop: Shop, told: Receiver) -> None:
    tag = 'mutation { tagsAdd(id: "gid://shopify/Customer/1", tags: ["gold"]) { userErrors { message } } }'
    shop.change(tag)
    shop.change(tag)
    shop.control.wait_for_webhooks()
    assert topics(told) == ["customer.tags_added", "customers/update"]
    assert told.bodies[0]["customerId"] == "gid://shopify/Customer/1"
    assert told.bodies[0]["tags"] == ["gold"]


def test_privacy_requests_name_the_customer_and_the_orders(shop: Shop, told: Receiver) -> None:
    shop.do("privacy_request", customer_id=1)
    shop.do("privacy_request", topic="customers/redact", customer_id=1)
    shop.do("privacy_request", topic="shop/redact")
    shop.control.wait_for_webhooks()
    asked, redact, gone = told.bodies
    assert topics(told) == ["customers/data_request", "customers/redact", "shop/redact"]
    assert (asked["customer"]["email"], asked["orders_requested"]) == ("ana@shop.test", [101])
    assert redact["orders_to_redact"] == [101]
    assert gone == {"shop_id": 1, "shop_domain": "north.myshopify.com"}


def test_a_filter_and_a_choice_of_fields_narrow_what_is_sent(shop: Shop, receiver: Receiver) -> None:
    wanted = {"filter": "financial_status:pending", "includeFields": ["id", "updated_at"]}
    subscribe(shop, "ORDERS_CREATE", receiver.url, **wanted)
    shop.do("order_create", email="ana@shop.test")
    order = shop.do("order_create", email="ana@shop.test", financial_status="pending")
    shop.control.wait_for_webhooks()
    assert receiver.bodies == [{"id": order["id"], "updated_at": order["updated_at"]}]


def test_subscriptions_are_listed_moved_and_deleted(shop: Shop, receiver: Receiver) -> None:
    number = subscribe(shop, "ORDERS_CREATE", "https://old.test/x")
    shop.change(UPDATE, id=number, sub={"uri": receiver.url})
    [row] = shop.ask(LIST)["webhookSubscriptions"]["nodes"]
    assert row == {"id": number, "topic": "ORDERS_CREATE", "uri": receiver.url}
    shop.change(DELETE, id=number)
    assert shop.ask(LIST)["webhookSubscriptions"]["nodes"] == []
    assert shop.refusal(DELETE, id=number)["message"] == "Webhook subscription does not exist"


@pytest.mark.parametrize(
    ("sub", "sentence"),
    [
        ({"uri": "http://hooks.test/x"}, "Address protocol http:// is not supported"),
        ({"uri": "https://taken.test/x"}, "Address for this topic has already been taken"),
        ({"uri": "https://new.test/x", "name": "no spaces please"}, "Name is invalid"),
        ({"uri": "https://new.test/x", "name": "x" * 51}, "Name is invalid"),
    ],
)
def test_subscriptions_that_cannot_be_are_refused(shop: Shop, sub: dict[str, str], sentence: str) -> None:
    subscribe(shop, "ORDERS_CREATE", "https://taken.test/x")
    assert shop.refusal(SUBSCRIBE, topic="ORDERS_CREATE", sub=sub)["message"] == sentence


def test_a_topic_takes_the_scope_of_what_it_tells(shop: Shop) -> None:
    shop.do("scope_remove", scope="read_customer_merge")
    refused = shop.refusal(SUBSCRIBE, topic="CUSTOMERS_MERGE", sub={"uri": "https://new.test/x"})
    assert refused["message"].endswith("with customers/merge topic.")
    subscribe(shop, "CUSTOMERS_UPDATE", "https://new.test/x")


def test_a_subscription_that_fails_eight_times_in_a_row_is_deleted(shop: Shop, receiver: Receiver) -> None:
    shop.control.call("POST", "/webhooks", {"pause": 0})
    subscribe(shop, "CUSTOMERS_UPDATE", receiver.url)
    receiver.status = 500
    for _ in range(7):
        shop.do("customer_update", id=1, first_name="Ana")
    shop.control.wait_for_webhooks()
    kept = shop.ask(LIST)["webhookSubscriptions"]["nodes"]
    shop.do("customer_update", id=1, first_name="Ana")
    shop.control.wait_for_webhooks()
    assert (len(kept), shop.ask(LIST)["webhookSubscriptions"]["nodes"]) == (1, [])
