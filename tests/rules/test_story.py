"""What orders tell beside their sums, whichever was heard first."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.purchases import Bought, Recorded, Story, Summit, story
from tests.scene import at


def order(minutes: float, total: str = "50", **fields: Any) -> Bought:
    given = {"currency": "USD", "is_counted": True, "changed_at": at(minutes), **fields}
    return Bought(at(minutes), Decimal(total), **given)


def test_nobody_has_no_story():
    assert story([], []) == Story()


def test_the_first_order_that_counts_is_the_first():
    cancelled = order(0, is_counted=False)

    assert story([order(9), cancelled, order(5)], []).first_at == at(5)
    assert story([cancelled], []).first_at is None


def test_where_the_storefront_knows_of_more_the_first_is_not_known():
    theirs = Recorded(at(10), 2, Decimal(100), "USD")

    found = story([order(5)], [theirs])

    assert (found.first_at, found.is_whole) == (None, False)


def test_the_newest_address_and_the_newest_status_count():
    orders = [
        order(0, country="US", region="CA", status="fulfilled"),
        order(5, country="DE", status="delayed"),
        order(9),
    ]

    found = story(orders, [])

    assert (found.country, found.region, found.status) == ("DE", "", "delayed")


def test_the_most_that_was_spent_is_what_stood_before_money_went_back():
    kept = story([order(0, "300"), order(5, "150", refunded=Decimal(100), changed_at=at(9))], [])
    early = story([order(0, "200", refunded=Decimal(100), changed_at=at(1)), order(5, "250")], [])

    assert kept.summit == Summit(2, {"USD": Decimal(550)})
    assert early.summit == Summit(2, {"USD": Decimal(450)})


def test_a_cancelled_order_counted_until_then():
    found = story([order(0, "300"), order(5, "250", is_counted=False, changed_at=at(9))], [])

    assert found.summit == Summit(2, {"USD": Decimal(550)})


ORDERS = st.lists(
    st.builds(
        order,
        st.integers(0, 9),
        st.integers(0, 400).map(str),
        currency=st.sampled_from(["USD", "EUR"]),
        is_counted=st.booleans(),
        refunded=st.integers(0, 90).map(Decimal),
        changed_at=st.integers(0, 30).map(at),
        status=st.sampled_from(["", "fulfilled", "cancelled"]),
        country=st.sampled_from(["", "US", "DE"]),
    ),
    max_size=6,
)


@given(ORDERS, st.randoms(use_true_random=False))
def test_the_order_they_were_heard_in_does_not_matter(orders: list[Bought], dice: Random):
    shuffled = dice.sample(orders, len(orders))

    assert story(shuffled, []) == story(orders, [])
