"""How products come to be, with their variants, inventory items and stock at each location."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.shop import found
from connectors.sandbox.shopify.values import gid
from connectors.sandbox.wire import Json


def add_product(account: ShopifyAccount, given: Json) -> Json:
    """``variants[].inventory_quantity`` is what the first location has of each."""
    now = account.stamp()
    fields = plain(given)
    variants = fields.pop("variants", None) or [{}]
    row = account.products.add(
        {
            "title": "Product",
            "product_type": "",
            "vendor": account.name,
            "status": "active",
            "tags": "",
            "created_at": now,
            "updated_at": now,
            "collections": [],
            **fields,
        }
    )
    row.setdefault("handle", row["title"].lower().replace(" ", "-"))
    row["variants"] = [_add_variant(account, row, each)["id"] for each in variants]
    return row


def _add_variant(account: ShopifyAccount, product: Json, given: Json) -> Json:
    """``inventory_levels`` [{location_id, available}] where there are several places."""
    now, fields = account.stamp(), plain(given)
    quantity, levels = fields.pop("inventory_quantity", 0), fields.pop("inventory_levels", None)
    item = account.items.add(
        {
            "id": fields.pop("inventory_item_id", None),
            "tracked": fields.pop("tracked", True),
            "sku": fields.get("sku", ""),
            "updated_at": now,
        }
    )
    variant = account.variants.add(
        {
            "product_id": product["id"],
            "title": "Default Title",
            "sku": "",
            "price": "10.00",
            "compare_at_price": None,
            "inventory_policy": "deny",
            "created_at": product["created_at"],
            "updated_at": product["updated_at"],
            **fields,
            "inventory_item_id": item["id"],
        }
    )
    item["variant_id"] = variant["id"]
    for level in levels or [{"available": quantity}]:
        stock_at(account, item, level.get("location_id"), int(level.get("available") or 0))
    return variant


def stock_at(account: ShopifyAccount, item: Json, location: Any, available: int) -> Json:
    """Stock an item at a location, the first one if none is named."""
    place = found(account.locations, location, "location") if location else next(iter(account.locations))
    row = account.levels.add(
        {
            "inventory_item_id": item["id"],
            "location_id": place["id"],
            "available": available,
            "updated_at": account.stamp(),
        }
    )
    level = f"{place['id']}?inventory_item_id={item['id']}"  # levels have no number of their own
    row["admin_graphql_api_id"] = gid("InventoryLevel", level)
    return row
