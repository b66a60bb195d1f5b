"""What happens to rows: how they come to be, and what follows when one of them changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import shapes, totals
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.values import amount, gid, number
from connectors.sandbox.wire import Json

NEW_ORDER: Json = {
    "phone": None,
    "cancelled_at": None,
    "cancel_reason": None,
    "closed_at": None,
    "test": False,
    "financial_status": "paid",
    "fulfillment_status": None,
    "tags": "",
    "source_name": "web",
    "cart_token": None,
    "checkout_token": None,
    "landing_site": None,
    "shipping_address": None,
    "return_status": "NO_RETURN",
}


def add_customer(account: ShopifyAccount, given: Json) -> Json:
    now = account.stamp()
    row = {
        "created_at": now,
        "updated_at": now,
        "first_name": "",
        "last_name": "",
        "email": None,
        "phone": None,
        "state": "enabled",
        "tags": "",
        "email_marketing_consent": {"state": "not_subscribed"},
        "sms_marketing_consent": None,
        "default_address": None,
        "orders_count": 0,
        "total_spent": "0.00",
        **plain(given),
    }
    row["email"] = row["email"].lower() if row["email"] else None
    row["orders_count"], row["total_spent"] = int(row["orders_count"]), amount(row["total_spent"])
    account.customers.add(row)
    totals.claim(account, row)
    return row


def add_order(account: ShopifyAccount, given: Json, *, is_history: bool = True) -> Json:
    """``is_history`` says that the totals its customer came with include it."""
    fields = plain(given)
    customer = customer_for(account, _buyer(fields), fields.get("email"))
    lines = add_lines(account, fields.pop("line_items", None) or [{}])
    total = Decimal(fields.get("total_price") or sum_of(account, lines))
    refunds = [_refunded(account, each) for each in fields.pop("refunds", None) or ()]
    paid_back = sum((Decimal(each["amount"]) for row in refunds for each in row["transactions"]), Decimal())
    begun = fields.get("created_at", account.stamp())
    row = account.orders.add(
        {
            **NEW_ORDER,
            "email": customer["email"] if customer else None,
            "created_at": begun,
            "processed_at": begun,
            "updated_at": begun,
            "currency": account.currency,
            "presentment_currency": account.currency,
            "discount_codes": [],
            **fields,
            "refunds": refunds,
            "customer_id": customer["id"] if customer else None,
            "line_items": lines,
            "total_price": amount(total),
            "current_total_price": amount(fields.get("current_total_price") or total - paid_back),
        }
    )
    row["name"] = fields.get("name") or f"#{row['id']}"
    totals.placed(account, row, is_history=is_history)
    return row


def _refunded(account: ShopifyAccount, given: Json) -> Json:
    """One that a seeded order already has."""
    number_ = given.get("id") or account.next_refund()
    return {
        "id": number_,
        "admin_graphql_api_id": gid("Refund", number_),
        "created_at": account.stamp(),
        "processed_at": account.stamp(),
        "note": "",
        "refund_line_items": [],
        "transactions": [],
        **given,
    }


def add_lines(account: ShopifyAccount, given: list[Json]) -> list[int]:
    return [_add_line(account, each)["id"] for each in given]


def sum_of(account: ShopifyAccount, lines: list[int]) -> Decimal:
    rows = [account.lines.rows[key] for key in lines]
    return sum((Decimal(str(each["price"])) * each["quantity"] for each in rows), Decimal())


def _add_line(account: ShopifyAccount, given: Json) -> Json:
    fields = plain(given)
    variant = account.variants.get(fields.get("variant_id"))
    product = account.products.get(variant["product_id"] if variant else fields.get("product_id"))
    quantity = int(fields.get("quantity", 1))
    return account.lines.add(
        {
            "title": product["title"] if product else "Item",
            "sku": variant["sku"] if variant else "",
            "price": variant["price"] if variant else "10.00",
            **fields,
            "variant_id": variant["id"] if variant else None,
            "product_id": product["id"] if product else None,
            "quantity": quantity,
            "current_quantity": int(fields.get("current_quantity", quantity)),
        }
    )


def add_checkout(account: ShopifyAccount, given: Json) -> Json:
    now = account.stamp()
    fields = plain(given)
    customer = customer_for(account, _buyer(fields), fields.get("email"))
    lines = add_lines(account, fields.pop("line_items", None) or [{}])
    token = fields.get("token") or uuid4().hex
    total = fields.get("total_price") or sum_of(account, lines)
    return account.checkouts.add(
        {
            "token": token,
            "cart_token": uuid4().hex,
            "email": customer["email"] if customer else None,
            "phone": None,
            "created_at": now,
            "updated_at": fields.get("created_at", now),
            "completed_at": None,
            "currency": account.currency,
            "presentment_currency": account.currency,
            "status": "open",
            "abandoned_checkout_url": f"https://{account.domain}/checkouts/{token}/recover",
            "discount_codes": [],
            "shipping_address": None,
            **fields,
            "customer_id": customer["id"] if customer else None,
            "line_items": lines,
            "total_price": amount(total),
        }
    )


def add_return(account: ShopifyAccount, given: Json) -> Json:
    now, fields = account.stamp(), plain(given)
    order = found(account.orders, fields.get("order_id"), "order")
    status = fields.get("status", "requested")
    begun = fields.get("created_at", now)
    row = account.returns.add(
        {
            "created_at": begun,
            "approved_at": None if status in ("requested", "declined") else begun,
            "closed_at": begun if status in ("closed", "declined", "cancelled", "canceled") else None,
            "reason": "unknown",
            "note": "",
            "label_url": None,
            "tracking": None,
            "decline_reason": "OTHER",
            "decline_note": None,
            **fields,
            "status": status,
            "line_items": _line_ids(fields.get("line_items"), order),
            "order_id": order["id"],
        }
    )
    row["name"] = f"{order['name']}-R{len(account.returns.where('order_id', order['id']))}"
    order["return_status"] = shapes.return_status(account, order)
    touch(account, order)
    return row


def _line_ids(given: Any, order: Json) -> list[int]:
    """All lines of the order unless some are named, by number or as objects. Raises Refusal."""
    named = [number(each["id"] if isinstance(each, dict) else each) for each in given or ()]
    if not set(named) <= set(order["line_items"]):
        raise Refusal("Those lines belong to another order.")
    return named or list(order["line_items"])


def _buyer(fields: Json) -> Any:
    """Whole, or by number."""
    number_alone = fields.pop("customer_id", None)
    return fields.pop("customer", None) or ({"id": number_alone} if number_alone else None)


def customer_for(account: ShopifyAccount, given: Any, email: Any) -> Json | None:
    """By id, else by e-mail; who is not known yet becomes a customer. Nobody for a guest without either."""
    fields = given if isinstance(given, dict) else {}
    if fields.get("id"):
        known = account.customers.get(number(fields["id"]))
        if known is None and len(fields) == 1:
            raise Refusal(f"There is no customer {fields['id']!r}.", 404)
        return known or add_customer(account, {"email": email, **fields})
    wanted = (fields.get("email") or email or "").lower()
    if not wanted and not fields:
        return None
    known = next(iter(account.customers.where("email", wanted) if wanted else ()), None)
    return known or add_customer(account, {**fields, "email": wanted or None})


def touch(account: ShopifyAccount, row: Json) -> None:
    row["updated_at"] = max(account.stamp(), row["updated_at"])


def found(table: Any, key: Any, what: str) -> Json:
    """Raises Refusal when there is none."""
    try:
        row: Json | None = table.get(number(key))
    except ValueError:
        row = None
    if row is None:
        raise Refusal(f"There is no {what} {key!r}.", 404)
    return row
