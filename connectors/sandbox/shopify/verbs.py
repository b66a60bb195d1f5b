"""What happens in a store without us: customers buy and leave, staff count stock, tokens run out."""

from __future__ import annotations

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import bodies, hooks, shop
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.mutations import set_return
from connectors.sandbox.shopify.shop import found
from connectors.sandbox.shopify.values import words
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[ShopifyAccount] = Verbs()


@verbs.add
def order_create(account: ShopifyAccount, body: Json) -> Json:
    """Somebody buys: email or customer, line_items [{variant_id, quantity}], total_price, test, …"""
    row = shop.add_order(account, body)
    for key in row["line_items"]:
        _sell(account, account.lines.rows[key])
    paid = ("paid",) if row["financial_status"] == "paid" else ()
    hooks.tell_order(account, row, "create", *paid)
    return bodies.order(account, row)


@verbs.add
def order_update(account: ShopifyAccount, body: Json) -> Json:
    """Change any field of an order: id, tags, fulfillment_status, shipping_address, …"""
    row = found(account.orders, body.get("id"), "order")
    row.update({name: value for name, value in body.items() if name != "id"})
    return _told(account, row)


@verbs.add
def order_pay(account: ShopifyAccount, body: Json) -> Json:
    """An order is paid: id."""
    row = found(account.orders, body.get("id"), "order")
    row["financial_status"] = "paid"
    return _told(account, row, "paid")


@verbs.add
def order_fulfill(account: ShopifyAccount, body: Json) -> Json:
    """An order goes out: id."""
    row = found(account.orders, body.get("id"), "order")
    row["fulfillment_status"] = "fulfilled"
    return _told(account, row, "fulfilled")


@verbs.add
def order_cancel(account: ShopifyAccount, body: Json) -> Json:
    """An order is cancelled: id, reason."""
    row = found(account.orders, body.get("id"), "order")
    row["cancelled_at"], row["cancel_reason"] = account.stamp(), body.get("reason", "customer")
    shop.recount(account, account.customers.get(row["customer_id"]))
    return _told(account, row, "cancelled")


@verbs.add
def order_refund(account: ShopifyAccount, body: Json) -> Json:
    """Money goes back: id, and amount or refund_line_items [{line_item_id, quantity}]; else all of it."""
    row = found(account.orders, body.get("id"), "order")
    shop.refund(account, row, body)
    hooks.send(account, "refunds/create", row["refunds"][-1])
    return _told(account, row)


@verbs.add
def stock_set(account: ShopifyAccount, body: Json) -> Json:
    """Count stock: id of a product, or variant_id; available; location_id."""
    if body.get("variant_id"):
        variants = [found(account.variants, body["variant_id"], "variant")]
    else:
        product = found(account.products, body.get("id") or body.get("product_id"), "product")
        variants = [account.variants.rows[key] for key in product["variants"]]
    if not isinstance(body.get("available"), int):
        raise Refusal("stock_set needs available: a whole number.")
    for each in variants:
        _count(account, each, body["available"], body.get("location_id"))
    return bodies.product(account, account.products.rows[variants[0]["product_id"]])


@verbs.add
def product_update(account: ShopifyAccount, body: Json) -> Json:
    """Change a product: id, title, status, tags, product_type, …"""
    row = found(account.products, body.get("id"), "product")
    row.update({name: value for name, value in body.items() if name not in ("id", "variants")})
    shop.touch(account, row)
    hooks.tell_product(account, row)
    return bodies.product(account, row)


@verbs.add
def product_delete(account: ShopifyAccount, body: Json) -> Json:
    """A product is deleted: id."""
    row = found(account.products, body.get("id"), "product")
    account.products.rows.pop(row["id"])
    hooks.send(account, "products/delete", {"id": row["id"]})
    return {"id": row["id"]}


@verbs.add
def customer_create(account: ShopifyAccount, body: Json) -> Json:
    """A customer signs up: email, first_name, last_name, tags, default_address, …"""
    row = shop.add_customer(account, body)
    hooks.tell_customer(account, row, "create")
    return bodies.customer(account, row)


@verbs.add
def customer_update(account: ShopifyAccount, body: Json) -> Json:
    """Change a customer: id, email, tags, default_address, email_marketing_consent, …"""
    row = found(account.customers, body.get("id"), "customer")
    row.update({name: value for name, value in body.items() if name != "id"})
    row["tags"] = ", ".join(words(row["tags"]))
    shop.touch(account, row)
    hooks.tell_customer(account, row)
    return bodies.customer(account, row)


