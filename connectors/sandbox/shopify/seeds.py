"""What can be there from the start; objects in the vendor's shapes may leave out almost everything."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.shopify import discounts, goods, shop
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.wire import Json


def _location(account: ShopifyAccount, given: Json) -> Json:
    fields = plain(given)
    is_active = fields.get("active", fields.get("is_active", True))
    return account.locations.add({"name": "Second", **fields, "active": is_active})


# In this order, whatever the order of a body: orders name customers and products.
PLANT: dict[str, Callable[[ShopifyAccount, Json], Json]] = {
    "locations": _location,
    "customers": shop.add_customer,
    "products": goods.add_product,
    "orders": shop.add_order,
    "checkouts": shop.add_checkout,
    "abandoned_checkouts": shop.add_checkout,
    "returns": shop.add_return,
    "discount_codes": discounts.add,
}


def plant(account: ShopifyAccount, kind: str, objects: list[Json]) -> list[int]:
    return [PLANT[kind](account, given)["id"] for given in objects]


def in_order(seed: object) -> object:
    """Kinds that are named by others come first."""
    if not isinstance(seed, dict):
        return seed
    places = {kind: place for place, kind in enumerate(PLANT)}
    return {kind: seed[kind] for kind in sorted(seed, key=lambda each: places.get(each, 0))}
