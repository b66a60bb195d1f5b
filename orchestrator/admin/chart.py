"""Bars for the hours of the last day, or for days, as numbers that a template draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from django.db.models import Count, QuerySet, Value

from orchestrator.models import RunLogEntry

HOURS = 24
HEIGHT, STEP, BAR = 120, 26, 20  # drawing units
LEFT = 34


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    x: float
    y: float
    height: float
    bad_y: float
    bad_height: float
    title: str
    label: str = ""


class Line(msgspec.Struct, frozen=True):
    y: float
    label: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    bars: list[Bar]
    lines: list[Line]
    told: str
    width: int = LEFT + HOURS * STEP
    height: int = HEIGHT + 24
    left: int = LEFT
    floor: int = HEIGHT + 6
    bar: float = BAR


def build(entries: QuerySet[RunLogEntry], now: datetime) -> Chart:
    """Whole hours, the one that runs among them."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    starts = [this_hour - timedelta(hours=hours) for hours in range(HOURS - 1, -1, -1)]
    counted = _per_hour([entries, entries.filter(outcome=RunLogEntry.Outcome.FAILED)], starts)
    all_, failed = ({place: counted[kind, place] for place in range(HOURS)} for kind in range(2))
    top = _round_up(max(all_.values(), default=0))
    bars = [_bar(place, start, all_[place], failed[place], top) for place, start in enumerate(starts)]
    lines = [Line(_y(share * top, top), _short(share * top)) for share in (0, 0.5, 1)] if top > 1 else []
    told = f"{sum(all_.values()):,} entries in the run log, {sum(failed.values()):,} failed"
    return Chart(bars=bars, lines=lines, told=told)


def days(counts: Sequence[tuple[date, int]], noun: str) -> Chart:
    """One bar a day, in the width of a day's hours."""
    step = HOURS * STEP / max(len(counts), 1)
    top, apart = _round_up(max((count for _, count in counts), default=0)), max(len(counts) // 6, 1)
    bars = [
        Bar(
            x=round(LEFT + place * step + step * 0.1, 1),
            y=round(HEIGHT + 6 - _tall(count, top), 1),
            height=round(_tall(count, top), 1),
            bad_y=0,
            bad_height=0,
            title=f"{day:%-d %b %Y}: {count:,} {noun}{'' if count == 1 else 's'}",
            label=f"{day:%-d %b}" if place % apart == 0 and len(counts) - place > apart // 2 else "",
        )
        for place, (day, count) in enumerate(counts)
    ]
    lines = [Line(_y(share * top, top), _short(share * top)) for share in (0, 0.5, 1)] if top > 1 else []
    total = sum(count for _, count in counts)
    told = f"{total:,} {noun}{'' if total == 1 else 's'} in {len(counts)} days"
    return Chart(bars=bars, lines=lines, told=told, bar=round(step * 0.8, 1))


def _tall(count: int, top: int) -> float:
    return max(count / top * HEIGHT, 1.5 if count else 0) if top else 0


def _per_hour(kinds: Sequence[QuerySet[RunLogEntry]], starts: Sequence[datetime]) -> Counter[tuple[int, int]]:
    """One query that counts each hour of each kind within an index, however long the log is."""
    parts = [
        entries.order_by()
        .filter(at__gte=start, at__lt=start + timedelta(hours=1))
        .annotate(sort=Value(kind), place=Value(place))
        .values("sort", "place")
        .annotate(count=Count("pk"))
        .values_list("sort", "place", "count")
        for kind, entries in enumerate(kinds)
        for place, start in enumerate(starts)
    ]
    rows = parts[0].union(*parts[1:], all=True)
    return Counter({(kind, place): count for kind, place, count in rows})


def _bar(place: int, start: datetime, count: int, failed: int, top: int) -> Bar:
    end = start + timedelta(hours=1)
    height, bad = _tall(count, top), _tall(failed, top)
    floor = HEIGHT + 6
    told = f"{start:%H:%M}–{end:%H:%M} UTC: {count:,} recorded"
    return Bar(
        x=LEFT + place * STEP + (STEP - BAR) / 2,
        y=round(floor - height, 1),
        height=round(height, 1),
        bad_y=round(floor - height, 1),
        bad_height=round(bad, 1),
        title=f"{told}, {failed:,} failed" if failed else told,
        label=f"{start:%H:%M}" if place % 4 == 0 else "",
    )


def _y(value: float, top: int) -> float:
    return round(HEIGHT + 6 - value / top * HEIGHT, 1)


def _round_up(value: int) -> int:
    """The next 1, 2 or 5 with zeros behind it."""
    size = 1
    while value > size * 10:
        size *= 10
    return next((step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= value), value)


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
