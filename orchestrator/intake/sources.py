"""Who tells what: products the storefront; carts too, else the marketing tool. Never both."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.models import Connection
from connectors.roles import Marketing, Storefront


def of_products(store_id: int) -> str:
    """The vendor of a client's products; "" without a storefront."""
    rows = Connection.objects.filter(store_id=store_id, is_enabled=True)
    return next((each.vendor for each in rows if each.role == Storefront.role), "")


def of_carts(connections: Iterable[Connection]) -> str:
    """The vendor of a client's carts; "" where nobody tells of any."""
    by_role = {each.role: each for each in connections}
    shop, marketing = by_role.get(Storefront.role), by_role.get(Marketing.role)
    if shop is not None and shop.tells_carts:
        return shop.vendor
    return marketing.vendor if marketing is not None else ""
