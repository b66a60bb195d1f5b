"""One row for each account: who shares it, what corrects it, and what a vendor that is down does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors.budget import Budget, read
from connectors.errors import NotYet
from connectors.limits import Bucket, Leak, Told, Use
from connectors.limits.breaker import FAILURES
from connectors.models import VendorAccount
from connectors.roles import Chat

START = 1_790_000_000.0

pytestmark = pytest.mark.django_db


class Parrot(Chat):
    slug = "parrot"
    label = "Parrot"
    buckets: ClassVar = (
        Bucket("words", (Leak(10.2, 2.0),), "POST"),
        Bucket("looks", (Leak(3.2, 2.0),), "GET", "/perch/[^/]+"),
    )

    @classmethod
    def told(cls, bucket: Bucket, headers: Any, body: Any) -> Told | None:
        return Told(size=10.2, left=float(headers["Left"])) if "Left" in headers else None


@dataclass
class Answer:
    status: int = 200
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Hand:
    """Calls with a clock that the test moves."""

    def __init__(self, key: str = "one", use: Use = Use.ACTING, share: float = 1.0) -> None:
        self.now = START
        self.budget = Budget(Parrot, key, share=share, use=use, clock=lambda: self.now)

    def call(self, answer: Answer | None = None, *, method: str = "POST", path: str = "/say") -> float:
        return self.budget.told(self.budget.enter(method, path), answer)

    def says(self, count: int) -> int:
        """How many of so many calls get through."""
        done = 0
        for _ in range(count):
            try:
                self.call(Answer())
            except NotYet:
                break
            done += 1
        return done

    def refused(self) -> NotYet:
        with pytest.raises(NotYet) as caught:
            self.budget.enter("POST", "/say")
        return caught.value


def test_what_one_process_took_the_other_has_not() -> None:
    assert Hand().says(6) == 6
    assert Hand().says(20) == 4


def test_accounts_do_not_feel_each_other() -> None:
    assert Hand("one").says(20) == 10
    assert Hand("two").says(20) == 10


def test_buckets_do_not_feel_each_other() -> None:
    hand = Hand()
    assert hand.says(20) == 10

    hand.call(Answer(), method="GET", path="/perch/1")
    hand.call(Answer(), method="GET", path="/elsewhere")  # limited by nothing we know

    assert set(read(["one"])["one"].buckets) == {"words", "looks"}


def test_nothing_was_sent_and_the_wait_is_known() -> None:
    hand = Hand()
    hand.says(10)

    error = hand.refused()

    assert (error.code, error.in_doubt, error.is_down) == ("throttled", False, False)
    assert error.after == pytest.approx(0.5)
    hand.now += 0.5
    assert hand.says(5) == 1


def test_a_share_leaves_the_rest_to_others() -> None:
    assert Hand(share=0.5).says(20) == 5


def test_an_answer_that_tells_of_others_corrects_the_row() -> None:
    hand = Hand()
    hand.call(Answer(headers={"Left": "2.2"}))

    assert Hand().says(20) == 2


def test_an_answer_that_tells_nothing_new_costs_no_query() -> None:
    hand = Hand()
    hand.call(Answer(headers={"Left": "9.2"}))  # the first tells the size
    entry = hand.budget.enter("POST", "/say")

    with CaptureQueriesContext(database) as queries:
        hand.budget.told(entry, Answer(headers={"Left": "8.2"}))

    assert len(queries) == 0


def test_a_refusal_for_too_many_calls_is_heard_by_everybody() -> None:
    Hand().call(Answer(429, headers={"Retry-After": "7"}))

    assert Hand().refused().after == pytest.approx(7)


def test_a_refusal_without_a_time_is_waited_for_all_the_same() -> None:
    Hand().call(Answer(429))

    assert Hand().refused().after == pytest.approx(5)


def test_reading_leaves_a_third_and_has_a_part_of_its_own() -> None:
    reader, actor = Hand(use=Use.READING), Hand()
    assert reader.says(20) >= 7
    actor.says(20)
    reader.now = actor.now = START + 60
    assert actor.says(8) == 8  # now less than a third is left

    assert reader.says(1) == 1


def test_failures_in_a_row_close_the_way_for_all_of_the_account() -> None:
    hand = Hand()
    waits = [hand.call(Answer(503)) for _ in range(FAILURES - 1)]
    assert waits == [0.0] * (FAILURES - 1)

    assert hand.call(None) == pytest.approx(5)

    error = Hand().refused()
    assert (error.code, error.in_doubt, error.is_down) == ("vendor_down", False, True)
    assert Hand("two").says(1) == 1
    assert VendorAccount.objects.get(key="one").down_since is not None


def test_one_probe_opens_it_again_for_all() -> None:
    hand, other = Hand(), Hand()
    for _ in range(FAILURES):
        hand.call(None)
    hand.now = other.now = START + 6

    probe = hand.budget.enter("POST", "/say")
    assert other.refused().is_down
    assert hand.budget.told(probe, Answer()) == 0

    assert other.says(1) == 1
    assert VendorAccount.objects.get(key="one").down_since is None


def test_a_refusal_shows_that_the_vendor_is_up() -> None:
    hand = Hand()
    for status in [503] * (FAILURES - 1) + [422, 503]:
        assert hand.call(Answer(status)) == 0


def test_a_person_who_asks_is_let_through() -> None:
    hand, person = Hand(), Hand(use=Use.ASKED)
    for _ in range(FAILURES):
        hand.call(None)

    assert person.call(Answer()) == 0

    assert hand.says(1) == 1


def statements(call: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(database) as queries:
        call()
    return [each["sql"].split()[0] for each in queries if "SAVEPOINT" not in each["sql"]]


def elsewhere(state: str) -> None:
    """Another process writes into the row."""
    VendorAccount.objects.filter(key="one").update(state=state)


def given_back(hand: Hand, kept: int, back: int) -> None:
    """So many calls, of which another process takes the last ones for not made."""
    hand.says(kept)
    before = VendorAccount.objects.get(key="one").state
    hand.says(back)
    elsewhere(before)


def test_a_call_costs_one_write() -> None:
    hand = Hand()
    hand.call(Answer())

    assert statements(lambda: hand.call(Answer())) == ["UPDATE"]


def test_what_another_process_wrote_is_read_and_built_upon() -> None:
    hand = Hand()
    given_back(hand, kept=3, back=4)

    assert statements(lambda: hand.says(1)) == ["UPDATE", "SELECT", "UPDATE"]
    assert hand.says(20) == 6


def test_another_process_may_have_made_room() -> None:
    hand = Hand()
    given_back(hand, kept=3, back=7)

    assert hand.says(1) == 1


def test_another_process_may_have_found_that_the_vendor_is_up() -> None:
    hand = Hand()
    for _ in range(FAILURES):
        hand.call(None)
    elsewhere("{}")

    assert hand.says(1) == 1


def test_a_row_that_cannot_be_read_begins_anew() -> None:
    VendorAccount.objects.create(vendor="parrot", key="one", state='{"buckets": 5}')

    assert Hand().says(20) == 10
