"""What staff do with products and their stock, without us."""

from __future__ import annotations

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import bodies, goods, hooks, shop, stock
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.shop import found
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[ShopifyAccount] = Verbs()


@verbs.add
def stock_set(account: ShopifyAccount, body: Json) -> Json:
    """Count stock: id of a product, or variant_id, or sku; available; location_id."""
    available = body.get("available", body.get("quantity"))
    if not isinstance(available, int) or isinstance(available, bool):
        raise Refusal("stock_set needs available: a whole number.")
    variants = _variants(account, body)
    for each in variants:
        stock.count(account, each, available, body.get("location_id"))
    return bodies.product(account, account.products.rows[variants[0]["product_id"]])


@verbs.add
def product_create(account: ShopifyAccount, body: Json) -> Json:
    """A product joins the range: title, variants [{sku, price, inventory_quantity}], …"""
    row = goods.add_product(account, body)
    hooks.tell_product(account, row, "create")
    return bodies.product(account, row)


@verbs.add
def product_update(account: ShopifyAccount, body: Json) -> Json:
    """Change a product: id, title, status, tags, product_type, variants [{id, price}], …"""
    row, changed = found(account.products, body.get("id"), "product"), plain(body)
    for each in changed.pop("variants", ()):
        _change_variant(account, row, each)
    row.update({name: value for name, value in changed.items() if name != "id"})
    shop.touch(account, row)
    hooks.tell_product(account, row)
    return bodies.product(account, row)


@verbs.add
def product_delete(account: ShopifyAccount, body: Json) -> Json:
    """A product is deleted: id."""
    row = found(account.products, body.get("id"), "product")
    account.products.remove(row["id"])
    for key in row["variants"]:
        gone = account.variants.remove(key) or {}
        account.items.remove(gone["inventory_item_id"])
        for level in account.levels.where("inventory_item_id", gone["inventory_item_id"]):
            account.levels.remove(level["id"])
    hooks.send(account, "products/delete", {"id": row["id"]})
    return {"id": row["id"]}


def _variants(account: ShopifyAccount, body: Json) -> list[Json]:
    if body.get("variant_id"):
        return [found(account.variants, body["variant_id"], "variant")]
    if body.get("inventory_item_id"):
        item = found(account.items, body["inventory_item_id"], "inventory item")
        return [account.variants.rows[item["variant_id"]]]
    if body.get("sku"):
        named = [each for each in account.variants if each["sku"] == body["sku"]]
        if not named:
            raise Refusal(f"There is no variant with the SKU {body['sku']!r}.", 404)
        return named
    product = found(account.products, body.get("id") or body.get("product_id"), "product")
    return [account.variants.rows[key] for key in product["variants"]]


def _change_variant(account: ShopifyAccount, product: Json, given: Json) -> None:
    variant = found(account.variants, given.get("id"), "variant")
    if variant["product_id"] != product["id"] or "inventory_quantity" in given:
        raise Refusal("Variants of this product only; its stock is counted with stock_set.")
    item = account.items.rows[variant["inventory_item_id"]]
    item.update({name: given[name] for name in ("tracked", "sku") if name in given})
    variant.update({name: value for name, value in given.items() if name not in ("id", "tracked")})
    shop.touch(account, item)
    shop.touch(account, variant)
