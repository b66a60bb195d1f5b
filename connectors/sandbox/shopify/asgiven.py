"""Objects as people have them, from a webhook or from a query, brought into the one shape that rows have."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.shopify.values import amount, number, stamp, words
from connectors.sandbox.wire import Json

CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
IDS = ("id", "product_id", "variant_id", "order_id", "customer_id", "location_id", "line_item_id")
RENAMED = {
    "display_financial_status": "financial_status",
    "display_fulfillment_status": "fulfillment_status",
    "number_of_orders": "orders_count",
    "presentment_currency_code": "presentment_currency",
    "currency_code": "currency",
    "country_code_v2": "country_code",
    "request_approved_at": "approved_at",
    "return_reason": "reason",
}
IN_SMALL_LETTERS = (
    "status", "financial_status", "fulfillment_status", "state", "inventory_policy", "cancel_reason",
)  # fmt: skip
AMOUNTS = ("price", "compare_at_price", "total_price", "current_total_price", "total_spent")
FULFILMENT = {"unfulfilled": None, "partially_fulfilled": "partial"}


def plain(given: Json) -> Json:
    """Raises ValueError for an id or a time that is none."""
    row: Json = _snake(given)
    for name in (*IDS, *(each for each in row if each.endswith("_at"))):
        if row.get(name) is not None:
            row[name] = number(row[name]) if name in IDS else stamp(instant(row[name]).astimezone(UTC))
    for name, put in PARTS.items():
        if name in row:
            put(row, row.pop(name))
    for name in IN_SMALL_LETTERS:
        if isinstance(row.get(name), str):
            row[name] = row[name].lower()
    for name in AMOUNTS:
        if row.get(name) is not None:
            row[name] = amount(row[name])
    if "tags" in row:
        row["tags"] = ", ".join(words(row["tags"]))
    if row.get("fulfillment_status") in FULFILMENT:
        row["fulfillment_status"] = FULFILMENT[row["fulfillment_status"]]
    row.pop("admin_graphql_api_id", None)
    row.pop("legacy_resource_id", None)
    return row


def _snake(value: Any) -> Any:
    """Names with underscores; the rows of a page without the page; the objects below likewise."""
    if isinstance(value, list):
        return [plain(each) if isinstance(each, dict) else each for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("nodes"), list):
        return _snake(value["nodes"])
    if isinstance(value.get("edges"), list):
        return _snake([each["node"] for each in value["edges"]])
    named = {CAPITAL.sub(r"_\1", name).lower(): each for name, each in value.items()}
    return {RENAMED.get(name, name): _below(each) for name, each in named.items()}


def _below(value: Any) -> Any:
    snake = _snake(value)
    return plain(snake) if isinstance(snake, dict) and "id" in snake else snake


def _money(name: str) -> Callable[[Json, Any], None]:
    """The shop's own currency decides; the buyer's is told by its rate."""

    def put(row: Json, given: Json | None) -> None:
        shop, shown = (given or {}).get("shop_money"), (given or {}).get("presentment_money")
        if not shop:
            return
        row.setdefault(name, amount(shop["amount"]))
        row.setdefault("currency", shop.get("currency_code") or shop.get("currency"))
        if shown and Decimal(str(shop["amount"])):
            row.setdefault("presentment_currency", shown.get("currency_code") or shown.get("currency"))
            row.setdefault(
                "presentment_rate", str(Decimal(str(shown["amount"])) / Decimal(str(shop["amount"])))
            )

    return put


def _email(row: Json, given: Json | None) -> None:
    row.setdefault("email", (given or {}).get("email_address"))
    if given and given.get("marketing_state"):
        consent = {
            "state": given["marketing_state"].lower(),
            "consent_updated_at": given.get("marketing_updated_at"),
        }
        row.setdefault("email_marketing_consent", consent)


def _phone(row: Json, given: Json | None) -> None:
    row.setdefault("phone", (given or {}).get("phone_number"))
    consent = (given or {}).get("sms_marketing_consent") or {}
    if consent.get("state"):
        row.setdefault("sms_marketing_consent", {"state": consent["state"].lower()})


def _item(row: Json, given: Json | None) -> None:
    for name in ("tracked", "sku"):
        if given and name in given:
            row.setdefault(name, given[name])
    if given and given.get("id"):
        row.setdefault("inventory_item_id", number(given["id"]))


def _linked(name: str) -> Callable[[Json, Any], None]:
    def put(row: Json, given: Json | None) -> None:
        row.setdefault(name, number(given["id"]) if given else None)

    return put


def _category(row: Json, given: Any) -> None:
    row["category"] = given.get("full_name") if isinstance(given, dict) else given


def _collections(row: Json, given: Any) -> None:
    row["collections"] = [each["title"] if isinstance(each, dict) else each for each in given or ()]


def _codes(row: Json, given: Any) -> None:
    row["discount_codes"] = [each if isinstance(each, dict) else {"code": each} for each in given or ()]


def _spent(row: Json, given: Json | None) -> None:
    row.setdefault("total_spent", (given or {}).get("amount", "0.00"))


PARTS: dict[str, Callable[[Json, Any], None]] = {
    "total_price_set": _money("total_price"),
    "current_total_price_set": _money("current_total_price"),
    "original_unit_price_set": _money("price"),
    "default_email_address": _email,
    "default_phone_number": _phone,
    "amount_spent": _spent,
    "inventory_item": _item,
    "variant": _linked("variant_id"),
    "product": _linked("product_id"),
    "order": _linked("order_id"),
    "category": _category,
    "discount_codes": _codes,
    "collections": _collections,
}
