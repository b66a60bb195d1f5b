"""Sends signed webhooks to every subscription, and to the account's own target.

https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import uuid4

import msgspec

from connectors.sandbox.shopify import bodies
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.schema import VERSION
from connectors.sandbox.webhooks import Delivery
from connectors.sandbox.wire import Json

ODD_TOPICS = {"CUSTOMER_TAGS_ADDED": "customer.tags_added", "CUSTOMER_TAGS_REMOVED": "customer.tags_removed"}
FAMILIES = (
    "INVENTORY_LEVELS", "REVERSE_DELIVERIES", "BULK_OPERATIONS", "FULFILLMENT_EVENTS", "ORDERS", "CUSTOMERS",
    "PRODUCTS", "VARIANTS", "CHECKOUTS", "REFUNDS", "RETURNS", "FULFILLMENTS", "APP",
)  # fmt: skip
MOST_FAILURES = 8  # in a row, then the subscription is deleted


def header_of(topic: str) -> str:
    """ORDERS_CREATE → orders/create"""
    family = next((each for each in FAMILIES if topic.startswith(f"{each}_")), "")
    plain = f"{family}/{topic.removeprefix(family)[1:]}".lower() if family else topic.lower()
    return ODD_TOPICS.get(topic, plain)


def send(account: ShopifyAccount, topic: str, body: Json) -> None:
    """``topic`` is the header's value, such as orders/create."""
    event = str(uuid4())
    raw = msgspec.json.encode(body)
    target = account.webhook
    if target is not None:
        _post(account, target.url, target.secret, topic, event, raw, None)
    for row in account.subscriptions:
        if header_of(row["topic"]) == topic:
            _post(account, row["uri"], "", topic, event, raw, row)


def _post(
    account: ShopifyAccount, url: str, secret: str, topic: str, event: str, raw: bytes, row: Json | None
) -> None:
    key = secret or account.credentials.get("client_secret", "")
    signature = base64.b64encode(hmac.new(key.encode(), raw, hashlib.sha256).digest()).decode()

    def settled(ok: bool) -> None:
        if row is not None:
            row["failures"] = 0 if ok else row["failures"] + 1
            if row["failures"] >= MOST_FAILURES:
                account.subscriptions.rows.pop(row["id"], None)

    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": account.domain,
        "X-Shopify-Hmac-Sha256": signature,
        "X-Shopify-API-Version": VERSION,
        "X-Shopify-Webhook-Id": str(uuid4()),
        "X-Shopify-Event-Id": event,
        "X-Shopify-Triggered-At": account.now().isoformat(),
    }
    account.around.webhooks.send(Delivery("shopify", account.name, url, raw, headers, settled=settled))


def tell_order(account: ShopifyAccount, row: Json, *events: str) -> None:
    for event in (*events, "updated"):
        send(account, f"orders/{event}", bodies.order(account, row))
    customer = account.customers.get(row["customer_id"])
    if customer is not None and not row["test"]:
        send(account, "customers/purchasing_summary", bodies.summary(account, customer))


def tell_customer(account: ShopifyAccount, row: Json, event: str = "update") -> None:
    send(account, f"customers/{event}", bodies.customer(account, row))


def tell_product(account: ShopifyAccount, row: Json, event: str = "update") -> None:
    send(account, f"products/{event}", bodies.product(account, row))


def tell_return(account: ShopifyAccount, row: Json) -> None:
    event = {"requested": "request", "approved": "approve", "closed": "close"}.get(row["status"])
    event = event or {"declined": "decline", "cancelled": "cancel"}[row["status"]]
    send(account, f"returns/{event}", bodies.returned(account, row))


def tell_tags(account: ShopifyAccount, kind: str, row: Json, tags: list[str], *, added: bool) -> None:
    if kind == "Customer":
        body = {"customerId": row["admin_graphql_api_id"], "tags": tags, "occurredAt": account.stamp()}
        send(account, f"customer.tags_{'added' if added else 'removed'}", body)
        tell_customer(account, row)
    elif kind == "Order":
        send(account, "orders/updated", bodies.order(account, row))
    else:
        tell_product(account, row)
