"""What some tool has to tell so that a rule can look at more than the object that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.types import Transition
from rules.facts import (
    BASKET,
    BEST_SELLERS,
    CART_FLOWS,
    COUPONS,
    HEARD,
    RECORD,
    RETURNS,
    SALES,
    SHELF,
    STOCK,
    TICKETS,
)

SOURCES: Mapping[str, str | None] = {
    RECORD: Transition.ORDER_PLACED,
    TICKETS: Transition.TICKET_OPENED,
    RETURNS: Transition.RETURN_REQUESTED,
    SALES: Transition.ORDER_PLACED,
    SHELF: Transition.STOCK_CHANGED,
    STOCK: Transition.STOCK_CHANGED,
    BASKET: Transition.PRODUCT_CHANGED,
    BEST_SELLERS: Transition.ORDER_PLACED,
    CART_FLOWS: "cart_flows",
    HEARD: None,  # these two from ourselves
    COUPONS: None,
}


def of(wants: Iterable[str]) -> frozenset[str]:
    """By the names of capabilities; a want that is none of these is the name of one itself."""
    known = (each.partition(":")[0] for each in wants)
    return frozenset(source for each in known if (source := SOURCES.get(each, each)))
