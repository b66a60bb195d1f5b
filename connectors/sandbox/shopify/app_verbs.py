"""What happens to the app itself: tokens end, scopes change, it is removed, people want to be forgotten."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import bodies, hooks
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.shop import found
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[ShopifyAccount] = Verbs()

PRIVACY = ("customers/data_request", "customers/redact", "shop/redact")

FAILURES = {
    "INTERNAL_SERVER_ERROR": "Internal error. Looks like something went wrong on our end.",
    "SHOP_INACTIVE": "The shop is not active.",
    "ACCESS_DENIED": "Access denied.",
    "THROTTLED": "Throttled",
}


@verbs.add
def privacy_request(account: ShopifyAccount, body: Json) -> Json:
    """The vendor passes on a privacy request: topic (customers/data_request, …), customer_id."""
    topic = body.get("topic", PRIVACY[0])
    if topic not in PRIVACY:
        raise Refusal(f"topic is one of {', '.join(PRIVACY)}, not {topic!r}.")
    told = bodies.privacy(account, None)
    if topic != "shop/redact":
        row = found(account.customers, body.get("customer_id") or body.get("id"), "customer")
        orders = [each["id"] for each in account.orders.where("customer_id", row["id"])]
        more: Json = {"orders_to_redact": orders}
        if topic == "customers/data_request":
            more = {"orders_requested": orders, "data_request": {"id": 9999}}
        told = bodies.privacy(account, row, **more)
    hooks.send(account, topic, told)
    return told


@verbs.add
def token_expire(account: ShopifyAccount, body: Json) -> Json:
    """All access tokens stop working."""
    account.tokens.expire()
    return {}


@verbs.add
def scope_remove(account: ShopifyAccount, body: Json) -> Json:
    """The app loses a scope: scope."""
    return _changed(account, account.scopes - {_scope(body)})


@verbs.add
def scope_add(account: ShopifyAccount, body: Json) -> Json:
    """The app is granted a scope: scope."""
    return _changed(account, account.scopes | {_scope(body)})


@verbs.add
def webhook_drop(account: ShopifyAccount, body: Json) -> Json:
    """The vendor deletes a subscription that failed too often: id, or topic; all of them without either."""
    dropped = [
        row
        for row in account.subscriptions
        if body.get("id") in (None, row["id"], row["admin_graphql_api_id"])
        and body.get("topic") in (None, row["topic"])
    ]
    for row in dropped:
        account.subscriptions.remove(row["id"])
    return {"dropped": [row["topic"] for row in dropped]}


@verbs.add
def app_uninstall(account: ShopifyAccount, body: Json) -> Json:
    """The owner removes the app: its tokens and subscriptions are gone."""
    told = {"id": 1, "name": account.name, "domain": account.domain, "myshopify_domain": account.domain}
    hooks.send(account, "app/uninstalled", told)
    account.tokens.end()
    for row in account.subscriptions:
        account.subscriptions.remove(row["id"])
    return told


@verbs.add
def query_fail(account: ShopifyAccount, body: Json) -> Json:
    """The next queries fail with HTTP 200: code, times; partial=true leaves the data beside the error."""
    code, times = body.get("code", "INTERNAL_SERVER_ERROR"), body.get("times", 1)
    if code not in FAILURES or not isinstance(times, int) or times < 1:
        raise Refusal(f"code is one of {', '.join(FAILURES)}; times a whole number from 1 on.")
    failure = {
        "message": FAILURES[code],
        "extensions": {"code": code},
        "partial": body.get("partial") is True,
    }
    account.failures += [failure] * times
    return {"waiting": len(account.failures)}


def _scope(body: Json) -> str:
    if not isinstance(body.get("scope"), str):
        raise Refusal("This needs scope, such as read_orders.")
    return str(body["scope"])


def _changed(account: ShopifyAccount, scopes: set[str]) -> Json:
    before, account.scopes = sorted(account.scopes), scopes
    told: dict[str, Any] = {
        "id": 1,
        "shop_id": "gid://shopify/Shop/1",
        "previous": before,
        "current": sorted(scopes),
        "updated_at": account.stamp(),
    }
    hooks.send(account, "app/scopes_update", told)
    return {"scopes": sorted(scopes)}
