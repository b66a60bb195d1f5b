"""Limits of a rule, counted without tables: shares, approvals, and places in an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.limits import HOUR, Limits, Queue, Reached, Tally

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def tally(hour: int = 0, day: int = 0, customers: int = 1000, **limits: int) -> Tally:
    mine = Limits(**limits)
    queue = Queue(mine.customers_per_hour)
    return Tally(
        mine, Reached(hour, {"old@shop.test"}), Reached(day), most_a_day=mine.most_of(customers), queue=queue
    )


def needs(mine: Tally, count: int) -> list[str]:
    return [mine.turn(f"c{number}@shop.test", at(0)).needs for number in range(count)]


@pytest.mark.parametrize(
    ("given", "wanted", "asked"),
    [
        (tally(approve_above=2), 3, ["", "", "approve_above"]),
        (tally(approve_above=2, hour=1), 2, ["", "approve_above"]),
        (tally(approve_above=2, hour=5), 1, ["approve_above"]),
        (tally(share_of_customers=1, customers=200), 3, ["", "", "share_of_customers"]),
        (tally(share_of_customers=1, customers=250, day=2), 1, ["share_of_customers"]),
        (tally(share_of_customers=1, customers=3), 2, ["", "share_of_customers"]),
        (tally(share_of_customers=100, customers=2), 2, ["", ""]),
        (tally(share_of_customers=1, approve_above=1, customers=300), 2, ["", "approve_above"]),
        (tally(), 3, ["", "", ""]),
    ],
)
def test_who_is_above_a_limit_needs_a_yes(given: Tally, wanted: int, asked: list[str]) -> None:
    assert needs(given, wanted) == asked


def test_whoever_was_reached_in_this_hour_is_no_further_customer() -> None:
    mine = tally(approve_above=1, hour=1)

    assert mine.turn("old@shop.test", at(0)).needs == ""
    assert mine.turn("new@shop.test", at(0)).needs == "approve_above"


def test_what_has_to_be_approved_takes_no_place_in_the_hour() -> None:
    mine = tally(approve_above=1, customers_per_hour=1, hour=1)
    mine.turn("new@shop.test", at(0))

    assert mine.turn("old@shop.test", at(0)).at == at(0)


def test_the_others_come_an_hour_later_and_in_order() -> None:
    queue = Queue(2)

    assert [queue.place(f"c{number}@shop.test", at(number)) for number in range(5)] == [
        at(0), at(1), at(60), at(61), at(120)
    ]  # fmt: skip


def test_two_messages_to_one_customer_go_together() -> None:
    queue = Queue(1)

    assert [queue.place("ana@shop.test", at(0)) for _ in range(2)] == [at(0), at(0)]
    assert queue.place("ben@shop.test", at(0)) == at(60)


def test_what_is_planned_for_later_keeps_its_place() -> None:
    queue = Queue(1, [(at(70), "ana@shop.test")])

    assert queue.place("ben@shop.test", at(0)) == at(0)
    assert queue.place("eve@shop.test", at(0)) == at(130)


@given(
    most=st.integers(1, 4),
    wishes=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 200)), max_size=25),
)
def test_no_hour_has_more_customers_than_it_may(most: int, wishes: list[tuple[int, int]]) -> None:
    queue = Queue(most)
    places = [(queue.place(f"c{who}", at(minutes)), f"c{who}", at(minutes)) for who, minutes in wishes]

    assert all(place >= wanted for place, _, wanted in places)
    for begin, _, _ in places:
        heard = {who for place, who, _ in places if begin <= place < begin + HOUR}
        assert len(heard) <= most


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(), ""),
        (Limits(customers_per_hour=50), "At most 50 customers an hour."),
        (Limits(approve_above=1), "Above 1 customer in an hour a person has to approve."),
        (
            Limits(customers_per_hour=1500, share_of_customers=5, approve_above=100),
            "At most 1,500 customers an hour and 5 % of the known customers in 24 hours; above 100 customers "
            "in an hour a person has to approve.",
        ),
    ],
)
def test_limits_read_as_a_sentence(limits: Limits, told: str) -> None:
    assert limits.sentence() == told


@pytest.mark.parametrize(
    ("limits", "count", "limit"),
    [
        (Limits(approve_above=100), 100, ""),
        (Limits(approve_above=100), 101, "approve_above"),
        (Limits(share_of_customers=10), 101, "share_of_customers"),
        (Limits(share_of_customers=10), 100, ""),
        (Limits(customers_per_hour=1), 500, ""),
    ],
)
def test_going_live_is_above_a_limit_as_a_whole(limits: Limits, count: int, limit: str) -> None:
    assert limits.exceeded_by(count, customers=1000) == limit
