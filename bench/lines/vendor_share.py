"""Effects that cannot be batched while a backlog of them waits: how much of the vendor's limit is used, and
how often it says that it was too much."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bench import house, processes, tickets
from bench.size import Size
from bench.table import Row, Scale
from connectors.sandbox.gorgias.bucket import SECONDS, SIZE

SLUG = "share"
WAITING = "SELECT count(*) FROM orchestrator_outboxaction WHERE state IN ('waiting', 'claimed')"


def measure(size: Size, scale: Scale) -> list[Row]:
    seconds = scale.pick(120, 15)
    count = int(_most(seconds))  # with a call each, and some more for reading, it cannot be done in time
    with house.opened(size) as home:
        tickets.furnish(home, SLUG, tickets.TAG, hooks=False)
        with home.serving():
            processes.until(lambda: tickets.calls(home, "gorgias", SLUG), 60)
            home.until_idle(60)
            home.sandbox.control("POST", "limits", {"on": True})
            home.sandbox.control("DELETE", "requests")
            tickets.furnish_helpdesk(home, SLUG)  # from here on it tells of its tickets
            for number in range(count):
                tickets.open_one(home, SLUG, number)
            processes.until(lambda: _seconds(tickets.calls(home, "gorgias", SLUG)) >= seconds, seconds + 60)
            left, calls = home.count(WAITING), tickets.calls(home, "gorgias", SLUG)
    if not left:
        raise RuntimeError("The backlog was too short: nothing waited at the end.")
    return rows([each for each in calls if _at(each) - _at(calls[0]) < seconds], seconds, left)


def rows(calls: list[dict[str, Any]], seconds: int, left: int) -> list[Row]:
    refused = sum(each["status"] == 429 for each in calls)
    taken, most = len(calls) - refused, _most(seconds)
    effects = sum(each["method"] == "POST" and each["status"] < 300 for each in calls)
    note = f"{taken} of {most:.0f} calls in {seconds} s, {effects} of them effects; {left:,} still waited"
    return [
        Row("share of Gorgias' limit used by a backlog", taken / most * 100, "%", 85, 95, note),
        Row("… of all calls answered with 429", refused / len(calls) * 100, "%", 2, 0.5),
    ]


def _most(seconds: float) -> float:
    """Calls that the limit lets through, from an empty bucket on."""
    return SIZE + seconds * SIZE / SECONDS


def _seconds(calls: list[dict[str, Any]]) -> float:
    return _at(calls[-1]) - _at(calls[0]) if calls else 0.0


def _at(call: dict[str, Any]) -> float:
    return datetime.fromisoformat(call["at"]).timestamp()
