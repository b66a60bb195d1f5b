"""Words that rules are read aloud with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


def quoted(text: object) -> str:
    return f"“{text}”"


def listed(parts: Sequence[str], joint: str = "and") -> str:
    """a, b and c"""
    return f" {joint} ".join([part for part in (", ".join(parts[:-1]), *parts[-1:]) if part])


def spoken_time(length: timedelta) -> str:
    """1 day and 2 hours"""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = {"day": days, "hour": hours, "minute": minutes, "second": seconds}
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in units.items() if count]
    return listed(said) or "0 seconds"
