"""Words that rules are read aloud with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from connectors.types import Transition

TRANSITIONS = {
    Transition.TICKET_OPENED: "a ticket is opened",
    Transition.TICKET_CHANGED: "a ticket changes",
    Transition.TICKET_CLOSED: "a ticket is closed",
    Transition.ORDER_PLACED: "an order is placed",
    Transition.ORDER_PAID: "an order is paid",
    Transition.ORDER_FULFILLED: "an order is fulfilled",
    Transition.ORDER_DELAYED: "an order is delayed",
    Transition.ORDER_CANCELLED: "an order is cancelled",
    Transition.ORDER_REFUNDED: "an order is refunded",
    Transition.CART_CHANGED: "a cart changes",
    Transition.CART_ABANDONED: "a cart is abandoned",
    Transition.CART_RECOVERED: "a cart that was known is bought",
    Transition.STOCK_CHANGED: "a product's stock changes",
    Transition.PRODUCT_CHANGED: "a product changes",
    Transition.PRODUCT_VIEWED: "a product is viewed",
    Transition.CUSTOMER_CHANGED: "a customer changes",
    Transition.CUSTOMER_MERGED: "two customers are merged",
    Transition.RETURN_REQUESTED: "a return is requested",
    Transition.RETURN_APPROVED: "a return is approved",
    Transition.RETURN_CLOSED: "a return is closed",
}


def quoted(text: object) -> str:
    return f"“{text}”"


def spoken(value: Any) -> str:
    """A value of JSON: texts in quotes, true and false as they are written there."""
    if isinstance(value, list):
        return listed([spoken(each) for each in value])
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else str(value)


def excerpt(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def listed(parts: Sequence[str], joint: str = "and") -> str:
    """a, b and c"""
    return f" {joint} ".join([part for part in (", ".join(parts[:-1]), *parts[-1:]) if part])


def spoken_time(length: timedelta) -> str:
    """1 day and 2 hours"""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = {"day": days, "hour": hours, "minute": minutes, "second": seconds}
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in units.items() if count]
    return listed(said) or "0 seconds"
