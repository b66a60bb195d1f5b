"""What waits at a connection and what is left of its vendor's limits, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.utils.safestring import SafeString

from connectors import connect
from connectors.limits import Bucket, Burst, Leak, Left, Window
from connectors.models import Connection
from orchestrator import backlog
from orchestrator.admin import display, places

SHOWN = 8  # connections on the front page
PERIODS = {1.0: "a second", 60.0: "this minute", 3_600.0: "this hour", 86_400.0: "in these 24 hours"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One connection on the front page."""

    name: str
    url: str
    told: str
    since: str
    chip: SafeString


def panel(connection: Connection, now: datetime) -> dict[str, Any]:
    """For the connection's page."""
    waiting = backlog.by_connection([connection], now).get(connection.pk, [])
    return {
        "waiting": [
            f"{backlog.told(each.what, each.count)}, the oldest since {_since(each, now)}" for each in waiting
        ],
        "limits": limits(connect.standings([connection], now).get(connection.pk)),
        "share": round(connect.share(connection) * 100),
    }


def board(connections: Iterable[Connection], names: Mapping[int, str], now: datetime) -> list[Line]:
    """Where most waits, the connections whose vendor does not answer first."""
    rows = [each for each in connections if each.is_enabled]
    waiting = backlog.by_connection(rows, now)
    busy = [each for each in rows if waiting.get(each.pk) or each.error_code == connect.DOWN]
    busy.sort(key=lambda each: (each.error_code != connect.DOWN, -_count(waiting.get(each.pk, [])), each.pk))
    return [_line(each, names[each.store_id], waiting.get(each.pk, []), now) for each in busy[:SHOWN]]


def _line(row: Connection, name: str, waiting: list[backlog.Waiting], now: datetime) -> Line:
    return Line(
        name=f"{name} – {row.label}",
        url=places.change_url(row),
        told=words(waiting) or "nothing yet",
        since=display.ago(min(each.since for each in waiting), now) if waiting else "",
        chip=display.chip(row.get_health_display(), row.health),
    )


def _count(waiting: list[backlog.Waiting]) -> int:
    return sum(each.count for each in waiting)


def _since(each: backlog.Waiting, now: datetime) -> str:
    ago = display.ago(each.since, now)
    return ago if ago != "just now" else "a moment ago"


def words(waiting: Iterable[backlog.Waiting]) -> str:
    return ", ".join(backlog.told(each.what, each.count) for each in waiting)


def limits(standing: connect.Standing | None, most: int | None = None) -> list[str]:
    """In words; where only some have room, those with least left."""
    left = list(standing.left) if standing else []
    if most is not None:
        left = sorted(left, key=lambda each: each[1].left / max(1, each[1].capacity))[:most]
    return [_limit(*each) for each in left]


def _limit(bucket: Bucket, left: Left) -> str:
    told = f"{bucket.name.capitalize()}: {left.left:,} of {left.capacity:,} {_period(left)}"
    return f"{told}; the vendor asked for a pause of {left.wait:,.0f} s" if left.wait >= 1 else told


def _period(left: Left) -> str:
    if isinstance(left.limit, Leak):
        return f"left, {left.per_second:,.3g} a second come back"
    seconds = left.limit.seconds if isinstance(left.limit, Burst | Window) else 0.0
    return f"{PERIODS[seconds]} left" if seconds == 1 else f"left {PERIODS.get(seconds, 'for now')}"
