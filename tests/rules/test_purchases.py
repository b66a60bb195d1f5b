"""Numbers of a person: ours where we know all, the vendor's totals where it knows more."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.purchases import Bought, Recorded, numbers
from tests.scene import at


def order(minutes: float | None, total: str = "50", currency: str = "USD", counts: bool = True) -> Bought:
    return Bought(None if minutes is None else at(minutes), Decimal(total), currency, counts)


def record(minutes: float, count: int, spent: str, currency: str = "USD") -> Recorded:
    return Recorded(at(minutes), count, Decimal(spent), currency)


@pytest.mark.parametrize(
    ("orders", "records", "count", "spent"),
    [
        ([], [], 0, {}),
        ([order(0), order(5, "20")], [], 2, {"USD": 70}),
        ([order(0), order(5, "20", counts=False)], [], 1, {"USD": 50}),
        ([order(0), order(5, "20", "EUR")], [], 2, {"USD": 50, "EUR": 20}),
        ([order(0, "0")], [], 1, {"USD": 0}),  # refunded whole
        # We know all that the vendor counts, so a refund counts before its totals are read again.
        ([order(0, "30")], [record(1, 1, "50")], 1, {"USD": 30}),
        ([order(0), order(9)], [record(1, 1, "50")], 2, {"USD": 100}),
        # A guest's order that the vendor's record does not count.
        ([order(0), order(1)], [record(2, 1, "50")], 2, {"USD": 100}),
        # The vendor knows more: its history counts, and what came since is added.
        ([], [record(0, 7, "900")], 7, {"USD": 900}),
        ([order(-60)], [record(0, 7, "900")], 7, {"USD": 900}),
        ([order(-60), order(9)], [record(0, 7, "900")], 8, {"USD": 950}),
        ([order(-60), order(9), order(10, counts=False)], [record(0, 7, "900")], 8, {"USD": 950}),
        ([order(9), order(10), order(11)], [record(0, 2, "900")], 5, {"USD": 1050}),
        ([order(None)], [record(0, 7, "900")], 7, {"USD": 900}),
        # Within the minute that clocks may differ, the totals are taken to know it.
        ([order(0.5)], [record(0, 7, "900")], 7, {"USD": 900}),
        ([order(0.5)], [record(0, 1, "50")], 1, {"USD": 50}),
        # Two records of one person, such as before they are merged.
        ([order(9, "1", "EUR")], [record(0, 2, "100"), record(3, 1, "9")], 4, {"USD": 109, "EUR": 1}),
    ],
)
def test_what_counts(orders, records, count, spent):
    found = numbers(orders, records)

    assert found.order_count == count
    assert found.spent == {currency: Decimal(amount) for currency, amount in spent.items()}


ORDERS = st.lists(
    st.builds(
        order,
        st.integers(0, 500),
        st.integers(0, 9000).map(lambda cents: str(Decimal(cents) / 100)),
        st.sampled_from(["USD", "EUR"]),
        st.booleans(),
    ),
    max_size=8,
)


@given(ORDERS, st.data())
def test_the_order_in_which_they_are_known_makes_no_difference(orders, data):
    records = data.draw(st.lists(st.builds(record, st.integers(0, 500), st.integers(0, 9), st.just("10"))))

    assert numbers(orders, records) == numbers(data.draw(st.permutations(orders)), records[::-1])
