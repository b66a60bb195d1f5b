"""What can be changed by GraphQL. A refused change is no error: it says so in ``userErrors``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from connectors.sandbox.shopify import bulk, hooks
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.queries import need
from connectors.sandbox.shopify.schema import VERSION
from connectors.sandbox.shopify.shop import touch
from connectors.sandbox.shopify.values import amount, gid, money, number, words
from connectors.sandbox.wire import Json

TAGGED = {"Customer": "write_customers", "Order": "write_orders", "Product": "write_products"}
HOOK_NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")


def resolve(graph: Graph, name: str, arguments: Json) -> Any:
    """Raises GraphQLError where the app may not."""
    return CHANGES[name](graph, arguments)


def refused(message: str, *field: str, code: str | None = None) -> list[Json]:
    return [
        {
            "field": list(field) or None,
            "message": message,
            "code": code,
            "extraInfo": None,
            "elementIndex": None,
        }
    ]


def _tag(graph: Graph, arguments: Json, *, add: bool) -> Json:
    shown = graph.named(arguments["id"])
    if shown is None or shown["__typename"] not in TAGGED:
        return {"node": None, "userErrors": refused("Couldn't find resource with the given id.", "id")}
    kind, row = shown["__typename"], shown["_row"]
    need(graph.account, TAGGED[kind], "tagsAdd" if add else "tagsRemove")
    given, old = words(arguments["tags"]), words(row["tags"])
    lower = {each.lower() for each in (old if add else given)}
    new = (
        [*old, *(each for each in given if each.lower() not in lower)]
        if add
        else [each for each in old if each.lower() not in lower]
    )
    if words(new) != old:
        row["tags"] = ", ".join(words(new))
        touch(graph.account, row)
        hooks.tell_tags(graph.account, kind, row, given, added=add)
    return {"node": graph.show(kind, row), "userErrors": []}


def _subscribe(graph: Graph, arguments: Json) -> Json:
    account, given, topic = graph.account, arguments["webhookSubscription"], arguments["topic"]
    uri = given.get("uri") or given.get("callbackUrl") or ""
    if not uri.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        return _no_hook("Address is not allowed", "webhookSubscription", "callbackUrl")
    if given.get("name") and not HOOK_NAME.fullmatch(given["name"]):
        return _no_hook("Name is invalid", "webhookSubscription", "name")
    if any(each["topic"] == topic and each["uri"] == uri for each in account.subscriptions):
        return _no_hook("Address for this topic has already been taken", "webhookSubscription", "callbackUrl")
    row = account.subscriptions.add(
        {
            "topic": topic,
            "uri": uri,
            "format": given.get("format") or "JSON",
            "name": given.get("name"),
            "filter": given.get("filter"),
            "includeFields": given.get("includeFields") or [],
            "updatedAt": account.stamp(),
            "apiVersion": {"handle": VERSION},
            "failures": 0,
        }
    )
    return {"webhookSubscription": graph.show("WebhookSubscription", row), "userErrors": []}


def _resubscribe(graph: Graph, arguments: Json) -> Json:
    row = graph.account.subscriptions.get(number(arguments["id"]))
    if row is None:
        return _no_hook("Webhook subscription does not exist", "id")
    given = arguments["webhookSubscription"]
    row.update({name: given[name] for name in ("uri", "filter", "includeFields", "name") if name in given})
    row["updatedAt"] = graph.account.stamp()
    return {"webhookSubscription": graph.show("WebhookSubscription", row), "userErrors": []}


def _no_hook(message: str, *field: str) -> Json:
    return {"webhookSubscription": None, "userErrors": refused(message, *field)}


def _unsubscribe(graph: Graph, arguments: Json) -> Json:
    row = graph.account.subscriptions.rows.pop(number(arguments["id"]), None)
    if row is None:
        errors = refused("Webhook subscription does not exist", "id")
        return {"deletedWebhookSubscriptionId": None, "userErrors": errors}
    return {"deletedWebhookSubscriptionId": arguments["id"], "userErrors": []}


def _discount(graph: Graph, arguments: Json) -> Json:
    need(graph.account, "write_discounts", "discountCodeBasicCreate")
    account, given = graph.account, arguments["basicCodeDiscount"]
    place = "basicCodeDiscount"
    for name in ("title", "code", "startsAt", "customerGets"):
        if not given.get(name):
            errors = refused(f"{name} can't be blank", place, name, code="BLANK")
            return {"codeDiscountNode": None, "userErrors": errors}
    if any(each["code"].lower() == given["code"].lower() for each in account.discounts):
        errors = refused("Code must be unique. Please try a different code.", place, "code", code="TAKEN")
        return {"codeDiscountNode": None, "userErrors": errors}
    row = account.discounts.add(
        {"code": given["code"], "given": given, "discount": _discounted(graph, given)}
    )
    return {"codeDiscountNode": graph.show("DiscountCodeNode", row), "userErrors": []}


def _discounted(graph: Graph, given: Json) -> Json:
    code = {"_row": {"id": 1}, "code": given["code"], "asyncUsageCount": 0}
    return {
        "title": given["title"],
        "status": "ACTIVE",
        "startsAt": given["startsAt"],
        "endsAt": given.get("endsAt"),
        "usageLimit": given.get("usageLimit"),
        "asyncUsageCount": 0,
        "totalSales": money(amount(0), graph.account.currency),
        "codes": [code],
    }


def _metafields(graph: Graph, arguments: Json) -> Json:
    account, shown = graph.account, []
    if len(arguments["metafields"]) > 25:
        return {
            "metafields": None,
            "userErrors": refused("At most 25 metafields.", "metafields", code="LESS_THAN_OR_EQUAL_TO"),
        }
    for place, given in enumerate(arguments["metafields"]):
        if graph.named(given["ownerId"]) is None:
            errors = refused("Owner does not exist.", "metafields", str(place), "ownerId", code="INVALID")
            return {"metafields": None, "userErrors": errors}
    for given in arguments["metafields"]:
        key = (given["ownerId"], given.get("namespace") or "app", given["key"])
        row = account.metafields.setdefault(key, {"id": gid("Metafield", len(account.metafields) + 1)})
        row.update(
            {"namespace": key[1], "key": key[2], "value": given["value"], "compareDigest": account.stamp()}
        )
        shown.append(row)
    return {"metafields": shown, "userErrors": []}


def _approve(graph: Graph, arguments: Json) -> Json:
    return _answer_return(graph, arguments["input"]["id"], "approved", "")


def _decline(graph: Graph, arguments: Json) -> Json:
    given = arguments["input"]
    return _answer_return(graph, given["id"], "declined", given.get("declineNote") or "")


def _answer_return(graph: Graph, given: str, status: str, note: str) -> Json:
    account = graph.account
    need(account, "write_returns", "return")
    row = account.returns.get(number(given))
    if row is None or row["status"] != "requested":
        return {
            "return": None,
            "userErrors": refused("Return is not open to this.", "input", "id", code="INVALID_STATE"),
        }
    set_return(graph, row, status, note)
    return {"return": graph.show("Return", row), "userErrors": []}


def set_return(graph: Graph, row: Json, status: str, note: str = "") -> None:
    """A return moves on, and its order's stamp with it."""
    account, now = graph.account, graph.account.stamp()
    row["status"], row["note"] = status, note or row["note"]
    if status == "approved":
        row["approved_at"] = now
    if status in ("closed", "declined", "cancelled"):
        row["closed_at"] = now
    touch(account, account.orders.rows[row["order_id"]])
    hooks.tell_return(account, row)


