"""Products with their stock. https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Product

Stock has stamps of its own: a product does not say that it changed when only its stock did.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.types import ProductSnapshot, Variant
from connectors.values import instant, mapping, rows, text
from connectors.vendors.shopify.ids import admin_url, number
from connectors.vendors.shopify.parts import BEGINNING, decimal, stamp, tags, whole

Row = dict[str, Any]


def snapshot(node: Row, shop: str, stock_at: datetime | None = None) -> ProductSnapshot:
    """``stock_at`` is the newest stamp of its stock that was read with it. Raises ValueError."""
    id_ = number(node.get("id"))
    if not id_:
        raise ValueError("The product from Shopify lacks an id.")
    found = rows(mapping(node.get("variants")).get("nodes"))
    variants = tuple(sorted((_variant(each) for each in found), key=lambda each: int(each.id or 0)))
    counted = [each.stock for each in variants if each.stock is not None]
    return ProductSnapshot(
        id=id_,
        source_at=max(stamp(node.get("updatedAt")), stock_at or BEGINNING, *map(_stamped, found)),
        title=text(node.get("title")),
        handle=text(node.get("handle")),
        status=text(node.get("status"), 40).lower(),
        product_type=text(node.get("productType")),
        category=text(mapping(node.get("category")).get("fullName")),
        brand=text(node.get("vendor")),
        tags=tags(node.get("tags")),
        collections=tags([each.get("title") for each in rows(mapping(node.get("collections")).get("nodes"))]),
        variants=variants,
        stock=sum(counted) if counted else None,
        url=text(node.get("onlineStoreUrl"), 500),
        admin_url=admin_url(shop, f"products/{id_}"),
    )


def _variant(node: Row) -> Variant:
    is_tracked = mapping(node.get("inventoryItem")).get("tracked") is not False
    return Variant(
        id=number(node.get("id")),
        title=text(node.get("title")),
        sku=text(node.get("sku"), 100),
        price=decimal(node.get("price")),
        stock=whole(node.get("inventoryQuantity")) if is_tracked else None,
        sells_without_stock=text(node.get("inventoryPolicy"), 40) == "CONTINUE",
    )


def _stamped(node: Row) -> datetime:
    item = mapping(node.get("inventoryItem"))
    return max(instant(node.get("updatedAt")) or BEGINNING, instant(item.get("updatedAt")) or BEGINNING)
