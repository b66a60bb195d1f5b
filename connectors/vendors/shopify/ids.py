"""Ids: a number for us, a gid for Shopify; and the addresses where staff see a thing."""

from __future__ import annotations

from typing import Any

from connectors.values import text

SUFFIX = ".myshopify.com"


def gid(kind: str, number: str) -> str:
    return f"gid://shopify/{kind}/{number}"


def number(value: Any) -> str:
    """The number of a gid or of a REST id, "" when there is none."""
    tail = text(value).rpartition("/")[2].partition("?")[0]
    return tail if tail.isascii() and tail.isdigit() else ""


def domain(shop: str) -> str:
    """The permanent name of a shop, in full."""
    name = shop.strip().lower().removeprefix("https://").rstrip("/")
    return name if "." in name or not name else name + SUFFIX


def admin_url(shop: str, path: str) -> str:
    """A page of the store's own admin."""
    handle = domain(shop).removesuffix(SUFFIX)
    return f"https://admin.shopify.com/store/{handle}/{path}" if handle else ""
