"""Pages that polling reads, from the first call for them until every effect is recorded."""

from __future__ import annotations

import time

from bench import house, orders, processes
from bench.size import Size
from bench.table import Row, Scale

SEEDED = 500  # orders in one request


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(2_000, 60)
    with house.opened(size) as home:
        orders.at_vendors(home.sandbox)
        home.apply(orders.CLIENT)
        home.run("work", "--until-idle", "--poll-now")  # the empty shop's history, and polling begins
        _sell(home, count)
        home.sandbox.control("DELETE", "requests")
        with home.running("work", "--poll-now", WAKE="false") as worker:
            processes.until(lambda: home.sandbox.control("GET", "requests", vendor="shopify"), 60, 0.02)
            began, used = time.monotonic(), processes.cpu_seconds(worker)
            processes.until(lambda: home.count(orders.SETTLED) >= count, 300, 0.02)
            seconds = time.monotonic() - began
            used = processes.cpu_seconds(worker) - used
    return [
        Row("polled pages to effects recorded", count / seconds, "events/s", 1_000, 2_000),
        Row("… CPU for 1,000 of them, ours", used / count * 1000, "s"),
    ]


def _sell(home: house.House, count: int) -> None:
    """Orders that were placed just now, of which no webhook told."""
    account = f"shopify/accounts/{orders.SLUG}"
    for begin in range(0, count, SEEDED):
        numbers = range(begin, min(begin + SEEDED, count))
        made = [orders.order(number) for number in numbers]
        buyers = [each["customer"] for each in made]
        home.sandbox.control("PUT", account, {"seed": {"customers": buyers}})
        for each in made:
            each["line_items"] = [
                {"title": line["title"], "quantity": 1, "price": line["price"]} for line in each["line_items"]
            ]
            for extra in ("note", "admin_graphql_api_id", "total_price_set", "current_total_price_set"):
                each.pop(extra)
        home.sandbox.control("PUT", account, {"seed": {"orders": made}})
