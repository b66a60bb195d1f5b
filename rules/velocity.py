"""How fast a product sells, and at which stock it has to be ordered so that more is there in time. Pure.

Whole days (UTC) before today are counted, so the answer stays the same all day long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

import msgspec

DAY = timedelta(days=1)
LONGEST_WINDOW = 90  # days


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a product. ``since`` is the first day of which both it and the shop's sales are known.

    ``stock_days`` says of days on which its stock was told whether none was left at the end.
    """

    since: date | None = None
    by_day: Mapping[date, int] = {}
    stock_days: Mapping[date, bool] = {}


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Units sold on so many days; on ``out_days`` more there was nothing to sell, so they do not count."""

    units: int
    days: int
    out_days: int

    @property
    def a_day(self) -> Decimal:
        return Decimal(self.units) / self.days if self.days else Decimal()


def pace(sold: Sold, today: date, window: int) -> Pace:
    """Over at most ``window`` days, fewer where less is known."""
    first = max(today - window * DAY, sold.since or today)
    days = [first + each * DAY for each in range((today - first).days)]
    out = _sold_out(sold, days)
    return Pace(
        units=sum(sold.by_day.get(each, 0) for each in days if each not in out),
        days=len(days) - len(out),
        out_days=len(out),
    )


def point(found: Pace, lead_days: int, safety: int) -> Decimal:
    """What is sold until more can be there, and some to be sure."""
    return found.a_day * lead_days + safety


def threshold(at: Decimal) -> int:
    """Stock below this is at the point or under it."""
    return int(at.to_integral_value(ROUND_FLOOR)) + 1


def _sold_out(sold: Sold, days: list[date]) -> set[date]:
    """Days that began and ended with nothing left, and on which nothing was sold.

    What was sold was there: restocked and sold out again within the day, or told to us late.
    """
    standings = _standings(sold, days)
    return {each for each, began, ended in standings if began and ended and not sold.by_day.get(each)}


def _standings(sold: Sold, days: list[date]) -> Iterator[tuple[date, bool, bool]]:
    before = [each for each in sold.stock_days if days and each < days[0]]
    is_out = sold.stock_days[max(before)] if before else False
    for each in days:
        began, is_out = is_out, sold.stock_days.get(each, is_out)
        yield each, began, is_out
