"""What happens to rows: how they come to be, and what follows when one of them changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.values import amount, number, words
from connectors.sandbox.wire import Json


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
        **_known(given),
    }
    row["email"] = row["email"].lower() if row["email"] else None
    row["tags"] = ", ".join(words(row["tags"]))
    row["currency"] = account.currency
    return account.customers.add(row)


def add_product(account: ShopifyAccount, given: Json) -> Json:
    """``variants[].inventory_quantity`` is what the first location has of each."""
    now = account.stamp()
    fields = _known(given)
    variants = fields.pop("variants", None) or [{}]
    row = account.products.add(
        {
            "title": "Product",
            "product_type": "",
            "vendor": account.name,
            "status": "active",
            "tags": "",
            "created_at": now,
            "updated_at": now,
            "collections": [],
            **fields,
        }
    )
    row.setdefault("handle", row["title"].lower().replace(" ", "-"))
    row["variants"] = [_add_variant(account, row, each)["id"] for each in variants]
    return row


def _add_variant(account: ShopifyAccount, product: Json, given: Json) -> Json:
    fields = _known(given)
    quantity = fields.pop("inventory_quantity", 0)
    item = account.items.add(
        {"tracked": fields.pop("tracked", True), "sku": fields.get("sku", ""), "updated_at": account.stamp()}
    )
    variant = account.variants.add(
        {
            "product_id": product["id"],
            "title": "Default Title",
            "sku": "",
            "price": "10.00",
            "inventory_policy": "deny",
            "updated_at": account.stamp(),
            **fields,
            "inventory_item_id": item["id"],
        }
    )
    item["variant_id"] = variant["id"]
    place = next(iter(account.locations))
    account.levels.add(
        {
            "inventory_item_id": item["id"],
            "location_id": place["id"],
            "available": quantity,
            "updated_at": account.stamp(),
        }
    )
    return variant


def add_order(account: ShopifyAccount, given: Json) -> Json:
    now = account.stamp()
    fields = _known(given)
    customer = customer_for(account, fields.pop("customer", None), fields.get("email"))
    lines = [_add_line(account, each) for each in fields.pop("line_items", None) or [{}]]
    total = fields.get("total_price") or sum(Decimal(each["price"]) * each["quantity"] for each in lines)
    row = account.orders.add(
        {
            "email": customer["email"] if customer else None,
            "phone": None,
            "created_at": now,
            "processed_at": fields.get("created_at", now),
            "updated_at": fields.get("created_at", now),
            "cancelled_at": None,
            "cancel_reason": None,
            "closed_at": None,
            "test": False,
            "currency": account.currency,
            "presentment_currency": account.currency,
            "financial_status": "paid",
            "fulfillment_status": None,
            "tags": "",
            "discount_codes": [],
            "source_name": "web",
            "cart_token": None,
            "checkout_token": None,
            "landing_site": None,
            "shipping_address": None,
            "refunds": [],
            **fields,
            "customer_id": customer["id"] if customer else None,
            "line_items": [each["id"] for each in lines],
            "total_price": amount(total),
        }
    )
    row["current_total_price"] = row["total_price"]
    row["name"] = given.get("name") or f"#{row['id']}"
    if customer:
        account.orders_of.setdefault(customer["id"], []).append(row)
    recount(account, customer)
    return row


def _add_line(account: ShopifyAccount, given: Json) -> Json:
    fields = _known(given)
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
            "current_quantity": quantity,
        }
    )


def add_checkout(account: ShopifyAccount, given: Json) -> Json:
    now = account.stamp()
    fields = _known(given)
    customer = customer_for(account, fields.pop("customer", None), fields.get("email"))
    lines = [_add_line(account, each) for each in fields.pop("line_items", None) or [{}]]
    token = fields.get("token") or uuid4().hex
    total = fields.get("total_price") or sum(Decimal(each["price"]) * each["quantity"] for each in lines)
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
            "abandoned_checkout_url": f"https://{account.domain}/checkouts/{token}/recover",
            "discount_codes": [],
            "shipping_address": None,
            **fields,
            "customer_id": customer["id"] if customer else None,
            "line_items": [each["id"] for each in lines],
            "total_price": amount(total),
        }
    )


def add_return(account: ShopifyAccount, given: Json) -> Json:
    now = account.stamp()
    order = found(account.orders, given.get("order_id"), "order")
    row = account.returns.add(
        {
            "status": "requested",
            "created_at": now,
            "approved_at": None,
            "closed_at": None,
            "reason": given.get("reason", "unknown"),
            "note": given.get("note", ""),
            "label_url": None,
            "line_items": given.get("line_items") or order["line_items"],
            "order_id": order["id"],
            **({"id": number(given["id"])} if given.get("id") else {}),
        }
    )
    row["name"] = f"{order['name']}-R{sum(each['order_id'] == order['id'] for each in account.returns)}"
    touch(account, order)
    return row


def refund(account: ShopifyAccount, order: Json, given: Json) -> Json:
    """Of lines, of a sum, or of everything that is left."""
    left = Decimal(order["current_total_price"])
    lines = [_refunded(account, order, each) for each in given.get("refund_line_items", ())]
    sum_of_lines = sum((Decimal(each["subtotal"]) for each in lines), Decimal())
    given_sum = given.get("amount")
    paid_back = min(left, Decimal(str(given_sum)) if given_sum is not None else (sum_of_lines or left))
    row = {
        "id": len(order["refunds"]) + order["id"] * 100,
        "order_id": order["id"],
        "created_at": account.stamp(),
        "note": given.get("note", ""),
        "refund_line_items": lines,
        "transactions": [{"kind": "refund", "amount": amount(paid_back), "currency": order["currency"]}],
    }
    order["refunds"].append(row)
    order["current_total_price"] = amount(left - paid_back)
    order["financial_status"] = "refunded" if left == paid_back else "partially_refunded"
    touch(account, order)
    recount(account, account.customers.get(order["customer_id"]))
    return row


def _refunded(account: ShopifyAccount, order: Json, given: Json) -> Json:
    line = found(account.lines, given.get("line_item_id"), "line item")
    if line["id"] not in order["line_items"]:
        raise Refusal("That line item belongs to another order.")
    quantity = min(int(given.get("quantity", 1)), line["current_quantity"])
    line["current_quantity"] -= quantity
    return {
        "line_item_id": line["id"],
        "quantity": quantity,
        "subtotal": amount(Decimal(line["price"]) * quantity),
        "restock_type": given.get("restock_type", "no_restock"),
    }


def customer_for(account: ShopifyAccount, given: Any, email: Any) -> Json | None:
    """By id, else by e-mail; who is not known yet becomes a customer. Nobody for a guest without either."""
    fields = given if isinstance(given, dict) else {}
    if fields.get("id"):
        return found(account.customers, fields["id"], "customer")
    wanted = (fields.get("email") or email or "").lower()
    if not wanted and not fields:
        return None
    known = next((each for each in account.customers if wanted and each["email"] == wanted), None)
    return known or add_customer(account, {**fields, "email": wanted or None})


def recount(account: ShopifyAccount, customer: Json | None) -> None:
    """The customer's own totals follow from their orders. Cancelled ones count as orders, not as spend."""
    if customer is None:
        return
    mine = [each for each in account.orders_of.get(customer["id"], []) if not each["test"]]
    kept = [each for each in mine if not each["cancelled_at"]]
    spent = sum((Decimal(each["current_total_price"]) for each in kept), Decimal())
    customer["orders_count"], customer["total_spent"] = len(mine), amount(spent)
    touch(account, customer)


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


def _known(given: Json) -> Json:
    """Numbers for ids, whichever form they were given in."""
    fields = {name: value for name, value in given.items() if name != "admin_graphql_api_id"}
    for name in ("id", "product_id", "variant_id"):
        if fields.get(name) is not None:
            fields[name] = number(fields[name])
    return fields
