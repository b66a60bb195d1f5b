"""What one person bought, left behind and sends back, in plain sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

import msgspec

from connectors.types import PredictionSnapshot
from orchestrator.models import Cart, CustomerRecord, Order, Prediction, Return
from rules.purchases import Bought, Numbers, Recorded, numbers
from rules.sentences import listed

Standing = Order.Standing
ORDER = ("placed_at", "total", "currency", "standing")
RECORD = ("source_at", "confirmed_at", "order_count", "spent", "currency")


def sentences(owners: Collection[int]) -> list[str]:
    """Of one person: one each for purchases, carts and returns, where there are any; in a constant number
    of queries."""
    return [*_bought(owners), *_expected(owners), *_left_behind(owners), *_sent_back(owners)]


def _bought(owners: Collection[int]) -> Iterator[str]:
    orders = list(Order.objects.filter(customer__in=owners).values_list(*ORDER))
    records = CustomerRecord.objects.filter(customer__in=owners).exclude(order_count=None).exclude(spent=None)
    known = [Recorded(max(at, read), *totals) for at, read, *totals in records.values_list(*RECORD)]
    kept = [
        Bought(placed_at, total, currency, standing == Standing.COUNTED)
        for placed_at, total, currency, standing in orders
        if standing != Standing.LEFT_OUT
    ]
    if kept or any(each.order_count for each in known):
        cancelled = sum(not each.is_counted for each in kept)
        yield f"Orders: {_told(numbers(kept, known))}{_beside(cancelled)}."


def _expected(owners: Collection[int]) -> Iterator[str]:
    """Another number than what they spent, from another tool, so it stands apart with its time."""
    rows = Prediction.objects.filter(customer__in=owners).order_by("-source_at", "-pk")
    for row in rows[:1]:
        told = msgspec.json.decode(bytes(row.body), type=PredictionSnapshot)
        value = f"{_plain(told.value.amount)} {told.value.currency}" if told.value else "not told"
        churn = f", probability of not coming back {told.churn:.0%}" if told.churn is not None else ""
        read = f"{told.source_at:%d %b %Y %H:%M} UTC"
        yield f"Predicted lifetime value: {value}{churn}, by the marketing tool as of {read}."


def _told(found: Numbers) -> str:
    sums = [f"{_plain(amount)} {currency}" for currency, amount in sorted(found.spent.items())]
    count = "1 order" if found.order_count == 1 else f"{found.order_count} orders"
    return f"{count}, {listed(sums) or 'nothing'} spent without refunds"


def _beside(cancelled: int) -> str:
    return f"; {cancelled} cancelled beside" if cancelled else ""


def _plain(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _left_behind(owners: Collection[int]) -> Iterator[str]:
    carts = list(Cart.objects.filter(customer__in=owners).values_list("abandons_at", "abandoned_at"))
    if carts:
        running = sum(abandons_at is not None for abandons_at, _ in carts)
        abandoned = sum(abandoned_at is not None for _, abandoned_at in carts)
        yield f"Carts: {len(carts)} known, {running} being filled now, {abandoned} abandoned at some time."


def _sent_back(owners: Collection[int]) -> Iterator[str]:
    returns = list(Return.objects.filter(customer__in=owners).values_list("is_open", flat=True))
    if returns:
        yield f"Returns: {len(returns)} known, {sum(returns)} open."
