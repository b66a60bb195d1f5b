"""Pages that polling reads, from the first one stored until every effect is recorded."""

from __future__ import annotations

from bench import backlog, house
from bench.size import Size
from bench.table import Row, Scale

SLUG = "polled"


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(5_000, 100)
    with house.opened(size) as home:
        backlog.furnish(home, [SLUG], backlog.RULE)
        backlog.open_tickets(home, SLUG, count)
        told = backlog.work_off(home, count)
    return [
        Row("polled pages to effects recorded", count / told.seconds, "events/s", 1_000, 2_000),
        Row("… CPU for 1,000 of them, ours", told.cpu / count * 1000, "s"),
        Row("… the fake vendors'", told.fakes / count * 1000, "s"),
    ]
