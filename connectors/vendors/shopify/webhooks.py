"""Shopify's webhooks: genuine or not, what they say, and how their registrations are kept.

https://shopify.dev/docs/api/webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping

from connectors.errors import NeedsAttention, Refused
from connectors.http import Client
from connectors.types import Parsed, PrivacyRequest, Reference, WebhookState
from connectors.values import emails, mapping, rows, text
from connectors.vendors.shopify import carts, customers, documents, orders, scopes
from connectors.vendors.shopify.graphql import Row, ask, change
from connectors.vendors.shopify.ids import domain, number

TOPICS = (
    "ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_PAID", "ORDERS_CANCELLED", "ORDERS_FULFILLED",
    "REFUNDS_CREATE", "CHECKOUTS_CREATE", "CHECKOUTS_UPDATE", "CUSTOMERS_CREATE", "CUSTOMERS_UPDATE",
    "CUSTOMERS_DELETE", "CUSTOMERS_MERGE", "CUSTOMERS_PURCHASING_SUMMARY", "CUSTOMER_TAGS_ADDED",
    "CUSTOMER_TAGS_REMOVED", "INVENTORY_LEVELS_UPDATE", "PRODUCTS_CREATE", "PRODUCTS_UPDATE",
    "PRODUCTS_DELETE", "VARIANTS_IN_STOCK", "VARIANTS_OUT_OF_STOCK", "RETURNS_REQUEST", "RETURNS_APPROVE",
    "RETURNS_DECLINE", "RETURNS_CANCEL", "RETURNS_CLOSE", "RETURNS_REOPEN",
    "REVERSE_DELIVERIES_ATTACH_DELIVERABLE", "APP_UNINSTALLED", "APP_SCOPES_UPDATE",
)  # fmt: skip
NAME = "orchestrator-"
UNINSTALLED = "The app was removed from the store. Install it again and enter the new credentials."
LOST = "The app lost what it needs in the store: {}. Give it these scopes and install it again."
PRIVACY = {
    "customers/data_request": "export",
    "customers/redact": "erase",
    "shop/redact": "erase_shop",
}


def is_genuine(credentials: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
    """Signed with the app's secret, and of this shop. Compared as bytes: other text would raise."""
    secret = credentials.get("client_secret", "")
    if not secret or domain(headers.get("x-shopify-shop-domain", "")) != domain(credentials.get("shop", "")):
        return False
    made = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(
        made, headers.get("x-shopify-hmac-sha256", "").encode("utf-8", "surrogatepass")
    )


def parse(body: bytes, headers: Mapping[str, str]) -> Parsed:
    """Raises ValueError with a sentence when it cannot be read."""
    topic = headers.get("x-shopify-topic", "").lower()
    if not topic:
        raise ValueError("The delivery from Shopify does not say what it is about.")
    told = _decoded(body)
    family = topic.partition("/")[0]
    if topic in PRIVACY:
        return _privacy(topic, told)
    if topic == "app/uninstalled":
        return Parsed(trouble=UNINSTALLED)
    if topic == "app/scopes_update":
        return _scopes(told)
    if topic == "customers/merge":
        return _merge(told, headers)
    if family == "orders" and topic != "orders/delete":
        return _order(told, headers.get("x-shopify-shop-domain", ""))
    if family == "checkouts":
        cart = carts.from_webhook(told) if topic != "checkouts/delete" else None
        return Parsed(snapshots=[cart] if cart else [])
    find = NAMES.get(family) or NAMES.get(topic)
    return _named(*find(told)) if find else Parsed()


def ensure(client: Client, url: str) -> list[WebhookState]:
    """One subscription for each topic to our address. Shopify deletes those that failed eight times."""
    found = [each for page in _subscriptions(client) for each in page]
    ours = [each for each in found if _path(text(each.get("uri"), 2000)) == _path(url)]
    for each in ours:
        if each.get("uri") != url:  # of a host we had before
            change(client, documents.UNSUBSCRIBE, {"id": each["id"]})
    known = {text(each.get("topic")): each for each in ours if each.get("uri") == url}
    was_there = bool(ours)
    return [_ensured(client, topic, known.get(topic), url, was_there=was_there) for topic in TOPICS]


def _subscriptions(client: Client) -> Iterator[list[Row]]:
    after: str | None = None
    while True:
        listed = mapping(ask(client, documents.HOOKS, {"after": after}).get("webhookSubscriptions"))
        yield rows(listed.get("nodes"))
        info = mapping(listed.get("pageInfo"))
        if not info.get("hasNextPage") or info.get("endCursor") == after:
            return
        after = text(info.get("endCursor"), 2000)


