"""ISO 8601 durations of fixed length: P1W, P2D, PT90M."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=90)
UNITS = ("weeks", "days", "hours", "minutes", "seconds")
PATTERN = re.compile(
    r"P(?=.)(?:([0-9]{1,4})W)?(?:([0-9]{1,4})D)?(?:T(?=.)(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?"
)


def parse(text: str, longest: timedelta = LONGEST) -> timedelta:
    """Raises ValueError with a sentence. ``longest`` is how long a step may wait, unless said otherwise."""
    match = PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(
            f"“{text[:40]}” is not a waiting time. "
            "Write weeks, days, hours, minutes or seconds as in P2D or PT1H30M."
        )
    length = timedelta(**{unit: int(count or 0) for unit, count in zip(UNITS, match.groups(), strict=True)})
    if length > longest:
        raise ValueError(f"“{text}” is longer than the {longest.days} days that are allowed.")
    return length
