"""What can be changed by GraphQL. A refused change is no error: it says so in ``userErrors``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from connectors.sandbox.shopify import access, bulk, discounts, hooks, returns, subscriptions
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.shop import touch
from connectors.sandbox.shopify.subscriptions import refused
from connectors.sandbox.shopify.values import gid, number, words
from connectors.sandbox.wire import Json

MOST_METAFIELDS = 25
MOST_TAGS = 250
TAGGED = {"Customer": "write_customers", "Order": "write_orders", "Product": "write_products"}


def resolve(graph: Graph, name: str, arguments: Json) -> Any:
    """Raises GraphQLError where the app may not."""
    for given in (arguments.get("id"), (arguments.get("input") or {}).get("id")):
        if given is not None:
            access.parts(given)
    return CHANGES[name](graph, arguments)


def _tag(graph: Graph, arguments: Json, *, add: bool) -> Json:
    shown = graph.named(arguments["id"])
    if shown is None or shown["__typename"] not in TAGGED:
        return {"node": None, "userErrors": refused("Couldn't find resource with the given id.", "id")}
    kind, row = shown["__typename"], shown["_row"]
    access.need(graph.account, [TAGGED[kind]], "tagsAdd" if add else "tagsRemove")
    given, old = words(arguments["tags"]), words(row["tags"])
    lower = {each.lower() for each in (old if add else given)}
    new = (
        [*old, *(each for each in given if each.lower() not in lower)]
        if add
        else [each for each in old if each.lower() not in lower]
    )
    if len(new) > MOST_TAGS:
        return {"node": None, "userErrors": refused(f"At most {MOST_TAGS} tags.", "tags")}
    if words(new) != old:
        row["tags"] = ", ".join(words(new))
        touch(graph.account, row)
        hooks.tell_tags(graph.account, kind, row, given, added=add)
    return {"node": graph.show(kind, row), "userErrors": []}


def _discount(graph: Graph, arguments: Json) -> Json:
    """Money or a part of it off, or free shipping: each has its own mutation and input."""
    account = graph.account
    [(name, given)] = arguments.items()
    kind = discounts.KINDS[name]
    wrong = discounts.trouble(account, given, kind)
    if wrong:
        field, sentence, code = wrong
        errors = refused(sentence, name, field, code=code)
        return {"codeDiscountNode": None, "userErrors": errors}
    kept = {name: given.get(name) for name in ("title", "code", "startsAt", "endsAt", "usageLimit", "tags")}
    row = discounts.add(account, {**kept, "kind": kind, "given": given})
    return {"codeDiscountNode": graph.show("DiscountCodeNode", row), "userErrors": []}


def _metafields(graph: Graph, arguments: Json) -> Json:
    """All or none."""
    given = arguments["metafields"]
    if len(given) > MOST_METAFIELDS:
        return _no_metafields(f"At most {MOST_METAFIELDS} metafields.", "LESS_THAN_OR_EQUAL_TO")
    for place, each in enumerate(given):
        owner = graph.named(each["ownerId"])
        if owner is None:
            return _no_metafields("Owner does not exist.", "INVALID", str(place), "ownerId")
        access.need(graph.account, [TAGGED.get(owner["__typename"], "write_orders")], "metafieldsSet")
        row = graph.account.metafields.get(_metafield_key(each))
        if row is None and not each.get("type"):
            return _no_metafields("Type can't be blank", "BLANK", str(place), "type")
        digest = each.get("compareDigest")
        if "compareDigest" in each and digest != (row and row["compareDigest"]):
            return _no_metafields(
                "The resource has been updated since it was loaded.", "STALE_OBJECT", str(place)
            )
    return {"metafields": [_set_metafield(graph, each) for each in given], "userErrors": []}


def _metafield_key(given: Json) -> tuple[str, str, str]:
    return (given["ownerId"], given.get("namespace") or "app", given["key"])


def _set_metafield(graph: Graph, given: Json) -> Json:
    account, key = graph.account, _metafield_key(given)
    new = {
        "id": gid("Metafield", len(account.metafields) + 1),
        "namespace": key[1],
        "key": key[2],
        "createdAt": account.stamp(),
    }
    row = account.metafields.setdefault(key, new)
    digest = hashlib.sha256(given["value"].encode()).hexdigest()
    row.update({"value": given["value"], "updatedAt": account.stamp(), "compareDigest": digest})
    row["type"] = given.get("type") or row["type"]
    return row


def _no_metafields(sentence: str, code: str, *where: str) -> Json:
    return {"metafields": None, "userErrors": refused(sentence, "metafields", *where, code=code)}


def _consent(graph: Graph, arguments: Json) -> Json:
    access.need(graph.account, ["write_customers"], "customerEmailMarketingConsentUpdate")
    given = arguments["input"]
    row = graph.account.customers.get(number(given["customerId"]))
    if row is None:
        return {
            "customer": None,
            "userErrors": refused("Customer not found", "input", "customerId", code="INVALID"),
        }
    wanted = given["emailMarketingConsent"]
    if wanted["marketingState"] not in ("SUBSCRIBED", "UNSUBSCRIBED", "PENDING"):
        errors = refused(
            f"Cannot specify {wanted['marketingState']} as a marketing state input",
            "input", "emailMarketingConsent", "marketingState", code="INVALID",
        )  # fmt: skip
        return {"customer": None, "userErrors": errors}
    row["email_marketing_consent"] = {
        "state": wanted["marketingState"].lower(),
        "opt_in_level": (wanted.get("marketingOptInLevel") or "single_opt_in").lower(),
        "consent_updated_at": wanted.get("consentUpdatedAt") or graph.account.stamp(),
    }
    touch(graph.account, row)
    hooks.tell_consent(graph.account, row)
    return {"customer": graph.show("Customer", row), "userErrors": []}


def _approve(graph: Graph, arguments: Json) -> Json:
    return _answer_return(graph, arguments["input"]["id"], "approved")


def _decline(graph: Graph, arguments: Json) -> Json:
    given = arguments["input"]
    reason = {"decline_reason": given["declineReason"], "decline_note": given.get("declineNote")}
    return _answer_return(graph, given["id"], "declined", **reason)


def _answer_return(graph: Graph, given: str, status: str, **said: Any) -> Json:
    access.need(graph.account, ["write_returns"], "returnApproveRequest")
    row = graph.account.returns.get(number(given))
    if row is None:
        return {"return": None, "userErrors": refused("Return not found.", "input", "id", code="NOT_FOUND")}
    if row["status"] != "requested":
        errors = refused("Return is not in a requested state.", "input", "id", code="INVALID_STATE")
        return {"return": None, "userErrors": errors}
    row.update(said)
    returns.move(graph.account, row, status)
    return {"return": graph.show("Return", row), "userErrors": []}


def _label(graph: Graph, arguments: Json) -> Json:
    account = graph.account
    access.need(account, ["write_returns"], "reverseDeliveryCreateWithShipping")
    row = account.returns.get(number(arguments["reverseFulfillmentOrderId"]))
    wrong = returns.label_trouble(row, arguments.get("labelInput") or {})
    if wrong or row is None:
        return {"reverseDelivery": None, "userErrors": wrong}
    row["label_url"] = (arguments.get("labelInput") or {}).get("fileUrl")
    row["tracking"] = (arguments.get("trackingInput") or {}).get("number")
    touch(account, account.orders.rows[row["order_id"]])
    hooks.tell_label(account, row)
    return {"reverseDelivery": returns.delivery(row), "userErrors": []}


def _bulk(graph: Graph, arguments: Json) -> Json:
    """With or without ``groupObjects``, children follow their parent here."""
    return bulk.start(graph, arguments["query"])


def _cancel(graph: Graph, arguments: Json) -> Json:
    return bulk.cancel(graph, arguments["id"])


CHANGES: dict[str, Callable[[Graph, Json], Json]] = {
    "tagsAdd": lambda graph, arguments: _tag(graph, arguments, add=True),
    "tagsRemove": lambda graph, arguments: _tag(graph, arguments, add=False),
    "webhookSubscriptionCreate": subscriptions.create,
    "webhookSubscriptionUpdate": subscriptions.update,
    "webhookSubscriptionDelete": subscriptions.delete,
    "discountCodeBasicCreate": _discount,
    "discountCodeFreeShippingCreate": _discount,
    "metafieldsSet": _metafields,
    "customerEmailMarketingConsentUpdate": _consent,
    "returnApproveRequest": _approve,
    "returnDeclineRequest": _decline,
    "reverseDeliveryCreateWithShipping": _label,
    "bulkOperationRunQuery": _bulk,
    "bulkOperationCancel": _cancel,
}
