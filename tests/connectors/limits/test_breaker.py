"""A vendor that is down is left alone, and one call at a time finds out when it is back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.limits import Breaker
from connectors.limits.breaker import FAILURES, FIRST_WAIT, LONGEST_WAIT

NOW = 1_790_000_000.0


def down(times: int = FAILURES) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker = breaker.failed(NOW, was_probe=False)
    return breaker


def test_few_failures_happen_to_every_vendor() -> None:
    assert down(FAILURES - 1).wait(NOW) == 0
    assert down().wait(NOW) == FIRST_WAIT


def test_a_call_that_works_starts_the_count_again() -> None:
    breaker = down(FAILURES - 1).worked().failed(NOW, was_probe=False)

    assert not breaker.is_open


def test_one_call_looks_and_the_others_wait_for_it() -> None:
    breaker = down()
    later = NOW + FIRST_WAIT
    assert breaker.wait(later) == 0

    breaker = breaker.probed(later, 20)

    assert breaker.wait(later) == 20
    assert breaker.wait(later + 20) == 0


def test_late_failures_of_calls_made_before_do_not_make_it_longer() -> None:
    breaker = down()

    assert breaker.failed(NOW + 1, was_probe=False) == breaker


def test_each_look_in_vain_doubles_the_wait_and_keeps_the_beginning() -> None:
    breaker, waits = down(), []
    now = NOW
    for _ in range(10):
        waits.append(breaker.wait(now))
        now += breaker.wait(now)
        breaker = breaker.probed(now, 20).failed(now, was_probe=True)

    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == LONGEST_WAIT
    assert breaker.opened_at == NOW


def test_an_answer_closes_it() -> None:
    assert down().probed(NOW + 5, 20).worked() == Breaker()


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1000)), max_size=60), st.floats(-10_000, 10_000))
def test_whatever_happens_nobody_waits_longer_than_the_longest(
    story: list[tuple[bool, float]], jump: float
) -> None:
    breaker, now = Breaker(), NOW
    for works, passed in story:
        now += passed
        breaker = breaker.worked() if works else breaker.failed(now, was_probe=breaker.is_open)

    assert 0 <= breaker.wait(now + jump) <= LONGEST_WAIT
