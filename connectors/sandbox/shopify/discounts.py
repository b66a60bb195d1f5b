"""Discount codes: what is refused, how they are shown, and that orders use them up.

https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeBasicCreate
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.values import gid, money
from connectors.sandbox.wire import Json

if TYPE_CHECKING:
    from connectors.sandbox.shopify.graph import Graph

LONGEST = 255  # characters of a code


def trouble(account: ShopifyAccount, given: Json) -> tuple[str, str, str] | None:
    """The field, the sentence and the code of what is wrong with a new one."""
    for name in ("title", "code", "startsAt", "customerGets"):
        if not given.get(name):
            return name, f"{name} can't be blank", "BLANK"
    if not given.get("context") and not given.get("customerSelection"):
        return "context", "context can't be blank", "BLANK"
    if len(given["code"]) > LONGEST:
        return "code", f"Code is too long (maximum is {LONGEST} characters)", "TOO_LONG"
    if by_code(account, given["code"]) is not None:
        return "code", "Code must be unique. Please try a different code.", "TAKEN"
    percentage = (given["customerGets"].get("value") or {}).get("percentage")
    if percentage is not None and not 0 < percentage <= 1:
        return "customerGets", "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE"
    if given.get("endsAt") and given["endsAt"] <= given["startsAt"]:
        return "endsAt", "Ends at needs to be after starts_at", "INVALID"
    if given.get("usageLimit") is not None and given["usageLimit"] < 1:
        return "usageLimit", "Usage limit must be greater than 0", "GREATER_THAN"
    return None


def by_code(account: ShopifyAccount, code: str) -> Json | None:
    """Capitals do not count."""
    return next((each for each in account.discounts if each["code"].lower() == code.lower()), None)


def add(account: ShopifyAccount, given: Json) -> Json:
    fields = plain(given)
    code = fields.get("code", "CODE")
    return account.discounts.add(
        {
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
        "__typename": "DiscountCodeBasic",
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
