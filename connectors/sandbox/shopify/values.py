"""Ids, stamps and amounts as Shopify writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox.wire import Json


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


def number(value: object) -> int:
    """The number of a gid, or of what is one already. Raises ValueError."""
    return int(str(value).rpartition("/")[2])


def stamp(moment: datetime) -> str:
    """Shopify's stamps have whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def amount(value: Any) -> str:
    return f"{Decimal(str(value or 0)):.2f}"


def money(value: Any, currency: str) -> Json:
    return {"amount": amount(value), "currencyCode": currency}


def bag(value: Any, currency: str, presented: Any = None, presentment: str = "") -> Json:
    shown = value if presented is None else presented
    return {"shopMoney": money(value, currency), "presentmentMoney": money(shown, presentment or currency)}


def words(tags: Any) -> list[str]:
    """REST joins tags with commas, GraphQL lists them."""
    given = tags.split(",") if isinstance(tags, str) else list(tags or ())
    return sorted({each.strip() for each in given if each.strip()})
