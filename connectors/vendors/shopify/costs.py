"""What Shopify says about query points: in every answer, refused or not.

https://shopify.dev/docs/api/usage/limits. A bucket of points for each app and store, refilled each second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from connectors.values import mapping

UNKNOWN_WAIT = 5.0  # seconds, where an answer does not say how long


@dataclass(frozen=True)
class Cost:
    """``asked`` counts for admission, ``used`` is what was taken, ``left`` of ``size`` is in the bucket."""

    asked: float
    used: float
    left: float
    size: float
    per_second: float

    @property
    def wait(self) -> float:
        """Seconds until the same query fits, with as much again for those that act meanwhile."""
        lacking = min(2 * self.asked, self.size) - self.left
        return max(1.0, math.ceil(lacking / self.per_second))

    def shown(self) -> dict[str, str]:
        """In the form of ``Client.pace``."""
        return {
            "shopify-limit-size": f"{self.size:g}",
            "shopify-limit-left": f"{self.left:g}",
            "shopify-limit-per-second": f"{self.per_second:g}",
        }


def read(body: Any) -> Cost | None:
    """None where the answer carries none that can be used."""
    cost = mapping(mapping(mapping(body).get("extensions")).get("cost"))
    status = mapping(cost.get("throttleStatus"))
    try:
        found = Cost(
            asked=float(cost.get("requestedQueryCost") or 0),
            used=float(cost.get("actualQueryCost") or 0),
            left=float(status["currentlyAvailable"]),
            size=float(status["maximumAvailable"]),
            per_second=float(status["restoreRate"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    values = (found.asked, found.used, found.left, found.size, found.per_second)
    return found if all(map(math.isfinite, values)) and found.per_second > 0 else None
