"""What happens to stock: counted, sold, put back; each place has a stamp of its own."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import hooks, shapes, shop
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.values import number
from connectors.sandbox.wire import Json


def count(account: ShopifyAccount, variant: Json, available: int, location: Any = None) -> None:
    """At one location, the first one if none is named. Raises Refusal."""
    before = shapes.stock(account, variant)
    level = _level(account, variant, location)
    level["available"] = available
    shop.touch(account, level)
    hooks.tell_stock(account, level, variant, before)


def sell(account: ShopifyAccount, line: Json) -> None:
    _move(account, line, -line["quantity"])


def put_back(account: ShopifyAccount, line: Json, quantity: int) -> None:
    _move(account, line, quantity)


def _move(account: ShopifyAccount, line: Json, by: int) -> None:
    """Below nothing too. What is not tracked has no stock."""
    variant = account.variants.get(line["variant_id"])
    if variant is not None and account.items.rows[variant["inventory_item_id"]]["tracked"] and by:
        level = _level(account, variant, None)
        count(account, variant, level["available"] + by, level["location_id"])


def _level(account: ShopifyAccount, variant: Json, location: Any) -> Json:
    rows = account.levels.where("inventory_item_id", variant["inventory_item_id"])
    wanted = number(location) if location else None
    level = next((each for each in rows if wanted in (None, each["location_id"])), None)
    if level is None:
        raise Refusal("That item is not stocked at this location.", 404)
    return level