def _ensured(client: Client, topic: str, row: Row | None, url: str, *, was_there: bool) -> WebhookState:
    """One that is missing among others of ours was deleted for its failures: it comes back."""
    if row is not None:
        return WebhookState(id=number(row.get("id")), topic=topic, is_active=True)
    name = (NAME + topic.lower().replace("_", "-"))[:50]
    wanted = {"uri": url, "format": "JSON", "name": name}
    try:
        made = change(client, documents.SUBSCRIBE, {"topic": topic, "sub": wanted})
    except (Refused, NeedsAttention) as error:
        if isinstance(error, NeedsAttention) and error.code != "scope_missing":
            raise  # nothing that only this topic is refused for
        return WebhookState(id="", topic=topic, is_active=False)
    id_ = number(mapping(made.get("webhookSubscription")).get("id"))
    return WebhookState(id=id_, topic=topic, is_active=True, was_created=not was_there, was_revived=was_there)


def _path(url: str) -> str:
    return url.partition("://")[2].partition("/")[2].partition("?")[0]


def _decoded(body: bytes) -> Row:
    try:
        told = json.loads(body)
    except ValueError:
        raise ValueError("The delivery from Shopify is not JSON.") from None
    except RecursionError:
        raise ValueError("The delivery from Shopify is nested too deeply.") from None
    if not isinstance(told, dict):
        raise ValueError("The delivery from Shopify is not a JSON object.")
    return told


def _order(told: Row, shop: str) -> Parsed:
    if orders.is_complete(told):
        return Parsed(snapshots=[orders.from_webhook(told, shop)])
    return _named("order", number(told.get("id")))


def _scopes(told: Row) -> Parsed:
    """The app may do other things from now on; only what it lost and we need is worth a word."""
    before, now = (told.get(name) for name in ("previous", "current"))
    lacked = scopes.missing(map(str, before)) if isinstance(before, list) else []
    lacks = scopes.missing(map(str, now)) if isinstance(now, list) else []
    lost = [each for each in lacks if each not in lacked]
    return Parsed(trouble=LOST.format(", ".join(lost)) if lost else "")


def _merge(told: Row, headers: Mapping[str, str]) -> Parsed:
    kept = number(told.get("admin_graphql_api_customer_kept_id"))
    gone = number(told.get("admin_graphql_api_customer_deleted_id"))
    if not kept or not gone:
        raise ValueError("The merge from Shopify does not name both customers.")
    merged = customers.merged(gone, kept, headers.get("x-shopify-triggered-at"))
    return Parsed(snapshots=[merged], references=[Reference(kind="customer", id=kept)])


def _privacy(topic: str, told: Row) -> Parsed:
    customer = mapping(told.get("customer"))
    request = PrivacyRequest(
        kind=PRIVACY[topic],
        customer_id=number(customer.get("id")),
        emails=emails([customer.get("email")]),
        phone=text(customer.get("phone"), 40),
    )
    return Parsed(privacy=[request])


def _named(kind: str, id_: str) -> Parsed:
    if not id_:
        raise ValueError(f"The delivery from Shopify names no {kind.replace('_', ' ')}.")
    return Parsed(references=[Reference(kind=kind, id=id_)])


# By topic, or by the part before its slash: what a delivery names.
NAMES: dict[str, Callable[[Row], tuple[str, str]]] = {
    "orders": lambda told: ("order", number(told.get("id"))),
    "refunds": lambda told: ("order", number(told.get("order_id"))),
    "products": lambda told: ("product", number(told.get("id"))),
    "inventory_levels": lambda told: ("inventory_item", number(told.get("inventory_item_id"))),
    "customers/purchasing_summary": lambda told: ("customer", number(told.get("customerId"))),
    "customers/create": lambda told: ("customer", number(told.get("id"))),
    "customers/update": lambda told: ("customer", number(told.get("id"))),
    "customers/delete": lambda told: ("customer", number(told.get("id"))),
    "customer.tags_added": lambda told: ("customer", number(told.get("customerId"))),
    "customer.tags_removed": lambda told: ("customer", number(told.get("customerId"))),
    # Their stock changed, and only an inventory item tells when; without one, as old as what we knew.
    "variants": lambda told: (
        ("inventory_item", number(told["inventory_item_id"]))
        if told.get("inventory_item_id")
        else ("product", number(told.get("product_id")))
    ),
    "returns": lambda told: ("return", number(told.get("id"))),
    "reverse_deliveries": lambda told: ("return", number(mapping(told.get("return")).get("id"))),
}
