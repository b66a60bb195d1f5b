"""How fast something sells, and when it has to be ordered."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import reorder_point, velocity
from rules.velocity import Pace, Sold

TODAY = date(2026, 11, 22)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def daily(days: int, units: int = 2) -> dict[date, int]:
    return {ago(each): units for each in range(days + 1)}


def test_whole_days_of_the_window_are_counted_and_today_is_not():
    sold = Sold(since=ago(60), by_day=daily(60))

    assert velocity.pace(sold, TODAY, 30) == Pace(units=60, days=30, out_days=0)


def test_days_that_began_and_ended_without_stock_are_left_out():
    by_day = {**daily(30), **dict.fromkeys(map(ago, range(10, 14)), 0)}
    sold = Sold(since=ago(60), by_day=by_day, stock_days={ago(14): True, ago(9): False})

    assert velocity.pace(sold, TODAY, 30) == Pace(units=52, days=26, out_days=4)


def test_what_was_out_of_stock_before_the_window_is_so_until_it_is_told_otherwise():
    sold = Sold(since=ago(60), stock_days={ago(40): True, ago(28): False})

    assert velocity.pace(sold, TODAY, 30).out_days == 2


def test_a_day_that_sold_out_and_one_that_was_restocked_count():
    sold = Sold(since=ago(60), by_day=daily(30), stock_days={ago(5): True, ago(4): False})

    assert velocity.pace(sold, TODAY, 30).out_days == 0


def test_what_was_sold_was_there_though_the_day_began_and_ended_without_stock():
    by_day = {**daily(30), **dict.fromkeys(map(ago, range(10, 14)), 0), ago(12): 7}
    sold = Sold(since=ago(60), by_day=by_day, stock_days={ago(14): True, ago(9): False})

    assert velocity.pace(sold, TODAY, 30) == Pace(units=59, days=27, out_days=3)


@pytest.mark.parametrize(("since", "days"), [(ago(9), 9), (TODAY, 0), (None, 0)])
def test_only_what_is_known_is_counted(since, days):
    found = velocity.pace(Sold(since=since, by_day=daily(9)), TODAY, 30)

    assert (found.days, found.a_day) == (days, Decimal(2 if days else 0))


@pytest.mark.parametrize(
    ("units", "lead", "safety", "threshold"),
    [(60, 10, 0, 21), (61, 10, 0, 21), (60, 10, 5, 26), (0, 10, 0, 1), (0, 10, 5, 6), (1, 7, 0, 1)],
)
def test_at_the_reorder_point_it_is_time_to_order(units, lead, safety, threshold):
    line = reorder_point.by_sales(Pace(units=units, days=30, out_days=0), lead, safety)

    assert line.threshold == threshold


def test_how_it_came_about_is_said_in_words_and_numbers():
    line = reorder_point.by_sales(Pace(units=60, days=26, out_days=4), 14, 5)

    assert line.reckoning == (
        "2.31 a day (60 in 26 days; 4 days without stock left out) × 14 days of lead time + 5 = 37.3."
    )
    assert line.seen == {
        "sold": 60,
        "days": 26,
        "days_without_stock": 4,
        "a_day": "2.3077",
        "lead_days": 14,
        "safety_stock": 5,
        "reorder_point": "37.31",
    }


@given(
    units=st.dictionaries(st.integers(0, 40), st.integers(0, 9)),
    stock=st.dictionaries(st.integers(0, 40), st.booleans()),
    window=st.integers(7, 30),
)
def test_every_day_is_counted_or_left_out_and_all_that_was_sold_counts(units, stock, window):
    sold = Sold(
        since=ago(40),
        by_day={ago(each): count for each, count in units.items()},
        stock_days={ago(each): is_out for each, is_out in stock.items()},
    )

    found = velocity.pace(sold, TODAY, window)

    assert found.days + found.out_days == window
    assert found.units == sum(count for each, count in units.items() if 1 <= each <= window)
