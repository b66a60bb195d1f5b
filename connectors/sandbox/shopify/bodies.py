"""The bodies of webhooks: REST shapes, stamps in the shop's own zone, ids as numbers.

https://shopify.dev/docs/api/webhooks?reference=toml (payloads of version 2026-10)
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.shapes import stock
from connectors.sandbox.shopify.values import amount, gid
from connectors.sandbox.wire import Json

ZONE = ZoneInfo("America/New_York")


def local(stamp: str | None) -> str | None:
    if stamp is None:
        return None
    return datetime.fromisoformat(stamp).astimezone(ZONE).isoformat()


def order(account: ShopifyAccount, row: Json) -> Json:
    customer = account.customers.get(row["customer_id"])
    rate = Decimal(str(row.get("presentment_rate", 1)))
    refunds = [{**each, "created_at": local(each["created_at"])} for each in row["refunds"]]
    hidden = () if account.shows_personal_data else ("email", "phone", "contact_email")
    body = {
        **{
            name: value
            for name, value in row.items()
            if name not in ("customer_id", "line_items", "presentment_rate")
        },
        **{
            name: local(row[name])
            for name in ("created_at", "processed_at", "updated_at", "cancelled_at", "closed_at")
        },
        "contact_email": row["email"],
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
    return {**kept, "created_at": local(row["created_at"]), "updated_at": local(row["updated_at"])}


order_customer = customer


def product(account: ShopifyAccount, row: Json) -> Json:
    """Full detail for the first hundred variants, the rest by id."""
    variants = [account.variants.rows[key] for key in row["variants"]]
    return {
        **row,
        "body_html": "",
        "created_at": local(row["created_at"]),
        "updated_at": local(row["updated_at"]),
        "variants": [
            {**each, "inventory_quantity": stock(account, each), "updated_at": local(each["updated_at"])}
            for each in variants[:100]
        ],
        "variant_gids": [
            {"admin_graphql_api_id": each["admin_graphql_api_id"], "updated_at": local(each["updated_at"])}
            for each in variants
        ],
    }


def level(account: ShopifyAccount, row: Json) -> Json:
    return {
        "inventory_item_id": row["inventory_item_id"],
        "location_id": row["location_id"],
        "available": row["available"],
        "updated_at": local(row["updated_at"]),
        "admin_graphql_api_id": f"gid://shopify/InventoryLevel/{row['id']}?inventory_item_id={row['inventory_item_id']}",
    }


def checkout(account: ShopifyAccount, row: Json) -> Json:
    """Without an id since 2026-04; the link is what it shares with GraphQL."""
    left_out = ("id", "admin_graphql_api_id", "customer_id", "line_items")
    owner = account.customers.get(row["customer_id"])
    return {
        **{name: value for name, value in row.items() if name not in left_out},
        **{name: local(row[name]) for name in ("created_at", "updated_at", "completed_at")},
        "customer": customer(account, owner) if owner else None,
        "line_items": [line(account.lines.rows[key]) for key in row["line_items"]],
    }


def returned(account: ShopifyAccount, row: Json) -> Json:
    order_id = row["order_id"]
    return {
        "id": row["id"],
        "admin_graphql_api_id": row["admin_graphql_api_id"],
        "status": row["status"],
        "name": None,
        "order": {"id": order_id, "admin_graphql_api_id": gid("Order", order_id)},
        "return_line_items": [],
    }


def summary(account: ShopifyAccount, row: Json) -> Json:
    return {
        "customerId": row["admin_graphql_api_id"],
        "lastOrderId": None,
        "numberOfOrders": row["orders_count"],
        "amountSpent": {"amount": row["total_spent"], "currencyCode": account.currency},
        "occurredAt": account.stamp(),
    }


def privacy(account: ShopifyAccount, row: Json | None, **more: Any) -> Json:
    body: Json = {"shop_id": 1, "shop_domain": account.domain, **more}
    if row is not None:
        body["customer"] = {"id": row["id"], "email": row["email"], "phone": row["phone"]}
    return body
