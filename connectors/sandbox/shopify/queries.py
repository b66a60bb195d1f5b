"""What can be asked at the root."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from graphql import GraphQLError

from connectors.sandbox.shopify import bulk, discounts, filters, listings, paging, search
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.listings import LISTINGS
from connectors.sandbox.shopify.schema import VERSION
from connectors.sandbox.shopify.values import gid, number
from connectors.sandbox.wire import Json

ONE = {
    "order": "Order",
    "customer": "Customer",
    "product": "Product",
    "productVariant": "ProductVariant",
    "location": "Location",
    "inventoryItem": "InventoryItem",
    "return": "Return",
    "bulkOperation": "BulkOperation",
}


def resolve(graph: Graph, name: str, arguments: Json) -> Any:
    """Raises GraphQLError."""
    if name in LISTINGS:
        return _list(graph, name, arguments)
    if name in ONE:
        if name == "bulkOperation":
            bulk.advance(graph)
        shown = graph.named(arguments["id"]) if arguments.get("id") else None
        return shown if shown and shown["__typename"] == ONE[name] else None
    return ROOT[name](graph, arguments)


def inner(graph: Graph, field: str, rows: list[Json], arguments: Json) -> list[Json]:
    """Lists below an object filter by their own words too."""
    if field != "inventoryLevels" or not arguments.get("query"):
        return rows
    known = {"updated_at": filters.time("updated_at")}
    stamped = [{**each, "updated_at": each["_shown"]["updatedAt"]} for each in rows]
    return search.fitting(stamped, arguments["query"], known)


def _list(graph: Graph, name: str, arguments: Json) -> Json:
    listing = LISTINGS[name]
    if name == "bulkOperations":
        bulk.advance(graph)
    rows = listings.found(graph.account, listing, arguments.get("query"))
    if name == "webhookSubscriptions":
        rows = _subscriptions(rows, arguments)
    if name == "locations" and not arguments.get("includeInactive"):
        rows = [each for each in rows if each["active"]]
    column = listing.sorts.get(arguments.get("sortKey") or "", "id")
    return paging.page(rows, column, lambda row: graph.show(listing.kind, row), arguments)


def _subscriptions(rows: list[Json], arguments: Json) -> list[Json]:
    topics, uri = arguments.get("topics"), arguments.get("uri") or arguments.get("callbackUrl")
    return [
        each for each in rows if (not topics or each["topic"] in topics) and (not uri or each["uri"] == uri)
    ]


def _count(name: str) -> Callable[[Graph, Json], Json]:
    def count(graph: Graph, arguments: Json) -> Json:
        rows = listings.found(graph.account, LISTINGS[name], arguments.get("query"))
        most = arguments.get("limit", 10_000)
        if most is not None and len(rows) > most:
            return {"count": most, "precision": "AT_LEAST"}
        return {"count": len(rows), "precision": "EXACT"}

    return count


def _shop(graph: Graph, arguments: Json) -> Json:
    account = graph.account
    return {
        "id": gid("Shop", 1),
        "name": account.name.replace("-", " ").title(),
        "myshopifyDomain": account.domain,
        "primaryDomain": {"host": account.domain, "url": f"https://{account.domain}"},
        "email": "owner@shop.test",
        "contactEmail": "owner@shop.test",
        "currencyCode": account.currency,
        "enabledPresentmentCurrencies": [account.currency],
        "ianaTimezone": account.timezone.key,
        "timezoneOffsetMinutes": _offset(account.now().astimezone(account.timezone).utcoffset()),
        "plan": {"publicDisplayName": account.plan, "partnerDevelopment": False, "shopifyPlus": False},
        "shopAddress": {"countryCodeV2": "US"},
        "taxesIncluded": False,
    }


def _offset(offset: timedelta | None) -> int:
    return int((offset or timedelta()).total_seconds() // 60)


def _installation(graph: Graph, arguments: Json) -> Json:
    scopes = [{"handle": each} for each in sorted(graph.account.scopes)]
    return {"id": gid("AppInstallation", 1), "accessScopes": scopes}


def _versions(graph: Graph, arguments: Json) -> list[Json]:
    return [{"handle": VERSION, "supported": True, "displayName": f"{VERSION} (Latest)"}]


def _nodes(graph: Graph, arguments: Json) -> list[Json | None]:
    if len(arguments["ids"]) > paging.LARGEST:
        raise GraphQLError(
            f"The input array size of {len(arguments['ids'])} is greater than the maximum allowed of 250."
        )
    return [_node(graph, {"id": each}) for each in arguments["ids"]]


def _node(graph: Graph, arguments: Json) -> Json | None:
    return graph.named(arguments["id"])


def _customer_by(graph: Graph, arguments: Json) -> Json | None:
    wanted = arguments["identifier"]
    if wanted.get("id"):
        return graph.named(wanted["id"])
    email = (wanted.get("emailAddress") or "").lower()
    found = graph.account.customers.where("email", email) if email else []
    return graph.show("Customer", found[0] if found else None)


def _discount_by(graph: Graph, arguments: Json) -> Json | None:
    return graph.show("DiscountCodeNode", discounts.by_code(graph.account, arguments["code"]))


def _abandonment(graph: Graph, arguments: Json) -> Json | None:
    account = graph.account
    row = account.checkouts.get(number(arguments["abandonedCheckoutId"]))
    if row is None:
        return None
    mine = account.orders.where("customer_id", row["customer_id"]) if row["customer_id"] else []
    later = [each for each in mine if each["created_at"] > row["created_at"]]
    return {
        "id": gid("Abandonment", row["id"]),
        "abandonmentType": "CHECKOUT",
        "emailState": row.get("email_state", "NOT_SENT"),
        "emailSentAt": None,
        "inventoryAvailable": True,
        "customerHasNoOrderSinceAbandonment": not later,
        "customerHasNoDraftOrderSinceAbandonment": True,
        "isMostSignificantAbandonment": True,
        "hoursSinceLastAbandonedCheckout": None,
    }


def _current_bulk(graph: Graph, arguments: Json) -> Json | None:
    bulk.advance(graph)
    wanted = arguments.get("type") or "QUERY"
    rows = [each for each in graph.account.bulk if each["type"] == wanted]
    return graph.show("BulkOperation", rows[-1] if rows else None)


ROOT: dict[str, Callable[[Graph, Json], Any]] = {
    "shop": _shop,
    "currentAppInstallation": _installation,
    "publicApiVersions": _versions,
    "nodes": _nodes,
    "node": _node,
    "customerByIdentifier": _customer_by,
    "codeDiscountNodeByCode": _discount_by,
    "abandonmentByAbandonedCheckoutId": _abandonment,
    "currentBulkOperation": _current_bulk,
    "ordersCount": _count("orders"),
    "customersCount": _count("customers"),
    "productsCount": _count("products"),
}
