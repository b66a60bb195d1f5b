"""How much one client notices of another whose vendor hangs at every call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench import house, processes, tickets
from bench.size import Size
from bench.table import Row, Scale

HANGS = 30.0  # seconds a call
EVERY = 0.25  # seconds between two tickets


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(120, 15)
    with house.opened(size) as home:
        for slug in ("hangs", "other"):
            tickets.furnish(home, slug, tickets.TAG)
        with home.serving():
            _open(home, "other", 0, 10)
            idle = _open(home, "other", 1_000, count)
            fault = {"vendor": "gorgias", "account": "hangs", "path": ".*", "kind": "hang", "seconds": HANGS}
            home.sandbox.control("POST", "faults", fault | {"times": None})
            with ThreadPoolExecutor(1) as hand:
                theirs = hand.submit(tickets.open_at_a_pace, home, "hangs", 0, count + 20, EVERY)
                tickets.open_at_a_pace(home, "other", 5_000, 10, EVERY)
                beside = _open(home, "other", 2_000, count)
                theirs.result()
    note = f"{idle:.0f} ms when nothing hangs, {beside:.0f} ms beside it"
    return [
        Row("client B's p95 while A's vendor hangs 30 s a call", beside / idle, "× idle", 2, 1.3, note=note)
    ]


def _open(home: house.House, slug: str, first: int, count: int) -> float:
    opened = tickets.open_at_a_pace(home, slug, first, count, EVERY)
    processes.until(lambda: opened.keys() <= tickets.tagged(home, slug).keys(), 120)
    return tickets.p95(opened, tickets.tagged(home, slug))
