"""Orders: placed, paid, fulfilled, delayed, cancelled, refunded. Test orders tell nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from connectors.types import OrderSnapshot, Transition
from orchestrator.decide.mirror.told import Told

DELAYED = frozenset({"on_hold"})  # the vendor's own words for "it does not go out as planned"


def told(old: OrderSnapshot | None, new: OrderSnapshot) -> list[Told]:
    """An order that is heard of for the first time tells everything that happened to it so far.

    Each thing is told once, whatever was missed in between: what is compared is the newest with the
    newest before it.
    """
    if new.is_test or new.is_gone:
        return []
    return list(_told(old, new))


def is_doubtful(old: OrderSnapshot, new: OrderSnapshot) -> bool:
    """Whether it has to be read again: of an order on hold, Shopify's webhooks say what they say of any other
    that did not go out, so they do not tell whether it is on hold still.
    """
    return _is_delayed(old) and new.fulfillment_status == "unfulfilled"


def _told(old: OrderSnapshot | None, new: OrderSnapshot) -> Iterator[Told]:
    if old is None:
        yield Told(Transition.ORDER_PLACED, new.placed_at or new.source_at)
    if new.is_paid and not (old and old.is_paid):
        yield Told(Transition.ORDER_PAID, new.source_at)
    if new.is_fulfilled and not (old and old.is_fulfilled):
        yield Told(Transition.ORDER_FULFILLED, new.source_at)
    if _is_delayed(new) and not (old and _is_delayed(old)):
        yield Told(Transition.ORDER_DELAYED, new.source_at)
    if refunded(new) > refunded(old):
        yield Told(Transition.ORDER_REFUNDED, new.source_at, {"refunded": str(refunded(old))})
    if new.cancelled_at and not (old and old.cancelled_at):
        yield Told(Transition.ORDER_CANCELLED, new.cancelled_at)


def refunded(order: OrderSnapshot | None) -> Decimal:
    return order.refunded.amount if order and order.refunded else Decimal()


def status(order: OrderSnapshot) -> str:
    """The last thing that happened to it, in a word; "" while it is only on its way."""
    back = refunded(order)
    answers = {
        "cancelled": order.cancelled_at is not None,
        "refunded": bool(back) and (order.payment_status == "refunded" or not order.total.amount),
        "partly_refunded": bool(back),
        "delayed": _is_delayed(order),
        "fulfilled": order.is_fulfilled,
    }
    return next((word for word, applies in answers.items() if applies), "")


def _is_delayed(order: OrderSnapshot) -> bool:
    return order.fulfillment_status in DELAYED
