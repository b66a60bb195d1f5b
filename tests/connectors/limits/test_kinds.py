"""Counting keeps to what the vendor counts, whenever calls are made and whatever the clock does."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.limits import Bucket, Burst, Leak, Limit, State, Told, Window
from tests.connectors.limits import vendors

START = 1_790_000_000.0
gaps = st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=150)
shares = st.floats(0.05, 1)


class Caller:
    """Calls as often as its budget lets it, and goes back to its own clock's word only."""

    def __init__(self, *limits: Limit, share: float = 1.0) -> None:
        self.bucket = Bucket("calls", limits)
        self.share = share
        self.state = State()

    def may(self, now: float, cost: float = 1.0, keep: float = 0.0) -> bool:
        self.state, wait = self.bucket.take(self.state, now, share=self.share, cost=cost, keep=keep)
        return not wait

    def wait(self, now: float) -> float:
        return self.bucket.take(self.state, now, share=self.share)[1]

    def hears(self, now: float, known: State | None = None, **told: Any) -> None:
        self.state = self.bucket.told(self.state, known or self.state, Told(**told), now)

    def left(self, now: float) -> int:
        return self.bucket.left(self.state, now, share=self.share).left


def times(gaps: list[float]) -> list[float]:
    now, found = START, []
    for gap in gaps:
        now += gap
        found.append(now)
    return found


@given(gaps, shares, st.integers(1, 40), st.floats(0.5, 5))
def test_a_leaky_bucket_is_never_fuller_than_our_share(
    gaps: list[float], share: float, size: int, rate: float
) -> None:
    vendor, ours = vendors.Bucket(size, rate), Caller(Leak(size, rate), share=share)

    for now in times(gaps):
        if ours.may(now):
            assert vendor.take(now)
            assert vendor.level <= max(1.0, share * size)


@given(gaps, shares, st.integers(1, 30), st.floats(0, 1))
def test_a_burst_stays_within_any_second(gaps: list[float], share: float, count: int, offset: float) -> None:
    vendor, ours = vendors.Windows(count, 1.0, offset), Caller(Burst(count, 1.0), share=share)
    made = []

    for now in times([gap / 20 for gap in gaps]):
        if ours.may(now):
            assert vendor.take(now)
            made.append(now)

    most = max(sum(begin <= each < begin + 1 for each in made) for begin in made)
    assert most <= max(1, count * share + 1e-6)


@given(gaps, shares, st.integers(1, 40), st.floats(0, 30), st.integers(0, 3))
def test_a_window_whose_end_is_told_is_kept_with_room_for_others(
    gaps: list[float], share: float, count: int, offset: float, others: int
) -> None:
    """Others never use more than what is theirs here; then nobody is refused."""
    vendor = vendors.Windows(count, 30.0, offset)
    ours = Caller(Window(count, 30.0), share=share)
    theirs = min(others, count - max(1, int(count * share)))

    for now in times(gaps):
        if vendor.left(now) > count - theirs:
            vendor.take(now)
        if ours.may(now):
            # Rounding lets our window end up to a second after theirs, never before it.
            assert vendor.take(now)
            ours.hears(now, left=vendor.left(now), size=count, resets_in=vendor.resets_in(now))


@given(
    gaps,
    st.lists(st.floats(-7200, 7200), min_size=1, max_size=10),
    st.sampled_from([Leak(5, 1.0), Burst(5, 1.0), Window(5, 10.0)]),
)
def test_a_clock_that_jumps_neither_gives_away_nor_blocks(
    gaps: list[float], jumps: list[float], limit: Limit
) -> None:
    ours = Caller(limit)
    for place, now in enumerate(times(gaps)):
        ours.may(now + jumps[place % len(jumps)])
    after = START + 10_000 + min(jumps)

    assert ours.wait(after) <= 15
    granted = sum(ours.may(after) for _ in range(20))
    assert granted <= 5


def test_a_clock_set_back_gives_nothing_away() -> None:
    ours = Caller(Leak(3, 1.0))
    granted = [ours.may(now) for now in (START, START, START - 3600, START - 3600, START - 3600)]

    assert granted == [True, True, False, False, False]
    assert ours.may(START - 3600 + 2)


def test_what_others_used_is_believed() -> None:
    ours = Caller(Leak(40, 2.0), share=0.9)
    ours.may(START)

    ours.hears(START, left=2, size=40)

    assert ours.left(START) == 0
    assert ours.may(START + 1) is False
    assert ours.may(START + 2)


def test_an_answer_does_not_give_back_what_was_taken_since() -> None:
    ours = Caller(Leak(40, 2.0))
    ours.may(START)
    known = ours.state
    for _ in range(29):
        ours.may(START)

    ours.hears(START, known, left=39, size=40)

    assert ours.left(START) == 9


def test_what_the_vendor_never_counted_is_given_back() -> None:
    ours = Caller(Leak(40, 2.0))
    for _ in range(30):
        ours.may(START)

    ours.hears(START, left=38, size=40)

    assert ours.left(START) == 37


def test_a_vendor_that_counts_nothing_keeps_nobody_back() -> None:
    ours = Caller(Burst(2, 1.0), Window(5, 60.0))
    for _ in range(20):
        assert ours.may(START)
        ours.hears(START, left=5, size=5, resets_in=30)


def test_a_larger_plan_is_learnt_from_answers() -> None:
    ours = Caller(Leak(1000, 50.0))
    ours.may(START, cost=100)

    ours.hears(START, left=3954, size=4000, per_second=200)

    assert ours.left(START) == 4000 - 46 - 20
    assert ours.left(START + 1) == 4000 - 20


def test_more_than_the_bucket_holds_goes_out_when_it_is_empty() -> None:
    ours = Caller(Leak(10, 1.0))

    assert ours.may(START, cost=50)
    assert ours.may(START + 45, cost=50) is False
    assert ours.may(START + 50, cost=50)


def test_a_window_ends_when_the_vendor_says() -> None:
    ours = Caller(Window(2, 60.0))
    assert ours.may(START)
    ours.hears(START, left=1, size=2, resets_in=10)
    assert ours.may(START + 1)

    assert ours.wait(START + 2) == 8
    assert ours.may(START + 10)


def test_reading_leaves_a_part() -> None:
    ours = Caller(Leak(30, 0.001))
    reads = sum(ours.may(START, keep=1 / 3) for _ in range(40))

    assert reads == 20
    assert sum(ours.may(START) for _ in range(40)) == 9


def test_a_vendor_that_asks_for_a_pause_gets_it() -> None:
    ours = Caller(Leak(30, 1.0))
    ours.hears(START, wait=7.0)

    assert ours.wait(START) == 7
    assert ours.wait(START + 6.5) == 0.5
    assert ours.may(START + 7)


def test_a_bucket_that_is_all_but_empty_works_at_the_vendors_pace() -> None:
    """In a backlog nearly all that the vendor allows is used."""
    vendor, ours = vendors.Bucket(40, 2.0), Caller(Leak(40, 2.0), share=0.9)
    made, now = 0, START
    while now < START + 120:
        made += ours.may(now) and vendor.take(now)
        now += 0.05

    assert made >= 0.95 * (40 + 2 * 120)
