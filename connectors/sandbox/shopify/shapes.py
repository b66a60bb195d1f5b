"""Parts of rows as GraphQL shows them: addresses, consents, refunds, states."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.values import bag, gid
from connectors.sandbox.wire import Json

FULFILMENT = {
    None: "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "fulfilled": "FULFILLED", "on_hold": "ON_HOLD",
}  # fmt: skip

ORDER_STAMPS = {
    "created_at": "createdAt", "processed_at": "processedAt", "updated_at": "updatedAt",
    "cancelled_at": "cancelledAt", "closed_at": "closedAt",
}  # fmt: skip


def stock(account: ShopifyAccount, variant: Json) -> int:
    """Over active locations."""
    active = {each["id"] for each in account.locations if each["active"]}
    mine = account.levels.where("inventory_item_id", variant["inventory_item_id"])
    return sum(int(each["available"]) for each in mine if each["location_id"] in active)


def email(row: Json) -> Json | None:
    if not row["email"]:
        return None
    consent = row["email_marketing_consent"] or {}
    return {
        "emailAddress": row["email"],
        "marketingState": consent.get("state", "not_subscribed").upper(),
        "marketingOptInLevel": None,
        "marketingUpdatedAt": consent.get("consent_updated_at"),
        "validFormat": True,
    }


def phone(row: Json) -> Json | None:
    if not row["phone"]:
        return None
    state = (row["sms_marketing_consent"] or {}).get("state", "never_subscribed").upper()
    return {"phoneNumber": row["phone"], "smsMarketingConsent": {"state": state, "updatedAt": None}}


def address(row: Json | None) -> Json | None:
    if not row:
        return None
    return {
        "countryCodeV2": row.get("country_code"),
        "provinceCode": row.get("province_code"),
        "phone": row.get("phone"),
    }


def refund(order: Json, row: Json) -> Json:
    total = sum((Decimal(each["amount"]) for each in row["transactions"]), Decimal())
    return {
        "id": gid("Refund", row["id"]),
        "createdAt": row["created_at"],
        "processedAt": row["created_at"],
        "note": row["note"],
        "totalRefundedSet": bag(total, order["currency"]),
        "refundLineItems": [
            {
                "_row": {"id": place},
                "quantity": each["quantity"],
                "restockType": each["restock_type"].upper(),
                "lineItem": {"id": gid("LineItem", each["line_item_id"])},
                "subtotalSet": bag(each["subtotal"], order["currency"]),
            }
            for place, each in enumerate(row["refund_line_items"], 1)
        ],
    }


def return_status(account: ShopifyAccount, order: Json) -> str:
    states = [each["status"] for each in account.returns.where("order_id", order["id"])]
    if "requested" in states:
        return "RETURN_REQUESTED"
    if {"approved", "open"} & set(states):
        return "IN_PROGRESS"
    return "RETURNED" if "closed" in states else "NO_RETURN"


def attributes(row: Json) -> list[Json]:
    return [{"key": each["name"], "value": each["value"]} for each in row.get("note_attributes") or ()]


def journey(order: Json) -> Json | None:
    """From the page where the buyer landed; there is none for orders that were not placed online."""
    page = order["landing_site"]
    if order["source_name"] != "web":
        return None
    if not page:
        return {"ready": False, "customerOrderIndex": None, "firstVisit": None, "lastVisit": None}
    asked = dict(parse_qsl(urlsplit(page).query))
    utm = {name: asked.get(f"utm_{name}") for name in ("source", "medium", "campaign", "content", "term")}
    visit = {
        "occurredAt": order["created_at"],
        "landingPage": page,
        "referrerUrl": order.get("referring_site"),
        "source": utm["source"] or "direct",
        "utmParameters": utm if any(utm.values()) else None,
    }
    return {"ready": True, "customerOrderIndex": 0, "firstVisit": visit, "lastVisit": visit}