@verbs.add
def customer_merge(account: ShopifyAccount, body: Json) -> Json:
    """Two records become one: id goes into into_id."""
    gone = found(account.customers, body.get("id"), "customer")
    kept = found(account.customers, body.get("into_id"), "customer")
    for table in (account.orders, account.checkouts):
        for row in table:
            if row["customer_id"] == gone["id"]:
                row["customer_id"] = kept["id"]
    account.orders_of.setdefault(kept["id"], []).extend(account.orders_of.pop(gone["id"], []))
    account.customers.rows.pop(gone["id"])
    shop.recount(account, kept)
    told: Json = {
        "admin_graphql_api_customer_kept_id": kept["admin_graphql_api_id"],
        "admin_graphql_api_customer_deleted_id": gone["admin_graphql_api_id"],
        "status": "completed",
        "errors": [],
    }
    hooks.send(account, "customers/merge", told)
    return told


@verbs.add
def checkout_abandon(account: ShopifyAccount, body: Json) -> Json:
    """Somebody leaves a checkout behind: email, line_items, total_price."""
    row = shop.add_checkout(account, body)
    hooks.send(account, "checkouts/create", bodies.checkout(account, row))
    return {**bodies.checkout(account, row), "id": row["id"]}


@verbs.add
def checkout_complete(account: ShopifyAccount, body: Json) -> Json:
    """A checkout is bought after all: id."""
    row = found(account.checkouts, body.get("id"), "checkout")
    row["completed_at"] = account.stamp()
    shop.touch(account, row)
    lines = [account.lines.rows[key] for key in row["line_items"]]
    bought = {
        "customer": {"id": row["customer_id"]} if row["customer_id"] else None,
        "email": row["email"],
        "checkout_token": row["token"],
        "cart_token": row["cart_token"],
        "total_price": row["total_price"],
        "line_items": [
            {name: each[name] for name in ("variant_id", "product_id", "title", "price", "quantity")}
            for each in lines
        ],
    }
    hooks.send(account, "checkouts/update", bodies.checkout(account, row))
    order: Json = order_create(account, bought)
    return order


@verbs.add
def return_request(account: ShopifyAccount, body: Json) -> Json:
    """A customer wants to send something back: order_id, reason, note."""
    row = shop.add_return(account, body)
    hooks.tell_return(account, row)
    return {**row}


@verbs.add
def return_approve(account: ShopifyAccount, body: Json) -> Json:
    """Staff approve a return: id."""
    return _moved(account, body, "approved")


@verbs.add
def return_close(account: ShopifyAccount, body: Json) -> Json:
    """A return is done: id."""
    return _moved(account, body, "closed")


@verbs.add
def return_decline(account: ShopifyAccount, body: Json) -> Json:
    """Staff decline a return: id."""
    return _moved(account, body, "declined")


@verbs.add
def privacy_request(account: ShopifyAccount, body: Json) -> Json:
    """The vendor passes on a privacy request: topic (customers/data_request, …), customer_id."""
    topic = body.get("topic", "customers/data_request")
    row = found(account.customers, body["customer_id"], "customer") if body.get("customer_id") else None
    told = bodies.privacy(account, row, **({} if topic == "shop/redact" else {"orders_to_redact": []}))
    hooks.send(account, topic, told)
    return told


@verbs.add
def token_expire(account: ShopifyAccount, body: Json) -> Json:
    """All access tokens stop working."""
    account.tokens.expire()
    return {}


@verbs.add
def scope_remove(account: ShopifyAccount, body: Json) -> Json:
    """The app loses a scope: scope."""
    account.scopes.discard(body.get("scope"))
    hooks.send(account, "app/scopes_update", {"current": sorted(account.scopes)})
    return {"scopes": sorted(account.scopes)}


@verbs.add
def app_uninstall(account: ShopifyAccount, body: Json) -> Json:
    """The owner removes the app: its tokens stop working."""
    hooks.send(account, "app/uninstalled", {"id": 1, "domain": account.domain})
    account.tokens.expire()
    return {}


def _sell(account: ShopifyAccount, line: Json) -> None:
    variant = account.variants.get(line["variant_id"])
    if variant is not None:
        level = next(
            each for each in account.levels if each["inventory_item_id"] == variant["inventory_item_id"]
        )
        _count(account, variant, level["available"] - line["quantity"], level["location_id"])


def _count(account: ShopifyAccount, variant: Json, available: int, location: int | None) -> None:
    """Quantities have a stamp of their own; the product's does not always move with them."""
    rows = [each for each in account.levels if each["inventory_item_id"] == variant["inventory_item_id"]]
    level = next((each for each in rows if location in (None, each["location_id"])), None)
    if level is None:
        raise Refusal("That item is not stocked at this location.", 404)
    level["available"] = available
    shop.touch(account, level)
    hooks.send(account, "inventory_levels/update", bodies.level(account, level))


def _moved(account: ShopifyAccount, body: Json, status: str) -> Json:
    row = found(account.returns, body.get("id"), "return")
    set_return(Graph(account), row, status)
    return {**row}


def _told(account: ShopifyAccount, row: Json, *events: str) -> Json:
    shop.touch(account, row)
    hooks.tell_order(account, row, *events)
    return bodies.order(account, row)
