"""Fixed-window rate limits, per account and endpoint: a burst second and a steady minute.

https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from connectors.sandbox.klaviyo.errors import Refused
from connectors.sandbox.wire import Reply

DAY = 86_400


@dataclass(frozen=True)
class Tier:
    """How many requests a second, a minute and, for some endpoints, a day."""

    burst: int
    steady: int
    daily: int | None = None

    def windows(self) -> list[tuple[int, int]]:
        """(seconds, requests) of each window."""
        windows = [(1, self.burst), (60, self.steady)]
        return windows if self.daily is None else [*windows, (DAY, self.daily)]


XS = Tier(1, 15)
S = Tier(3, 60)
M = Tier(10, 150)
L = Tier(75, 750)
XL = Tier(350, 3500)


class Windows:
    """The counts of one account."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], tuple[int, int]] = {}

    def count(self, endpoint: str, tier: Tier, now: datetime) -> float:
        """Count one request; the seconds to wait when a window is full (then nothing is counted)."""
        moment = now.timestamp()
        waits = [
            (math.floor(moment / seconds) + 1) * seconds - moment
            for seconds, most in tier.windows()
            if self._used(endpoint, seconds, moment) >= most
        ]
        if waits:
            return max(waits)
        for seconds, _ in tier.windows():
            used = self._used(endpoint, seconds, moment)
            self._counts[endpoint, seconds] = (math.floor(moment / seconds), used + 1)
        return 0.0

    def headers(self, endpoint: str, tier: Tier, now: datetime) -> dict[str, str]:
        """What answers other than 429 say about the steady window."""
        moment = now.timestamp()
        return {
            "RateLimit-Limit": str(tier.steady),
            "RateLimit-Remaining": str(max(0, tier.steady - self._used(endpoint, 60, moment))),
            "RateLimit-Reset": str(math.ceil(60 - moment % 60)),
        }

    def _used(self, endpoint: str, seconds: int, moment: float) -> int:
        window, used = self._counts.get((endpoint, seconds), (-1, 0))
        return used if window == math.floor(moment / seconds) else 0


def throttled(wait: float) -> Reply:
    seconds = max(1, math.ceil(wait))
    detail = f"Request was throttled. Expected available in {seconds} seconds."
    reply = Refused(429, "throttled", "Request was throttled.", detail).reply()
    reply.headers["Retry-After"] = str(seconds)
    return reply
