"""The clock every fake vendor lives by: real time, or a set moment that runs on from there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the vendors' time."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime | None) -> None:
        """Jump to a moment; None goes back to real time."""
        self._offset = moment - datetime.now(UTC) if moment else timedelta(0)


def instant(text: object) -> datetime:
    """The moment an ISO 8601 text names, in UTC; without an offset it is read as UTC."""
    if not isinstance(text, str):
        raise ValueError(f"not an ISO 8601 time: {text!r}")
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
