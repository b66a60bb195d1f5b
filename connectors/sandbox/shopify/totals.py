"""What the vendor counts for each customer: orders, and what they spent.

Test orders do not count at all, cancelled ones not as spend.
"""

from __future__ import annotations

from decimal import Decimal

from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.values import amount
from connectors.sandbox.wire import Json


def claim(account: ShopifyAccount, customer: Json) -> None:
    """A customer that came with totals: the orders that are seeded after it are part of them."""
    account.claims[customer["id"]] = (int(customer["orders_count"]), Decimal(str(customer["total_spent"])))


def placed(account: ShopifyAccount, order: Json, *, is_history: bool) -> None:
    customer = account.customers.get(order["customer_id"])
    if customer is None or order["test"]:
        return
    spent = Decimal(0) if order["cancelled_at"] else Decimal(order["current_total_price"])
    count, claimed = account.claims.get(customer["id"], (0, Decimal()))
    if is_history and count > 0:
        account.claims[customer["id"]] = (count - 1, max(Decimal(), claimed - spent))
    else:
        _add(customer, 1, spent)


def given_back(account: ShopifyAccount, order: Json, value: Decimal) -> None:
    """Of a cancelled order nothing counts any more, so nothing of it goes back."""
    customer = account.customers.get(order["customer_id"])
    if customer is not None and not order["test"] and not order["cancelled_at"]:
        _add(customer, 0, -value)


def merged(kept: Json, gone: Json) -> None:
    _add(kept, gone["orders_count"], Decimal(gone["total_spent"]))


def _add(customer: Json, orders: int, spent: Decimal) -> None:
    customer["orders_count"] += orders
    customer["total_spent"] = amount(max(Decimal(), Decimal(customer["total_spent"]) + spent))
