"""Quiet hours on a customer's clock: when something may be said at last. Pure, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_open(at: datetime, zone: ZoneInfo, quiet_from: time | None, quiet_to: time | None) -> datetime:
    """``at`` itself, or the end of the quiet hours it lies in. Never earlier than ``at``."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return at
    local = at.astimezone(zone)
    if not is_quiet(local.time(), quiet_from, quiet_to):
        return at
    day = local.date() + timedelta(days=1 if quiet_to <= local.time() else 0)
    return next_open(_moment(day, quiet_to, zone, at), zone, quiet_from, quiet_to)


def is_quiet(clock: time, quiet_from: time, quiet_to: time) -> bool:
    """Hours that begin later than they end go over midnight."""
    if quiet_from < quiet_to:
        return quiet_from <= clock < quiet_to
    return clock >= quiet_from or clock < quiet_to


def _moment(day: date, clock: time, zone: ZoneInfo, after: datetime) -> datetime:
    """When clocks go back the hour comes twice: the first one that is not over. When they go forward it
    may not come at all: then as much later as was left out."""
    first = datetime.combine(day, clock, tzinfo=zone)
    moments = (first.astimezone(UTC), first.replace(fold=1).astimezone(UTC))
    return next((each for each in moments if each > after), max(moments))
