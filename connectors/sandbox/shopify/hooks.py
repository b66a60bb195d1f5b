"""Sends signed webhooks to every subscription, and to the account's own target.

https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import uuid4

import msgspec

from connectors.sandbox.shopify import bodies, shapes, subscriptions
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.schema import VERSION
from connectors.sandbox.webhooks import Delivery
from connectors.sandbox.wire import Json

MOST_FAILURES = 8  # in a row, then the subscription is deleted


def send(account: ShopifyAccount, topic: str, body: Json) -> None:
    """``topic`` is the header's value, such as orders/create. One address is told once."""
    event, target = str(uuid4()), account.webhook
    if target is not None:
        headers = _headers(account, topic, event, {})
        _post(account, target.url, target.secret, headers, msgspec.json.encode(body), None)
    for row in account.subscriptions:
        told = subscriptions.narrowed(row, body) if subscriptions.header_of(row["topic"]) == topic else None
        if told is not None and not (target and target.url == row["uri"]):
            headers = _headers(account, topic, event, row)
            _post(account, row["uri"], "", headers, msgspec.json.encode(told), row)


def _headers(account: ShopifyAccount, topic: str, event: str, row: Json) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": account.domain,
        "X-Shopify-API-Version": VERSION,
        "X-Shopify-Webhook-Id": str(uuid4()),
        "X-Shopify-Event-Id": event,
        "X-Shopify-Triggered-At": account.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        **({"X-Shopify-Name": row["name"]} if row.get("name") else {}),
    }


def _post(
    account: ShopifyAccount, url: str, secret: str, headers: dict[str, str], raw: bytes, row: Json | None
) -> None:
    """Signed with the app's secret. A subscription that nobody answers eight times in a row is deleted."""
    key = secret or account.credentials.get("client_secret", "")
    signature = base64.b64encode(hmac.new(key.encode(), raw, hashlib.sha256).digest()).decode()

    def settled(ok: bool) -> None:
        if row is None:
            return
        with account.lock:
            row["failures"] = 0 if ok else row["failures"] + 1
            if row["failures"] >= MOST_FAILURES:
                account.subscriptions.remove(row["id"])

    signed = {**headers, "X-Shopify-Hmac-Sha256": signature}
    account.around.webhooks.send(Delivery("shopify", account.name, url, raw, signed, settled=settled))


def tell_order(account: ShopifyAccount, row: Json, *events: str) -> None:
    for event in (*events, "updated"):
        send(account, f"orders/{event}", bodies.order(account, row))


def tell_totals(account: ShopifyAccount, order: Json) -> None:
    """What its customer ordered and spent is another sum now."""
    customer = account.customers.get(order["customer_id"])
    if customer is not None and not order["test"]:
        send(account, "customers/purchasing_summary", bodies.summary(account, customer))


def tell_customer(account: ShopifyAccount, row: Json, event: str = "update") -> None:
    send(account, f"customers/{event}", bodies.customer(account, row))


def tell_product(account: ShopifyAccount, row: Json, event: str = "update") -> None:
    send(account, f"products/{event}", bodies.product(account, row))


RETURNED = {
    "requested": "request", "approved": "approve", "open": "reopen", "closed": "close",
    "declined": "decline", "cancelled": "cancel",
}  # fmt: skip


def tell_return(account: ShopifyAccount, row: Json, event: str | None = None) -> None:
    send(account, f"returns/{event or RETURNED[row['status']]}", bodies.returned(account, row))


def tell_stock(account: ShopifyAccount, level: Json, variant: Json, before: int) -> None:
    """The level; and where the last one was sold, or the first one came in, the variant."""
    send(account, "inventory_levels/update", bodies.level(account, level))
    left = shapes.stock(account, variant)
    if (before > 0) != (left > 0):
        topic = "variants/in_stock" if left > 0 else "variants/out_of_stock"
        send(account, topic, bodies.variant(account, variant))


def tell_tags(account: ShopifyAccount, kind: str, row: Json, tags: list[str], *, added: bool) -> None:
    if kind == "Customer":
        body = {"customerId": row["admin_graphql_api_id"], "tags": tags, "occurredAt": account.stamp()}
        send(account, f"customer.tags_{'added' if added else 'removed'}", body)
        tell_customer(account, row)
    elif kind == "Order":
        send(account, "orders/updated", bodies.order(account, row))
    else:
        tell_product(account, row)


def tell_label(account: ShopifyAccount, row: Json) -> None:
    """A return label was attached."""
    told = bodies.labelled(account, row)
    send(account, "reverse_deliveries/attach_deliverable", told)


def tell_bulk(account: ShopifyAccount, row: Json) -> None:
    """A bulk operation is over, well or not."""
    told = {
        "admin_graphql_api_id": row["admin_graphql_api_id"],
        "completed_at": row["completedAt"],
        "created_at": row["createdAt"],
        "error_code": row["errorCode"].lower() if row["errorCode"] else None,
        "status": row["status"].lower(),
        "type": "query",
    }
    send(account, "bulk_operations/finish", told)


def tell_consent(account: ShopifyAccount, row: Json) -> None:
    """A customer subscribed to e-mails, or no longer wants them."""
    send(account, "customers_email_marketing_consent/update", bodies.email_consent(row))
    tell_customer(account, row)
