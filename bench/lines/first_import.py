"""The first import of a large shop: how many orders a second, and whether memory stays flat."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import house, orders, processes
from bench.size import Size
from bench.table import Row, Scale

SEEDED = 1_000  # orders in one request
LINES = 3  # of each order
EACH = 3  # orders of one customer
PATIENCE = 3_600.0  # seconds
PROGRESS = (
    "SELECT coalesce((SELECT read FROM orchestrator_import WHERE kind = 'order'), 0), "
    "(SELECT count(*) FROM (SELECT 1 FROM orchestrator_inboxevent"
    " WHERE state IN ('new', 'reread') LIMIT 1) undecided)"
)
Seen = list[tuple[float, int, float]]  # seconds since the reading began, orders read, MiB


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(20_000, 300)
    with house.opened(size, WAKE="false") as home:
        _seed(home, count)
        home.apply(orders.CLIENT)
        empty = home.place.bytes()
        with home.running("work") as worker:
            seen = _watch(home, worker, count)
            cpu = processes.cpu_seconds(worker)
        grown = home.place.bytes() - empty
    first, last = _peak(seen, 0, 0.25, count), _peak(seen, 0.75, 1, count)
    return [
        Row("first import: orders read and decided", count / seen[-1][0], "orders/s", note=f"of {count:,}"),
        Row("… CPU for 1,000 of them, ours", cpu / count * 1000, "s"),
        Row("… memory in the last quarter against the first", last / first if first else 1, "×", 1.25, 1.1),
        Row("… memory at most (PSS)", max(mib for _, _, mib in seen), "MiB"),
        Row("… disk for 1,000 of them", grown / count / 1000, "MB"),
    ]


def _seed(home: house.House, count: int) -> None:
    orders.at_vendors(home.sandbox)
    home.sandbox.control("POST", "limits", {"on": False, "job_seconds": 0.2})
    for kind, make, many in (("customers", _customer, count // EACH + 1), ("orders", _order, count)):
        for begin in range(0, many, SEEDED):
            made = [make(number) for number in range(begin, min(begin + SEEDED, many))]
            home.sandbox.control("PUT", f"shopify/accounts/{orders.SLUG}", {"seed": {kind: made}})


def _customer(number: int) -> dict[str, Any]:
    return {"id": number + 1, "email": f"buyer{number}@shop.test"}


def _order(number: int) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=400, minutes=number)
    things = [{"title": f"Thing {each}", "quantity": 1, "price": "10.00"} for each in range(LINES)]
    return {
        "id": 1_000_000 + number,
        "customer": {"id": number // EACH + 1},
        "created_at": at.isoformat(),
        "line_items": things,
    }


def _watch(home: house.House, worker: int, count: int) -> Seen:
    """From the first line read until the last order is decided."""
    seen: Seen = []
    began = 0.0

    def is_over() -> bool:
        nonlocal began
        read, undecided = home.ask(PROGRESS)[0]
        began = began or (time.monotonic() if read else 0.0)
        if began:
            seen.append((time.monotonic() - began, int(read), processes.memory(worker)))
        return bool(read >= count and not undecided)

    processes.until(is_over, PATIENCE)
    return seen


def _peak(seen: Seen, begin: float, end: float, of: int) -> float:
    """The most memory while that part of the orders was read."""
    return max((mib for _, read, mib in seen if begin * of <= read <= end * of), default=0.0)
