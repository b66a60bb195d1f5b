"""The leaky bucket that all API-key traffic of an account shares.

https://developers.gorgias.com/reference/limitations: 40 requests per 20 seconds with an API key.
"""

from __future__ import annotations

import math
from datetime import datetime

SIZE = 40
SECONDS = 20.0


class Bucket:
    """Fills by one a request, drains two a second."""

    def __init__(self) -> None:
        self._level = 0.0
        self._seen_at: datetime | None = None

    def pour(self, now: datetime) -> float:
        """Take one request; the seconds to wait when it does not fit, else 0."""
        passed = (now - self._seen_at).total_seconds() if self._seen_at else 0.0
        self._seen_at = now
        self._level = max(0.0, self._level - max(0.0, passed) * SIZE / SECONDS)
        if self._level + 1 > SIZE:
            return (self._level + 1 - SIZE) * SECONDS / SIZE
        self._level += 1
        return 0.0

    @property
    def reading(self) -> str:
        return f"{math.ceil(self._level)}/{SIZE}"
