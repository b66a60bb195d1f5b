"""What can be asked at the root, which scope that takes, and how each list is filtered and ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from graphql import GraphQLError

from connectors.sandbox.shopify import bulk, paging, search
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.schema import VERSION
from connectors.sandbox.shopify.search import Filter, by_day, same, stamped
from connectors.sandbox.shopify.values import gid, number, stamp
from connectors.sandbox.wire import Json

WALL = timedelta(days=60)  # of orders, without read_all_orders


@dataclass(frozen=True)
class Listing:
    """A connection at the root."""

    kind: str
    scope: str
    rows: Callable[[ShopifyAccount], list[Json]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, str] = field(default_factory=dict)


def orders(account: ShopifyAccount) -> list[Json]:
    """Without the scope for all of them only those of the last sixty days exist."""
    if "read_all_orders" in account.scopes:
        return list(account.orders)
    wall = stamp(account.now() - WALL)
    return [each for each in account.orders if each["created_at"] >= wall]


UPDATED = {"updated_at": stamped("updated_at"), "created_at": stamped("created_at")}
SORTS = {"UPDATED_AT": "updated_at", "CREATED_AT": "created_at"}


def _recovered(row: Json, comparator: str, value: str) -> bool:
    return bool(row["completed_at"]) == (value == "recovered")


LISTINGS = {
    "orders": Listing(
        "Order",
        "read_orders",
        orders,
        {
            **UPDATED,
            "email": same("email"),
            "customer_id": same("customer_id"),
            "checkout_token": same("checkout_token"),
            "cart_token": same("cart_token"),
            "financial_status": same("financial_status"),
            "test": same("test"),
        },
        {**SORTS, "PROCESSED_AT": "processed_at"},
    ),
    "customers": Listing(
        "Customer",
        "read_customers",
        lambda account: list(account.customers),
        {"updated_at": by_day("updated_at"), "created_at": stamped("created_at"), "email": same("email")},
        SORTS,
    ),
    "products": Listing(
        "Product",
        "read_products",
        lambda account: list(account.products),
        UPDATED,
        {**SORTS, "TITLE": "title"},
    ),
    "abandonedCheckouts": Listing(
        "AbandonedCheckout",
        "read_orders",
        lambda account: list(account.checkouts),
        {**UPDATED, "recovery_state": _recovered},
        {"CREATED_AT": "created_at"},
    ),
    "locations": Listing("Location", "read_locations", lambda account: list(account.locations)),
    "webhookSubscriptions": Listing(
        "WebhookSubscription", "", lambda account: list(account.subscriptions), {}, {}
    ),
    "bulkOperations": Listing("BulkOperation", "", lambda account: list(account.bulk)),
}
ONE = {
    "order": ("Order", "read_orders"),
    "customer": ("Customer", "read_customers"),
    "product": ("Product", "read_products"),
    "productVariant": ("ProductVariant", "read_products"),
    "location": ("Location", "read_locations"),
    "inventoryItem": ("InventoryItem", "read_inventory"),
    "return": ("Return", "read_returns"),
    "bulkOperation": ("BulkOperation", ""),
}
NODE_SCOPES = dict(ONE.values())


def resolve(graph: Graph, name: str, arguments: Json) -> Any:
    """Raises GraphQLError."""
    if name in LISTINGS:
        return _list(graph, LISTINGS[name], arguments)
    if name in ONE:
        kind, scope = ONE[name]
        need(graph.account, scope, name)
        _advance(graph, kind)
        shown = graph.named(arguments["id"]) if arguments.get("id") else None
        return shown if shown and shown["__typename"] == kind else None
    return ROOT[name](graph, arguments)


def need(account: ShopifyAccount, scope: str, name: str) -> None:
    if scope and scope not in account.scopes:
        raise GraphQLError(
            f"Access denied for {name} field. Required access: `{scope}` access scope.",
            extensions={"code": "ACCESS_DENIED", "requiredAccess": f"`{scope}` access scope."},
        )


def inner(graph: Graph, field: str, rows: list[Json], arguments: Json) -> list[Json]:
    """Lists below an object filter by their own words too."""
    if field != "inventoryLevels" or not arguments.get("query"):
        return rows
    stamps = {"updated_at": lambda row, c, v: search.TESTS[c](row["_shown"]["updatedAt"], v)}
    return search.fitting(rows, arguments["query"], stamps)


def _list(graph: Graph, listing: Listing, arguments: Json) -> Json:
    need(graph.account, listing.scope, listing.kind.lower())
    _advance(graph, listing.kind)
    try:
        rows = search.fitting(listing.rows(graph.account), arguments.get("query"), listing.filters)
    except search.Broken:
        raise GraphQLError("Internal error", extensions={"code": "INTERNAL_SERVER_ERROR"}) from None
    column = listing.sorts.get(arguments.get("sortKey") or "", "id")
    return paging.page(
        rows, lambda row: (row[column], row["id"]), lambda row: graph.show(listing.kind, row), arguments
    )


def _advance(graph: Graph, kind: str) -> None:
    if kind == "BulkOperation":
        bulk.advance(graph)


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
        "ianaTimezone": "America/New_York",
        "timezoneOffsetMinutes": -300,
        "plan": {"publicDisplayName": account.plan, "partnerDevelopment": False, "shopifyPlus": False},
        "shopAddress": {"countryCodeV2": "US"},
        "taxesIncluded": False,
    }


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
    shown = graph.named(arguments["id"])
    if shown is not None:
        need(graph.account, NODE_SCOPES.get(shown["__typename"], ""), shown["__typename"])
    return shown


def _customer_by(graph: Graph, arguments: Json) -> Json | None:
    need(graph.account, "read_customers", "customerByIdentifier")
    wanted = arguments["identifier"]
    if wanted.get("id"):
        return graph.named(wanted["id"])
    email = (wanted.get("emailAddress") or "").lower()
    found = next((each for each in graph.account.customers if email and each["email"] == email), None)
    return graph.show("Customer", found)


def _discount_by(graph: Graph, arguments: Json) -> Json | None:
    need(graph.account, "read_discounts", "codeDiscountNodeByCode")
    code = arguments["code"].lower()
    found = next((each for each in graph.account.discounts if each["code"].lower() == code), None)
    return graph.show("DiscountCodeNode", found)


def _abandonment(graph: Graph, arguments: Json) -> Json | None:
    need(graph.account, "read_orders", "abandonmentByAbandonedCheckoutId")
    account = graph.account
    row = account.checkouts.get(number(arguments["abandonedCheckoutId"]))
    if row is None:
        return None
    later = [
        each
        for each in account.orders
        if each["customer_id"] == row["customer_id"] and each["created_at"] > row["created_at"]
    ]
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
}
