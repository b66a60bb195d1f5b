"""What a person bought and spent: without tests, cancelled orders and refunds, per currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

SKEW = timedelta(minutes=1)  # how far apart the vendor's clock and ours may be


class Bought(msgspec.Struct, frozen=True):
    """The part of a mirrored order that counts. Tests and orders that are gone are not among them."""

    placed_at: datetime | None
    total: Decimal
    currency: str
    is_counted: bool  # not cancelled


class Recorded(msgspec.Struct, frozen=True):
    """A vendor's own totals of a person, as they were when we read them at ``read_at``.

    Not as of the record's own stamp: Shopify moves totals without touching it.
    """

    read_at: datetime
    order_count: int
    spent: Decimal
    currency: str


class Numbers(msgspec.Struct, frozen=True):
    order_count: int
    spent: Mapping[str, Decimal]  # by currency


def numbers(orders: Iterable[Bought], records: Iterable[Recorded]) -> Numbers:
    """What we count ourselves is right the moment an order or a refund is heard of, and the mirror is
    asked as long as it knows all orders that the vendor's records count.

    Where the vendor knows of more (orders from before the mirror, or that we may not see), its own totals
    count, and what was placed since they were read is added; a refund shows once they are read again.
    """
    ours, theirs = list(orders), list(records)
    if not theirs:
        return _sum(ours)
    newest = max(each.read_at for each in theirs) + SKEW
    since = [each for each in ours if each.placed_at is not None and each.placed_at > newest]
    if len(ours) - len(since) >= sum(each.order_count for each in theirs):
        return _sum(ours)
    added = _sum(since)
    spent = defaultdict(Decimal, added.spent)
    for each in theirs:
        spent[each.currency] += each.spent
    return Numbers(added.order_count + sum(each.order_count for each in theirs), dict(spent))


def _sum(orders: Iterable[Bought]) -> Numbers:
    spent: defaultdict[str, Decimal] = defaultdict(Decimal)
    count = 0
    for each in orders:
        if each.is_counted:
            count += 1
            spent[each.currency] += each.total
    return Numbers(count, dict(spent))
