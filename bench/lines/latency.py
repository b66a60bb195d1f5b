"""From a webhook sent to the call at the other vendor, while twenty a second arrive."""

from __future__ import annotations

import re
from datetime import datetime
from statistics import median, quantiles

from bench import house, load, orders
from bench.size import Size
from bench.table import Row, Scale

A_SECOND = 20.0
WARM = 20
BUYER = re.compile(r"buyer(\d+)@shop\.test")


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(600, 60)
    with house.opened(size) as home:
        orders.at_vendors(home.sandbox)
        home.apply(orders.CLIENT)
        with home.serving():
            load.post(home.hook(orders.TOKEN), 0, WARM, A_SECOND)
            home.until_idle(60)
            used = home.cpu()
            told = load.post(home.hook(orders.TOKEN), WARM, count, A_SECOND)
            home.until_idle(60)
            busy = house.ours(house.spent(used, home.cpu())) / told.seconds
        arrived = _arrived(home)
    waits = sorted((arrived[number] - at) * 1000 for number, at in told.sent.items())
    floor, goal = (150, 50) if size.broker else (400, 150)
    return [
        Row("event → action at 20/s, p95", quantiles(waits, n=20)[-1], "ms", floor, goal),
        Row("… median", median(waits), "ms"),
        Row("… share of a core meanwhile", busy * 100, "%"),
    ]


def _arrived(home: house.House) -> dict[int, float]:
    """When Klaviyo first heard of each order, in seconds since 1970."""
    found: dict[int, float] = {}
    for call in home.sandbox.control("GET", "requests", vendor="klaviyo"):
        at = datetime.fromisoformat(call["at"]).timestamp()
        if call["method"] == "POST":
            for number in map(int, BUYER.findall(call["body"])):
                found.setdefault(number, at)
    return found
