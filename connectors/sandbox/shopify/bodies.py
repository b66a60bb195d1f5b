"""The bodies of webhooks: REST shapes, stamps in the shop's own zone, ids as numbers.

https://shopify.dev/docs/api/webhooks?reference=toml (payloads of version 2026-10)
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.shapes import stock
from connectors.sandbox.shopify.values import amount, gid
from connectors.sandbox.wire import Json


def local(account: ShopifyAccount, stamp: str | None) -> str | None:
    """In the shop's own zone."""
    if stamp is None:
        return None
    return datetime.fromisoformat(stamp).astimezone(account.timezone).isoformat()


def order(account: ShopifyAccount, row: Json) -> Json:
    customer = account.customers.get(row["customer_id"])
    rate = Decimal(str(row.get("presentment_rate", 1)))
    refunds = [refund(account, each) for each in row["refunds"]]
    hidden = () if account.shows_personal_data else ("email", "phone", "contact_email", "shipping_address")
    body = {
        **{
            name: value
            for name, value in row.items()
            if name not in ("customer_id", "line_items", "presentment_rate", "return_status")
        },
        **{
            name: local(account, row[name])
            for name in ("created_at", "processed_at", "updated_at", "cancelled_at", "closed_at")
        },
        # That an order is on hold is said by queries alone.
        "fulfillment_status": None if row["fulfillment_status"] == "on_hold" else row["fulfillment_status"],
        "contact_email": row["email"],
        "confirmed": True,
        "note_attributes": row.get("note_attributes", []),
        "subtotal_price": row["total_price"],
        "fulfillments": [fulfilled(account, row)] if row["fulfillment_status"] == "fulfilled" else [],
        "total_price_set": _set(row["total_price"], row, rate),
        "current_total_price_set": _set(row["current_total_price"], row, rate),
        "refunds": refunds,
        "customer": order_customer(account, customer) if customer else None,
        "line_items": [line(account.lines.rows[key]) for key in row["line_items"]],
        "order_number": row["id"],
    }
    return {name: None if name in hidden else value for name, value in body.items()}


def _set(value: str, row: Json, rate: Decimal) -> Json:
    return {
        "shop_money": {"amount": amount(value), "currency_code": row["currency"]},
        "presentment_money": {
            "amount": amount(Decimal(value) * rate),
            "currency_code": row["presentment_currency"],
        },
    }


def line(row: Json) -> Json:
    return {**row, "name": row["title"], "admin_graphql_api_id": gid("LineItem", row["id"])}


def customer(account: ShopifyAccount, row: Json) -> Json:
    """Without order count, spend and tags, as since 2025."""
    left_out = {"orders_count", "total_spent", "tags", "currency"}
    if not account.shows_personal_data:
        left_out |= {"email", "phone", "first_name", "last_name", "default_address"}
    kept = {name: value for name, value in row.items() if name not in left_out}
    return {
        **kept,
        "created_at": local(account, row["created_at"]),
        "updated_at": local(account, row["updated_at"]),
    }


order_customer = customer


def product(account: ShopifyAccount, row: Json) -> Json:
    """Full detail for the first hundred variants, the rest by id."""
    variants = [account.variants.rows[key] for key in row["variants"]]
    return {
        **row,
        "body_html": "",
        "created_at": local(account, row["created_at"]),
        "updated_at": local(account, row["updated_at"]),
        "variants": [variant(account, each) for each in variants[:100]],
        "variant_gids": [
            {
                "admin_graphql_api_id": each["admin_graphql_api_id"],
                "updated_at": local(account, each["updated_at"]),
            }
            for each in variants
        ],
    }


def level(account: ShopifyAccount, row: Json) -> Json:
    return {
        "inventory_item_id": row["inventory_item_id"],
        "location_id": row["location_id"],
        "available": row["available"],
        "updated_at": local(account, row["updated_at"]),
        "admin_graphql_api_id": row["admin_graphql_api_id"],
    }


def checkout(account: ShopifyAccount, row: Json) -> Json:
    """Without an id since 2026-04; the link is what it shares with GraphQL."""
    left_out = {"id", "admin_graphql_api_id", "customer_id", "line_items", "status", "email_state"}
    hidden = () if account.shows_personal_data else ("email", "phone", "shipping_address")
    owner = account.customers.get(row["customer_id"])
    return {
        **{name: value for name, value in row.items() if name not in left_out},
        **{name: local(account, row[name]) for name in ("created_at", "updated_at", "completed_at")},
        **dict.fromkeys(hidden),
        "customer": customer(account, owner) if owner else None,
        "line_items": [line(account.lines.rows[key]) for key in row["line_items"]],
    }


