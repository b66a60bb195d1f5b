"""How many calls holds and releases take, against the least that is possible."""

from __future__ import annotations

import os
from math import ceil

from bench import house, tickets
from bench.size import Size
from bench.table import Row, Scale

SLUG = "few"
HOLDS = "BENCH_HOLDS"  # further numbers, such as 10000
WISHES = "SELECT count(*) FROM orchestrator_vendorstate WHERE seen"
ROUND = ("work", "--until-idle", "--poll-now")


def measure(size: Size, scale: Scale) -> list[Row]:
    """A larger crowd takes minutes, so it is measured on demand."""
    more = [int(each) for each in os.environ.get(HOLDS, "").split(",") if each.strip()]
    return [_measured(size, count) for count in (scale.pick(1_000, 50), *more)]


def _measured(size: Size, count: int) -> Row:
    with house.opened(size) as home:
        tickets.furnish(home, SLUG, tickets.HOLD, people=count + 1, hooks=False)
        home.run(*ROUND)
        _hold_and_release(home, [count])  # the list is made, and looked at as once an hour
        home.sandbox.control("DELETE", "requests")
        held = _hold_and_release(home, list(range(count)))
        calls = [each for each in tickets.calls(home, "klaviyo", SLUG) if "account" not in each["path"]]
        left = home.count(WISHES)
    least = ceil(count / 100) + 2 * ceil(count / 1_000)
    note = f"{len(calls)} calls, {least} are the least; {held:,} held, {left:,} left"
    return Row(f"calls for {count:,} holds and releases", len(calls) / least, "×", 1.2, 1.05, note)


def _hold_and_release(home: house.House, people: list[int]) -> int:
    opened = [tickets.open_one(home, SLUG, number) for number in people]
    home.run(*ROUND)
    held = home.count(WISHES)
    for ticket in opened:
        home.sandbox.control("POST", f"gorgias/accounts/{SLUG}/do/ticket_close", {"id": ticket})
    home.run(*ROUND)
    return held
