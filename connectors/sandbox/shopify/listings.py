"""The lists of a store: what is in each, how it is filtered and ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graphql import GraphQLError

from connectors.sandbox.shopify import filters, search
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.search import Filter
from connectors.sandbox.wire import Json


@dataclass(frozen=True)
class Listing:
    """A connection at the root."""

    kind: str
    rows: Callable[[ShopifyAccount], list[Json]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


SORTS = {"UPDATED_AT": "updated_at", "CREATED_AT": "created_at"}


def _is_reachable(checkout: Json) -> bool:
    """A checkout is listed once contact details were entered."""
    return bool(checkout["customer_id"] or checkout["email"] or checkout["phone"])


LISTINGS = {
    "orders": Listing(
        "Order",
        lambda account: account.visible(account.orders),
        filters.ORDERS,
        {**SORTS, "PROCESSED_AT": "processed_at", "ORDER_NUMBER": "id"},
        ("name", "email"),
    ),
    "customers": Listing(
        "Customer",
        lambda account: list(account.customers),
        filters.CUSTOMERS,
        {**SORTS, "NAME": "last_name"},
        ("first_name", "last_name", "email", "phone"),
    ),
    "products": Listing(
        "Product",
        lambda account: list(account.products),
        filters.PRODUCTS,
        {**SORTS, "TITLE": "title", "VENDOR": "vendor", "PRODUCT_TYPE": "product_type"},
        ("title", "vendor", "product_type", "tags"),
    ),
    "productVariants": Listing(
        "ProductVariant",
        lambda account: list(account.variants),
        {
            "id": filters.number("id"),
            "sku": filters.text("sku"),
            "updated_at": filters.time("updated_at"),
            "product_id": filters.number("product_id"),
            "title": filters.text("title"),
        },
        {"TITLE": "title", "SKU": "sku"},
    ),
    "inventoryItems": Listing(
        "InventoryItem",
        lambda account: list(account.items),
        {"id": filters.number("id"), "sku": filters.text("sku"), "updated_at": filters.time("updated_at")},
    ),
    "abandonedCheckouts": Listing(
        "AbandonedCheckout",
        lambda account: [each for each in account.checkouts if _is_reachable(each)],
        filters.CHECKOUTS,
        {"CREATED_AT": "created_at"},
    ),
    "locations": Listing(
        "Location",
        lambda account: list(account.locations),
        {"id": filters.number("id"), "name": filters.text("name")},
        {"NAME": "name"},
    ),
    "webhookSubscriptions": Listing("WebhookSubscription", lambda account: list(account.subscriptions)),
    "bulkOperations": Listing("BulkOperation", lambda account: list(account.bulk)),
}


def found(account: ShopifyAccount, listing: Listing, query: str | None) -> list[Json]:
    """The rows that a search leaves. Raises GraphQLError."""
    try:
        return search.fitting(listing.rows(account), query, listing.filters, listing.words)
    except search.Broken:
        raise GraphQLError("Internal error", extensions={"code": "INTERNAL_SERVER_ERROR"}) from None
