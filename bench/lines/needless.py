"""Tickets that cancel out, or of which one is enough: calls at the marketing tool beyond the least."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bench import backlog, house, tickets
from bench.house import House
from bench.size import Size
from bench.table import Row, Scale

SLUG = "needless"
GRACE = "  - {recipe: ticket_hold, name: Hold, mode: live, params: {grace_minutes: 60}}"
EACH = 3  # tickets of one person
BUSY = {"vendor": "klaviyo", "path": ".*", "kind": "status", "status": 429, "times": None, "seconds": 2}
HELD = "SELECT count(*) FROM orchestrator_vendorstate WHERE seen"


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(100, 10)
    return [*_without_grace(size, count), _with_grace(size, count)]


def _without_grace(size: Size, count: int) -> list[Row]:
    usual, looked, kept, many = (range(begin, begin + count) for begin in range(0, 4 * count, count))
    with house.opened(size) as home:
        tickets.furnish(home, SLUG, tickets.HOLD, people=4 * count + 1, hooks=False)
        _work(home)
        _hold_and_release(home, [4 * count])  # the list is made, and looked at as once an hour
        least = _calls(home, lambda: _hold_and_release(home, usual))
        unseen = _calls(home, lambda: _close(home, _open(home, looked)))
        waited = _calls(home, lambda: _while_busy(home, kept))
        repeated = _calls(home, lambda: _hold_and_release(home, [*many] * EACH))
        if left := home.count(HELD):
            raise RuntimeError(f"{left} people are still held, though every ticket was closed.")
    return [
        _row("opened and closed before anybody looked", unseen, 0, count),
        _row("opened and closed while Klaviyo took no call", waited, 0, count),
        _row(f"{EACH} tickets of each person, closed one after another", repeated, least, count),
    ]


def _with_grace(size: Size, count: int) -> Row:
    with house.opened(size) as home:
        tickets.furnish(home, SLUG, GRACE, people=count, hooks=False)
        _work(home)
        opened = _open(home, range(count))
        _work(home)
        again = _calls(home, lambda: _close_and_reopen(home, opened))
        if (held := home.count(HELD)) != count:
            raise RuntimeError(f"{held} people are held instead of {count}.")
    return _row("closed and opened again within the grace time", again, 0, count)


def _hold_and_release(home: House, people: Sequence[int]) -> None:
    """Where a person has several tickets, the last one decides."""
    opened = _open(home, people)
    _work(home)
    each = len(set(people))
    for begin in range(0, len(opened), each):
        _close(home, opened[begin : begin + each])


def _while_busy(home: House, people: Iterable[int]) -> None:
    home.sandbox.control("POST", "faults", BUSY)
    opened = _open(home, people)
    _work(home)
    if not any(each["status"] == 429 for each in tickets.calls(home, "klaviyo", SLUG)):
        raise RuntimeError("Nobody was to be held while Klaviyo took no call.")
    home.sandbox.control("DELETE", "faults")
    _close(home, opened)


def _close_and_reopen(home: House, opened: Sequence[int]) -> None:
    _close(home, opened)
    _do(home, "ticket_reopen", opened)
    _work(home)


def _open(home: House, people: Iterable[int]) -> list[int]:
    return [tickets.open_one(home, SLUG, number) for number in people]


def _close(home: House, opened: Iterable[int]) -> None:
    _do(home, "ticket_close", opened)
    _work(home)


def _do(home: House, verb: str, opened: Iterable[int]) -> None:
    for ticket in opened:
        home.sandbox.control("POST", f"gorgias/accounts/{SLUG}/do/{verb}", {"id": ticket})


def _work(home: House) -> None:
    home.run(*backlog.ROUND)


def _calls(home: House, happen: Callable[[], None]) -> int:
    """How many calls about people it takes; what Klaviyo refused for now is asked again anyway."""
    home.sandbox.control("DELETE", "requests")
    happen()
    calls = tickets.calls(home, "klaviyo", SLUG)
    return sum(each["status"] != 429 and "account" not in each["path"] for each in calls)


def _row(what: str, calls: int, least: int, count: int) -> Row:
    note = f"{calls} calls for {count} people, {least} are the least"
    return Row(f"needless calls: {what}", calls - least, "", 0, 0, note)
