"""The access tokens that one store handed out, and until when they work."""

from __future__ import annotations

from datetime import datetime


class Tokens:
    """The tokens one store handed out."""

    def __init__(self) -> None:
        self.valid: dict[str, datetime | None] = {}  # token → end, None = permanent
        self.refresh = ""
        self.former_refresh = ""  # stays valid until the new one is used first

    def is_good(self, token: str, now: datetime) -> bool:
        end = self.valid.get(token, now)
        return end is None or end > now

    def expire(self) -> None:
        """Everything handed out so far stops working."""
        self.valid.clear()
