"""Discount codes: what is refused, how they are shown, and that orders use them up.

https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeBasicCreate
https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeFreeShippingCreate
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.values import gid, money
from connectors.sandbox.wire import Json

if TYPE_CHECKING:
    from connectors.sandbox.shopify.graph import Graph

LONGEST = 255  # characters of a code
BASIC, FREE_SHIPPING = "DiscountCodeBasic", "DiscountCodeFreeShipping"
KINDS = {"basicCodeDiscount": BASIC, "freeShippingCodeDiscount": FREE_SHIPPING}
NEEDED = {
    BASIC: ("title", "code", "startsAt", "customerGets"),
    FREE_SHIPPING: ("title", "code", "startsAt", "destination"),
}


def trouble(account: ShopifyAccount, given: Json, kind: str) -> tuple[str, str, str] | None:
    """The field, the sentence and the code of what is wrong with a new one."""
    for name in NEEDED[kind]:
        if not given.get(name):
            return name, f"{name} can't be blank", "BLANK"
    if not given.get("context") and not given.get("customerSelection"):
        return "context", "context can't be blank", "BLANK"
    if len(given["code"]) > LONGEST:
        return "code", f"Code is too long (maximum is {LONGEST} characters)", "TOO_LONG"
    if by_code(account, given["code"]) is not None:
        return "code", "Code must be unique. Please try a different code.", "TAKEN"
    if wrong := _worth_trouble((given.get("customerGets") or {}).get("value") or {}):
        return "customerGets", wrong, "VALUE_OUTSIDE_RANGE"
    if given.get("endsAt") and given["endsAt"] <= given["startsAt"]:
        return "endsAt", "Ends at needs to be after starts_at", "INVALID"
    if given.get("usageLimit") is not None and given["usageLimit"] < 1:
        return "usageLimit", "Usage limit must be greater than 0", "GREATER_THAN"
    return None


def _worth_trouble(value: Json) -> str:
    percentage, amount = value.get("percentage"), (value.get("discountAmount") or {}).get("amount")
    if percentage is not None and not 0 < percentage <= 1:
        return "Value must be between 0.0 and 1.0"
    if amount is not None and not Decimal(str(amount)) > 0:
        return "Value must be greater than 0"
    return ""


def by_code(account: ShopifyAccount, code: str) -> Json | None:
    """Capitals do not count."""
    return next((each for each in account.discounts if each["code"].lower() == code.lower()), None)


def add(account: ShopifyAccount, given: Json) -> Json:
    fields = plain(given)
    code = fields.get("code", "CODE")
    return account.discounts.add(
        {
            "kind": BASIC,
            "title": code,
            "starts_at": account.stamp(),
            "ends_at": None,
            "usage_limit": None,
            "usage_count": 0,
            "created_at": account.stamp(),
            "updated_at": account.stamp(),
            **fields,
            "code": code,
        }
    )


def use(account: ShopifyAccount, order: Json) -> None:
    for each in order["discount_codes"]:
        row = by_code(account, each["code"])
        if row is not None:
            row["usage_count"] += 1


def shown(graph: Graph, row: Json) -> Json:
    account = graph.account
    code = {"id": gid("DiscountRedeemCode", row["id"]), "code": row["code"]}
    basic = {
        "__typename": row["kind"],
        "title": row["title"],
        "status": _status(row, account.stamp()),
        "startsAt": row["starts_at"],
        "endsAt": row["ends_at"],
        "usageLimit": row["usage_limit"],
        "asyncUsageCount": row["usage_count"],
        "totalSales": money(0, account.currency),
        "codes": [{**code, "asyncUsageCount": row["usage_count"]}],
    }
    return {"codeDiscount": basic}


def _status(row: Json, now: str) -> str:
    if row["starts_at"] > now:
        return "SCHEDULED"
    return "EXPIRED" if row["ends_at"] and row["ends_at"] <= now else "ACTIVE"
