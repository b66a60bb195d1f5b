"""What can be there from the start; objects in webhook shapes may leave out almost everything."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.shopify import shop
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.wire import Json


def _location(account: ShopifyAccount, given: Json) -> Json:
    return account.locations.add({"name": "Second", "active": True, **given})


PLANT: dict[str, Callable[[ShopifyAccount, Json], Json]] = {
    "customers": shop.add_customer,
    "products": shop.add_product,
    "orders": shop.add_order,
    "checkouts": shop.add_checkout,
    "returns": shop.add_return,
    "locations": _location,
}
