"""What customers and staff do with orders and checkouts, without us."""

from __future__ import annotations

from decimal import Decimal

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import bodies, discounts, hooks, refunds, shop, stock, totals
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.shop import found
from connectors.sandbox.shopify.values import amount
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[ShopifyAccount] = Verbs()


@verbs.add
def order_create(account: ShopifyAccount, body: Json) -> Json:
    """Somebody buys: email or customer, line_items [{variant_id, quantity}], total_price, test, …"""
    known = len(account.customers)
    row = shop.add_order(account, body, is_history=False)
    customer = account.customers.get(row["customer_id"])
    if customer is not None:
        shop.touch(account, customer)
        _greet(account, customer, known)
    discounts.use(account, row)
    for key in row["line_items"]:
        stock.sell(account, account.lines.rows[key])
    paid = ("paid",) if row["financial_status"] == "paid" else ()
    hooks.tell_order(account, row, "create", *paid)
    hooks.tell_totals(account, row)
    return bodies.order(account, row)


@verbs.add
def order_update(account: ShopifyAccount, body: Json) -> Json:
    """Change any field of an order: id, tags, fulfillment_status, shipping_address, …"""
    row, changed = found(account.orders, body.get("id"), "order"), plain(body)
    if "line_items" in changed:
        raise Refusal("The lines of an order stay as they are; refund some of them instead.")
    account.orders.change(row, {name: value for name, value in changed.items() if name != "id"})
    return _told(account, row)


@verbs.add
def order_pay(account: ShopifyAccount, body: Json) -> Json:
    """An order is paid: id."""
    row = found(account.orders, body.get("id"), "order")
    row["financial_status"] = "paid"
    return _told(account, row, "paid")


@verbs.add
def order_fulfill(account: ShopifyAccount, body: Json) -> Json:
    """An order goes out: id, tracking_company, tracking_number; partial=true for some of it."""
    row = found(account.orders, body.get("id"), "order")
    is_whole = body.get("partial") is not True
    row["fulfillment_status"] = "fulfilled" if is_whole else "partial"
    row.update({name: body[name] for name in ("tracking_company", "tracking_number") if name in body})
    hooks.send(account, "fulfillments/create", bodies.fulfilled(account, row))
    return _told(account, row, *(("fulfilled",) if is_whole else ()))


@verbs.add
def order_cancel(account: ShopifyAccount, body: Json) -> Json:
    """An order is cancelled: id, reason, restock."""
    row = found(account.orders, body.get("id"), "order")
    if row["cancelled_at"]:
        raise Refusal("That order is cancelled already.")
    totals.given_back(account, row, Decimal(row["current_total_price"]))
    row["cancelled_at"], row["cancel_reason"] = account.stamp(), body.get("reason", "customer").lower()
    if body.get("restock"):
        for key in row["line_items"]:
            line = account.lines.rows[key]
            stock.put_back(account, line, line["current_quantity"])
    hooks.tell_totals(account, row)
    return _told(account, row, "cancelled")


@verbs.add
def order_refund(account: ShopifyAccount, body: Json) -> Json:
    """Money goes back: id, and amount or refund_line_items [{line_item_id, quantity}]; else all of it."""
    row = found(account.orders, body.get("id"), "order")
    refund = refunds.refund(account, row, plain(body))
    for each in refund["refund_line_items"]:
        if each["restock_type"] != "no_restock":
            stock.put_back(account, account.lines.rows[each["line_item_id"]], each["quantity"])
    hooks.send(account, "refunds/create", bodies.refund(account, refund))
    hooks.tell_totals(account, row)
    return _told(account, row)


@verbs.add
def order_close(account: ShopifyAccount, body: Json) -> Json:
    """Staff archive an order: id."""
    row = found(account.orders, body.get("id"), "order")
    row["closed_at"] = account.stamp()
    return _told(account, row)


@verbs.add
def checkout_abandon(account: ShopifyAccount, body: Json) -> Json:
    """Somebody leaves a checkout behind: email, line_items, total_price."""
    known = len(account.customers)
    row = shop.add_checkout(account, body)
    _greet(account, account.customers.get(row["customer_id"]), known)
    hooks.send(account, "checkouts/create", bodies.checkout(account, row))
    return {**bodies.checkout(account, row), "id": row["id"]}


@verbs.add
def checkout_update(account: ShopifyAccount, body: Json) -> Json:
    """Somebody goes on with a checkout: id, email, phone, total_price, line_items, …"""
    row, changed = found(account.checkouts, body.get("id"), "checkout"), plain(body)
    if "line_items" in changed:
        changed["line_items"] = shop.add_lines(account, changed["line_items"])
        changed.setdefault("total_price", amount(shop.sum_of(account, changed["line_items"])))
    if changed.get("email"):
        buyer = shop.customer_for(account, None, changed["email"]) or {}
        changed["customer_id"] = buyer.get("id")
    account.checkouts.change(row, {name: value for name, value in changed.items() if name != "id"})
    shop.touch(account, row)
    hooks.send(account, "checkouts/update", bodies.checkout(account, row))
    return {**bodies.checkout(account, row), "id": row["id"]}


@verbs.add
def checkout_complete(account: ShopifyAccount, body: Json) -> Json:
    """A checkout is bought after all: id."""
    row = found(account.checkouts, body.get("id"), "checkout")
    if row["completed_at"]:
        raise Refusal("That checkout was bought already.")
    row["completed_at"] = account.stamp()
    row["status"] = "closed"
    shop.touch(account, row)
    lines = [account.lines.rows[key] for key in row["line_items"]]
    kept = ("email", "cart_token", "total_price", "discount_codes", "currency", "shipping_address")
    bought = {
        **{name: row[name] for name in kept},
        "customer": {"id": row["customer_id"]} if row["customer_id"] else None,
        "checkout_token": row["token"],
        "line_items": [
            {name: each[name] for name in ("variant_id", "product_id", "title", "price", "quantity")}
            for each in lines
        ],
    }
    hooks.send(account, "checkouts/update", bodies.checkout(account, row))
    order: Json = order_create(account, bought)
    return order


def _greet(account: ShopifyAccount, customer: Json | None, known: int) -> None:
    """Whoever came by buying is a new customer."""
    if customer is not None and len(account.customers) > known:
        hooks.tell_customer(account, customer, "create")


def _told(account: ShopifyAccount, row: Json, *events: str) -> Json:
    shop.touch(account, row)
    hooks.tell_order(account, row, *events)
    return bodies.order(account, row)
