"""Both readings of a yearly figure, by the published example and at its edges."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.revenue import estimate


@pytest.mark.parametrize(
    ("yearly", "abandonment", "recovery", "started", "completed"),
    [
        ("2000000", "70", "7", "98000", "326667"),
        ("2000000", "50", "10", "100000", "200000"),
        ("0", "70", "7", "0", "0"),
        ("1000000000000000", "70", "7", "49000000000000", "163333333333333"),
        ("100", "70", "0", "0", "0"),
    ],
)
def test_both_readings(yearly: str, abandonment: str, recovery: str, started: str, completed: str) -> None:
    found = estimate(Decimal(yearly), Decimal(abandonment), Decimal(recovery))

    assert (found.started.recovered, found.completed.recovered) == (Decimal(started), Decimal(completed))


def test_what_is_abandoned_is_shown_too() -> None:
    found = estimate(Decimal(2_000_000))

    assert found.started.abandoned == 1_400_000
    assert found.completed.abandoned == 4_666_667


@given(st.decimals(0, 10**15, places=2), st.integers(1, 95), st.integers(0, 50))
def test_started_checkouts_are_never_the_larger_reading(yearly: Decimal, left: int, back: int) -> None:
    found = estimate(yearly, Decimal(left), Decimal(back))

    assert found.started.recovered <= found.completed.recovered
    assert found.started.recovered <= found.started.abandoned
