"""What recovering abandoned carts may be worth in a year, by two readings of the same figure. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec

ABANDONMENT = Decimal(70)  # per cent of started checkouts (Baymard Institute, 2025)
RECOVERY = Decimal(7)  # per cent of abandoned checkouts, within the 5 to 10 % that guides name
LEAST_ABANDONMENT, MOST_ABANDONMENT = Decimal(1), Decimal(95)
LEAST_RECOVERY, MOST_RECOVERY = Decimal(0), Decimal(50)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A year, in whole units of the currency."""

    abandoned: Decimal
    recovered: Decimal


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """``started``: the figure is the value of started checkouts. ``completed``: it is what was sold."""

    started: Reading
    completed: Reading


def estimate(yearly: Decimal, abandonment: Decimal = ABANDONMENT, recovery: Decimal = RECOVERY) -> Estimate:
    """Rates are per cent; ``abandonment`` stays below 100, or what was sold would be a part of nothing."""
    left, back = abandonment / 100, recovery / 100
    return Estimate(
        started=_reading(yearly * left, back), completed=_reading(yearly * left / (1 - left), back)
    )


def _reading(abandoned: Decimal, back: Decimal) -> Reading:
    return Reading(abandoned=_whole(abandoned), recovered=_whole(abandoned * back))


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), ROUND_HALF_UP)
