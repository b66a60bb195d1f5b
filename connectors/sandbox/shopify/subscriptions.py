"""Webhook subscriptions: which are refused, which scopes they take, and what of a body each is sent.

https://shopify.dev/docs/apps/build/webhooks/subscribe and /customize
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.sandbox.shopify import search
from connectors.sandbox.shopify.schema import VERSION
from connectors.sandbox.shopify.values import number
from connectors.sandbox.wire import Json

if TYPE_CHECKING:
    from connectors.sandbox.shopify.graph import Graph

NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")
ODD = {"CUSTOMER_TAGS_ADDED": "customer.tags_added", "CUSTOMER_TAGS_REMOVED": "customer.tags_removed"}
FAMILIES = (
    "CUSTOMERS_EMAIL_MARKETING_CONSENT", "CUSTOMERS_MARKETING_CONSENT", "INVENTORY_LEVELS",
    "REVERSE_DELIVERIES", "BULK_OPERATIONS", "FULFILLMENT_EVENTS", "ORDERS", "CUSTOMERS", "PRODUCTS",
    "VARIANTS", "CHECKOUTS", "REFUNDS", "RETURNS", "FULFILLMENTS", "APP",
)  # fmt: skip
SCOPES = {
    "orders": "read_orders", "refunds": "read_orders", "checkouts": "read_orders",
    "customers": "read_customers", "customer": "read_customers",
    "customers_email_marketing_consent": "read_customers", "customers_marketing_consent": "read_customers",
    "products": "read_products", "variants": "read_products", "inventory_levels": "read_inventory",
    "returns": "read_returns", "reverse_deliveries": "read_returns",
    "fulfillments": "read_fulfillments", "fulfillment_events": "read_fulfillments",
    "customers/merge": "read_customer_merge",
}  # fmt: skip
LOOPBACK = ("127.0.0.1", "localhost")


def header_of(topic: str) -> str:
    """ORDERS_CREATE → orders/create"""
    family = next((each for each in FAMILIES if topic.startswith(f"{each}_")), "")
    plain = f"{family}/{topic.removeprefix(family)[1:]}".lower() if family else topic.lower()
    return ODD.get(topic, plain)


def refused(message: str, *field: str, code: str | None = None) -> list[Json]:
    """What ``userErrors`` says."""
    told = {"message": message, "code": code, "extraInfo": None, "elementIndex": None}
    return [{"field": list(field) or None, **told}]


def create(graph: Graph, arguments: Json) -> Json:
    account, given, topic = graph.account, arguments["webhookSubscription"], arguments["topic"]
    uri, header = given.get("uri") or given.get("callbackUrl") or "", header_of(topic)
    scope = SCOPES.get(header) or SCOPES.get(re.split(r"[/.]", header)[0], "")
    if scope and scope not in account.scopes:
        return _no(f"You do not have permission to create or update webhooks with {header} topic.", "topic")
    if wrong := _wrong(given, uri):
        return wrong
    if any(each["topic"] == topic and each["uri"] == uri for each in account.subscriptions):
        return _no("Address for this topic has already been taken", "webhookSubscription", "callbackUrl")
    row = account.subscriptions.add(
        {
            "topic": topic,
            "uri": uri,
            "callbackUrl": uri,
            "format": given.get("format") or "JSON",
            "name": given.get("name"),
            "filter": given.get("filter"),
            "includeFields": given.get("includeFields") or [],
            "metafieldNamespaces": given.get("metafieldNamespaces") or [],
            "createdAt": account.stamp(),
            "updatedAt": account.stamp(),
            "apiVersion": {"handle": VERSION, "displayName": VERSION, "supported": True},
            "failures": 0,
        }
    )
    return {"webhookSubscription": graph.show("WebhookSubscription", row), "userErrors": []}


def update(graph: Graph, arguments: Json) -> Json:
    row = graph.account.subscriptions.get(number(arguments["id"]))
    if row is None:
        return _no("Webhook subscription does not exist", "id")
    given = arguments["webhookSubscription"]
    uri = given.get("uri") or given.get("callbackUrl") or row["uri"]
    if wrong := _wrong(given, uri):
        return wrong
    row.update({name: given[name] for name in ("filter", "includeFields", "name") if name in given})
    row.update({"uri": uri, "callbackUrl": uri, "updatedAt": graph.account.stamp()})
    return {"webhookSubscription": graph.show("WebhookSubscription", row), "userErrors": []}


def delete(graph: Graph, arguments: Json) -> Json:
    row = graph.account.subscriptions.remove(number(arguments["id"]))
    if row is None:
        errors = refused("Webhook subscription does not exist", "id")
        return {"deletedWebhookSubscriptionId": None, "userErrors": errors}
    return {"deletedWebhookSubscriptionId": arguments["id"], "userErrors": []}


def _wrong(given: Json, uri: str) -> Json | None:
    address = urlsplit(uri)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        return _no("Address protocol http:// is not supported", "webhookSubscription", "callbackUrl")
    if not address.hostname:
        return _no("Address is invalid", "webhookSubscription", "callbackUrl")
    if given.get("name") and not NAME.fullmatch(given["name"]):
        return _no("Name is invalid", "webhookSubscription", "name")
    return None


def _no(message: str, *field: str) -> Json:
    return {"webhookSubscription": None, "userErrors": refused(message, *field)}


def narrowed(row: Json, body: Json) -> Json | None:
    """The fields that a subscription wants; None where its filter does not fit. Top-level fields only."""
    if row["filter"]:
        fits = {name: _equal(name) for name in body}
        if not search.fitting([body], row["filter"], fits):
            return None
    wanted = set(row["includeFields"])
    return {name: value for name, value in body.items() if name in wanted} if wanted else body


def _equal(name: str) -> search.Filter:
    return lambda body, comparator, value: _text(body[name]) == value.lower()


def _text(value: Any) -> str:
    return str(value if value is not None else "").lower()
