"""What the app has to be allowed in a store. https://shopify.dev/docs/api/usage/access-scopes"""

from __future__ import annotations

from collections.abc import Iterable

SCOPES = frozenset(
    {
        "read_orders", "read_all_orders", "write_orders", "read_customers", "read_customer_merge",
        "write_customers", "read_products", "read_inventory", "read_locations", "read_returns",
        "read_discounts", "write_discounts", "write_returns",
    }
)  # fmt: skip


def missing(granted: Iterable[str]) -> list[str]:
    """Of those that are needed, in order. Who may write may read."""
    given = set(granted)
    given |= {f"read_{each.removeprefix('write_')}" for each in given if each.startswith("write_")}
    return sorted(SCOPES - given)
