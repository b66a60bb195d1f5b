"""Work is done in slots: nobody waits for another client's vendor, and nothing is missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from threading import Barrier, Event, Thread, get_ident

import pytest

from orchestrator.slots import Job, Rank, Slots
from tests.processes import until

PATIENCE = 10.0  # seconds, for what comes at once


@pytest.fixture
def slots() -> Iterator[Slots]:
    slots = Slots(8)
    yield slots
    assert slots.close(PATIENCE)


@pytest.fixture
def hangs() -> Iterator[Event]:
    """What hangs until the test is over."""
    end = Event()
    yield end
    end.set()


def job(
    row: int,
    owner: int,
    run: Callable[[], int],
    *,
    name: str = "send",
    rank: Rank = Rank.FOREGROUND,
    gathers: bool = False,
) -> Job:
    return Job(name, row, owner, rank, run, gathers)


def test_a_client_whose_vendor_hangs_holds_up_nobody_else(slots: Slots, hangs: Event) -> None:
    begun: list[int] = []

    def hang(row: int) -> int:
        begun.append(row)
        hangs.wait(PATIENCE)
        return 1

    for row in range(20):
        slots.begin(job(row, 1, partial(hang, row)))
    other = slots.begin(job(100, 2, lambda: 7))

    assert other.result(PATIENCE) == 7
    assert begun == [0, 1]  # a quarter of the threads, and no more


def test_polling_leaves_half_of_the_threads_to_what_somebody_waits_for(slots: Slots, hangs: Event) -> None:
    for row in range(20):
        slots.begin(job(row, row + 1, lambda: hangs.wait(PATIENCE), name="poll", rank=Rank.BACKGROUND))

    urgent = [slots.begin(job(row, 100 + row, lambda: 1)) for row in range(3)]

    assert [each.result(PATIENCE) for each in urgent] == [1, 1, 1]


def test_what_is_asked_for_while_it_runs_comes_once_more(slots: Slots) -> None:
    goes_on, runs = Event(), []

    def run() -> int:
        runs.append(1)
        return int(goes_on.wait(PATIENCE))

    first = slots.begin(job(1, 1, run))
    while not runs:
        goes_on.wait(0.01)
    again = [slots.begin(job(1, 1, run)) for _ in range(5)]
    goes_on.set()

    assert first.result(PATIENCE) == 1
    assert {each.result(PATIENCE) for each in again} == {1}
    assert len(runs) == 2


def test_what_waits_for_its_time_lets_others_go_first(slots: Slots) -> None:
    order: list[str] = []

    def run(name: str) -> int:
        order.append(name)
        return 1

    later = slots.begin(job(1, 1, partial(run, "later")), after=0.3)
    now = slots.begin(job(2, 1, partial(run, "now")))

    assert (later.result(PATIENCE), now.result(PATIENCE)) == (1, 1)
    assert order == ["now", "later"]


def test_what_gathers_begins_when_its_client_has_nothing_else_under_way(
    slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.slots.GATHER", PATIENCE)
    decided, order = Event(), []

    def run(name: str, ready: Event | None = None) -> int:
        if ready:
            ready.wait(PATIENCE)
        order.append(name)
        return 1

    first = slots.begin(job(1, 1, partial(run, "decided", decided)))
    gathering = slots.begin(job(2, 1, partial(run, "read"), name="read", gathers=True))
    other = slots.begin(job(3, 2, partial(run, "of another client"), name="read", gathers=True))
    assert other.result(PATIENCE) == 1
    again = slots.begin(job(2, 1, partial(run, "read"), name="read", gathers=True))
    decided.set()

    assert [each.result(PATIENCE) for each in (first, gathering, again)] == [1, 1, 1]
    assert order == ["of another client", "decided", "read"]  # once, for all that came meanwhile


def test_what_gathers_does_not_wait_for_long(slots: Slots, hangs: Event) -> None:
    slots.begin(job(1, 1, lambda: hangs.wait(PATIENCE)))

    gathering = slots.begin(job(2, 1, lambda: 1, name="read", gathers=True))

    assert gathering.result(PATIENCE / 2) == 1


def test_what_gathers_does_not_wait_for_what_nobody_waits_for(
    slots: Slots, hangs: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.slots.GATHER", PATIENCE)
    slots.begin(job(1, 1, lambda: hangs.wait(PATIENCE), name="poll", rank=Rank.BACKGROUND))

    gathering = slots.begin(job(2, 1, lambda: 1, name="read", gathers=True))

    assert gathering.result(PATIENCE / 2) == 1


def busy(slots: Slots, threads: int) -> None:
    """So many jobs of different clients at the same time, until each has a thread."""
    together = Barrier(threads)
    for each in [slots.begin(job(row, row + 1, lambda: together.wait(PATIENCE))) for row in range(threads)]:
        each.result(PATIENCE)


def test_quiet_work_stays_with_the_thread_that_has_it_all_at_hand(slots: Slots) -> None:
    busy(slots, slots.size)
    assert slots.until_idle(PATIENCE)

    idents = {slots.begin(job(row, 1, get_ident)).result(PATIENCE) for row in range(50)}

    assert len(idents) <= 2  # it may still be on its way back when the next job comes


def test_threads_that_were_needed_once_end_while_others_work_and_something_waits_for_its_time(
    slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.slots.LINGER", 0.2)
    slots.begin(job(100, 100, lambda: 1), after=PATIENCE * 10)
    busy(slots, slots.size)

    def is_lean() -> bool:
        slots.begin(job(1, 1, lambda: 1)).result(PATIENCE)
        return slots.threads <= 3  # of the work, to watch the time, on its way back

    until(is_lean, PATIENCE)


def test_a_job_that_waits_for_its_time_gets_a_thread_though_all_others_hang(
    slots: Slots, hangs: Event
) -> None:
    for row in range(slots.size - 1):
        slots.begin(job(row, row + 1, lambda: hangs.wait(PATIENCE)))

    later = slots.begin(job(100, 100, lambda: 1), after=0.1)

    assert later.result(PATIENCE / 2) == 1


def test_a_machine_that_refused_a_thread_is_asked_again(
    slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            slots.begin(job(1, 1, lambda: 1))

    assert slots.begin(job(2, 2, lambda: 2)).result(PATIENCE) == 2
    assert slots.until_idle(PATIENCE)  # the first one was not forgotten


def test_a_job_that_fails_leaves_the_others_alone(slots: Slots) -> None:
    def fail() -> int:
        raise ValueError("a fault of ours")

    broken = slots.begin(job(1, 1, fail))
    whole = slots.begin(job(2, 1, lambda: 1))

    assert isinstance(broken.exception(PATIENCE), ValueError)
    assert whole.result(PATIENCE) == 1