def returned(account: ShopifyAccount, row: Json) -> Json:
    """Since these differ by topic: what was declined says why, what was closed little at all."""
    order = {"id": row["order_id"], "admin_graphql_api_id": gid("Order", row["order_id"])}
    lines = [account.lines.rows[key] for key in row["line_items"]]
    told = {
        "id": row["id"],
        "admin_graphql_api_id": row["admin_graphql_api_id"],
        "status": {"approved": "open", "cancelled": "canceled"}.get(row["status"], row["status"]),
    }
    if row["status"] == "declined":
        why = {"reason": row["decline_reason"].lower(), "note": row["decline_note"]}
        return {**told, "order": order, "decline": why}
    if row["status"] in ("closed", "cancelled"):
        return {**told, "order_id": row["order_id"]}
    return {
        **told,
        "order": order,
        "total_return_line_items": sum(each["quantity"] for each in lines),
        "name": None,
        "return_line_items": [_returned_line(row, each) for each in lines],
        "return_shipping_fees": [],
        "exchange_line_items": [],
        "total_exchange_line_items": 0,
    }


def _returned_line(row: Json, line: Json) -> Json:
    return {
        "id": line["id"],
        "admin_graphql_api_id": gid("ReturnLineItem", line["id"]),
        "quantity": line["quantity"],
        "return_reason": row["reason"],
        "return_reason_note": "",
        "customer_note": row["note"] or None,
        "fulfillment_line_item": {
            "id": line["id"],
            "admin_graphql_api_id": gid("FulfillmentLineItem", line["id"]),
            "line_item": {"id": line["id"], "admin_graphql_api_id": gid("LineItem", line["id"])},
        },
    }


def labelled(account: ShopifyAccount, row: Json) -> Json:
    return {
        "id": row["id"],
        "admin_graphql_api_id": gid("ReverseDelivery", row["id"]),
        "return": {"id": row["id"], "admin_graphql_api_id": row["admin_graphql_api_id"]},
        "shipping_deliverable": {
            "tracking": {"carrier_name": None, "tracking_number": row["tracking"], "tracking_url": None},
            "label": {"public_file_url": row["label_url"], "created_at": local(account, account.stamp())},
        },
    }


def refund(account: ShopifyAccount, row: Json) -> Json:
    """Stamps of the shop; amounts of lines are bare numbers here."""
    lines = [
        {
            "id": place,
            **{name: each[name] for name in ("quantity", "line_item_id", "restock_type")},
            "location_id": None,
            "subtotal": float(each["subtotal"]),
            "total_tax": 0,
            "line_item": line(account.lines.rows[each["line_item_id"]]),
        }
        for place, each in enumerate(row["refund_line_items"], row["id"] * 100)
    ]
    stamps = {name: local(account, row[name]) for name in ("created_at", "processed_at")}
    return {**row, **stamps, "return": None, "refund_line_items": lines, "order_adjustments": []}


def fulfilled(account: ShopifyAccount, row: Json) -> Json:
    return {
        "id": row["id"],
        "order_id": row["id"],
        "status": "success",
        "created_at": local(account, account.stamp()),
        "updated_at": local(account, account.stamp()),
        "tracking_company": row.get("tracking_company"),
        "tracking_number": row.get("tracking_number"),
        "shipment_status": row.get("shipment_status"),
        "email": row["email"] if account.shows_personal_data else None,
        "line_items": [line(account.lines.rows[key]) for key in row["line_items"]],
    }


def variant(account: ShopifyAccount, row: Json) -> Json:
    stamps = {
        "created_at": local(account, row["updated_at"]),
        "updated_at": local(account, row["updated_at"]),
    }
    return {**row, **stamps, "inventory_quantity": stock(account, row)}


def email_consent(row: Json) -> Json:
    consent = {"opt_in_level": None, "consent_updated_at": None, **(row["email_marketing_consent"] or {})}
    return {"customer_id": row["id"], "email_address": row["email"], "email_marketing_consent": consent}


def summary(account: ShopifyAccount, row: Json) -> Json:
    mine = account.orders.where("customer_id", row["id"])
    last = max(mine, key=lambda each: (each["created_at"], each["id"]), default=None)
    return {
        "customerId": row["admin_graphql_api_id"],
        "numberOfOrders": row["orders_count"],
        "amountSpent": {"amount": row["total_spent"], "currencyCode": account.currency},
        "lastOrderId": last["admin_graphql_api_id"] if last else None,
        "occurredAt": account.stamp(),
    }


def privacy(account: ShopifyAccount, row: Json | None, **more: Any) -> Json:
    body: Json = {"shop_id": 1, "shop_domain": account.domain, **more}
    if row is not None:
        body["customer"] = {"id": row["id"], "email": row["email"], "phone": row["phone"]}
    return body
