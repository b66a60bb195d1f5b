"""The access tokens that one store handed out, and until when they work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4


class Tokens:
    """The tokens one store handed out."""

    def __init__(self) -> None:
        self.valid: dict[str, datetime | None] = {}  # token → end, None = permanent
        self.refresh = ""
        self.is_installed = True
        self.former_refresh = ""  # stays valid until the new one is used first

    def begin(self, credentials: Mapping[str, str]) -> None:
        """With what was entered: a token lasts for ever until it is said to expire."""
        token = credentials.get("access_token")
        self.valid = {token: None} if token else {}
        self.refresh, self.former_refresh = credentials.get("refresh_token", ""), ""
        self.is_installed = True

    def is_good(self, token: str, now: datetime) -> bool:
        end = self.valid.get(token, now)
        return end is None or end > now

    def takes(self, refresh: str) -> bool:
        """Whether it is a refresh token that works; it is replaced by a new one then."""
        if not refresh or refresh not in (self.refresh, self.former_refresh):
            return False
        if refresh == self.refresh:
            self.former_refresh = refresh
        self.refresh = f"shprt_{uuid4().hex}"
        return True

    def expire(self) -> None:
        """Everything handed out so far stops working."""
        self.valid.clear()

    def end(self) -> None:
        """For good: nothing is handed out any more."""
        self.expire()
        self.refresh, self.former_refresh, self.is_installed = "", "", False
