"""A burst of webhooks: from the first one sent until every effect is settled and logged, what it costs."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

from bench import house, load, orders, processes
from bench.size import Size
from bench.table import Row, Scale

PATIENCE = 300.0  # seconds
LOOK_EVERY = 0.02
WEIGH_EVERY = 0.5


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(1_500, 60)
    with house.opened(size) as home:
        orders.at_vendors(home.sandbox)
        home.apply(orders.CLIENT)
        with home.serving():
            _burst(home, 0, count)  # connections, caches, statements, reused room: as after a minute of life
            home.place.tidy()
            bytes_before, used = home.place.bytes(), home.cpu()
            told, seconds, held = _burst(home, count, count)
            used = house.spent(used, home.cpu())
            grown = home.place.bytes() - bytes_before
            parts = ", ".join(f"{part} {s / count * 1000:.2f}" for part, s in used.items() if s)
    return [
        Row("burst of webhooks to effects settled", count / seconds, "events/s", 250, 500),
        Row("… the door alone: stored and answered", count / told.seconds, "events/s"),
        Row("CPU for 1,000 of them, ours", house.ours(used) / count * 1000, "s", 6, 2.5, note=parts),
        Row("… the load generator's", told.cpu / count * 1000, "s"),
        Row("memory under load, all of serve (PSS)", held, "MiB", 400, 250),
        Row("disk for 1,000 events with their runs", grown / count / 1000, "MB", 11, 4),
    ]


def _burst(home: house.House, first: int, count: int) -> tuple[load.Told, float, float]:
    """What the load told, the seconds until the last effect, the most memory meanwhile (MiB)."""
    settled, weighed, held = home.count(orders.SETTLED), 0.0, 0.0
    with ThreadPoolExecutor(1) as hand:
        posting: Future[load.Told] = hand.submit(load.post, home.hook(orders.TOKEN), first, count)

        def is_over() -> bool:
            nonlocal weighed, held
            if time.monotonic() - weighed > WEIGH_EVERY:
                weighed, held = time.monotonic(), max(held, sum(home.memory().values()))
            return posting.done() and (
                posting.exception() is not None or home.count(orders.SETTLED) >= settled + count
            )

        processes.until(is_over, PATIENCE, LOOK_EVERY)
        over = time.time()
        told = posting.result()
    return told, over - told.began, held
