"""Ids: a number for us, a gid for Shopify; and the addresses where staff see a thing."""

from __future__ import annotations

import re
from typing import Any

from connectors.values import text

SUFFIX = ".myshopify.com"
# A number, or a gid with one; Shopify counts within 64 bits.
NUMBER = re.compile(r"(?:gid://shopify/\w+/)?([0-9]{1,20})(?:\?.*)?")


def gid(kind: str, number: str) -> str:
    return f"gid://shopify/{kind}/{number}"


def number(value: Any) -> str:
    """The number of a gid or of a REST id, "" when there is none."""
    found = NUMBER.fullmatch(text(value))
    return found[1] if found else ""


def domain(shop: str) -> str:
    """The permanent name of a shop, in full."""
    name = shop.strip().lower().removeprefix("https://").rstrip("/")
    return name if "." in name or not name else name + SUFFIX


def admin_url(shop: str, path: str) -> str:
    """A page of the store's own admin."""
    handle = domain(shop).removesuffix(SUFFIX)
    return f"https://admin.shopify.com/store/{handle}/{path}" if handle else ""
