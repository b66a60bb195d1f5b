"""What a person bought and spent: without tests, cancelled orders and refunds, per currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

SKEW = timedelta(minutes=1)  # how far apart the vendor's clock and ours may be


class Bought(msgspec.Struct, frozen=True):
    """The part of a mirrored order that counts. Tests and orders that are gone are not among them."""

    placed_at: datetime | None
    total: Decimal
    currency: str
    is_counted: bool  # not cancelled
    refunded: Decimal = Decimal()
    changed_at: datetime | None = None  # a refund or cancellation is no later than this
    status: str = ""  # the last thing that happened to it, in a word
    country: str = ""  # it was sent to
    region: str = ""


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


class Summit(msgspec.Struct, frozen=True):
    """The most that the numbers ever were."""

    order_count: int = 0
    spent: Mapping[str, Decimal] = {}


class Story(msgspec.Struct, frozen=True):
    """What a person's orders tell beside the sums. Nothing here depends on the order they were heard in."""

    first_at: datetime | None = None  # the first order that counts, None where not all orders are known
    is_whole: bool = True  # we know every order that the vendor's records count
    summit: Summit = Summit()
    country: str = ""  # where the newest order was sent to
    region: str = ""
    status: str = ""  # of the newest order to which something happened
    last_at: datetime | None = None  # the newest order that counts


def story(orders: Iterable[Bought], records: Iterable[Recorded]) -> Story:
    ours, theirs = list(orders), list(records)
    dated = sorted((each for each in ours if each.placed_at), key=lambda each: _placed(each))
    is_whole = len(ours) >= sum(each.order_count for each in theirs)
    first = next((each.placed_at for each in dated if each.is_counted), None)
    sent = next((each for each in reversed(dated) if each.country), None)
    told = next((each for each in reversed(dated) if each.status), None)
    last = next((each.placed_at for each in reversed(dated) if each.is_counted), None)
    return Story(
        first_at=first if is_whole else None,
        is_whole=is_whole,
        summit=_summit(dated),
        country=sent.country if sent else "",
        region=sent.region if sent else "",
        status=told.status if told else "",
        last_at=last,
    )


def _placed(order: Bought) -> tuple[datetime, str, str]:
    """Orders of one moment stand in one order, whichever was heard first."""
    at = order.placed_at or datetime.max.replace(tzinfo=UTC)
    return (at, order.country + order.region, order.status)


def _summit(orders: Sequence[Bought]) -> Summit:
    """Every order counts whole from its beginning; what was given back, from its last change on."""
    moves: list[tuple[datetime, int, Decimal, str]] = []
    for each in orders:
        placed = _placed(each)[0]
        changed = max(placed, each.changed_at or placed)
        moves.append((placed, 1, each.total + each.refunded, each.currency))
        left = each.total if each.is_counted else Decimal()
        moves.append(
            (changed, 0 if each.is_counted else -1, left - each.total - each.refunded, each.currency)
        )
    spent: defaultdict[str, Decimal] = defaultdict(Decimal)
    most: defaultdict[str, Decimal] = defaultdict(Decimal)
    count = summit = 0
    for _, step, amount, currency in sorted(moves, key=lambda move: (move[0], -move[1], -move[2])):
        count, spent[currency] = count + step, spent[currency] + amount
        summit, most[currency] = max(summit, count), max(most[currency], spent[currency])
    return Summit(summit, dict(most))


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
