"""How soon ``serve`` works after it was started, and what it holds while nothing happens."""

from __future__ import annotations

import http.client
import time

from bench import house, orders, processes
from bench.size import Size
from bench.table import Row, Scale


def measure(size: Size, scale: Scale) -> list[Row]:
    with house.opened(size) as home:
        orders.at_vendors(home.sandbox)
        home.apply(orders.CLIENT)
        began = time.monotonic()
        with home.running("serve", "--port", str(home.port)):
            processes.until(lambda: _takes(home, 1), 60, 0.02)
            processes.until(lambda: home.count(orders.SETTLED), 60, 0.02)
            seconds = time.monotonic() - began
            home.until_idle(60)
            time.sleep(scale.pick(20, 2))  # what the start left behind settles
            held = home.memory()
    parts = ", ".join(f"{part} {mib:.0f}" for part, mib in held.items())
    return [
        Row("cold start of serve to the first event handled", seconds, "s", 8, 3),
        Row("memory at rest, all of serve (PSS)", sum(held.values()), "MiB", 300, 200, note=parts),
    ]


def _takes(home: house.House, number: int) -> bool:
    headers, body = orders.delivery(number)
    line = http.client.HTTPConnection("127.0.0.1", home.port, timeout=30)
    try:
        line.request("POST", f"/hooks/{orders.TOKEN}/", body, headers)
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()