def _label(graph: Graph, arguments: Json) -> Json:
    account = graph.account
    need(account, "write_returns", "reverseDeliveryCreateWithShipping")
    row = account.returns.get(number(arguments["reverseFulfillmentOrderId"]))
    if row is None or not row["approved_at"]:
        errors = refused(
            "Reverse fulfillment order does not exist.", "reverseFulfillmentOrderId", code="NOT_FOUND"
        )
        return {"reverseDelivery": None, "userErrors": errors}
    row["label_url"] = (arguments.get("labelInput") or {}).get("fileUrl")
    touch(account, account.orders.rows[row["order_id"]])
    hooks.tell_return(account, row)
    shown = graph.show("Return", row) or {}
    deliveries = shown["reverseFulfillmentOrders"]()[0]["reverseDeliveries"]
    return {"reverseDelivery": deliveries[0] if deliveries else None, "userErrors": []}


def _bulk(graph: Graph, arguments: Json) -> Json:
    """With or without ``groupObjects``, children follow their parent here."""
    return bulk.start(graph, arguments["query"])


def _cancel(graph: Graph, arguments: Json) -> Json:
    return bulk.cancel(graph, arguments["id"])


CHANGES: dict[str, Callable[[Graph, Json], Json]] = {
    "tagsAdd": lambda graph, arguments: _tag(graph, arguments, add=True),
    "tagsRemove": lambda graph, arguments: _tag(graph, arguments, add=False),
    "webhookSubscriptionCreate": _subscribe,
    "webhookSubscriptionUpdate": _resubscribe,
    "webhookSubscriptionDelete": _unsubscribe,
    "discountCodeBasicCreate": _discount,
    "metafieldsSet": _metafields,
    "returnApproveRequest": _approve,
    "returnDeclineRequest": _decline,
    "reverseDeliveryCreateWithShipping": _label,
    "bulkOperationRunQuery": _bulk,
    "bulkOperationCancel": _cancel,
}
