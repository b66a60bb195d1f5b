"""How vendors count, as they document it: what our own counting is measured against."""

from __future__ import annotations

import math


class Bucket:
    """A leaky bucket that refuses what does not fit."""

    def __init__(self, size: float, per_second: float) -> None:
        self.size, self.per_second = size, per_second
        self.level, self.at = 0.0, 0.0

    def take(self, now: float, cost: float = 1.0) -> bool:
        self.level = max(0.0, self.level - (now - self.at) * self.per_second)
        self.at = now
        if self.level + cost > self.size + 1e-9:
            return False
        self.level += cost
        return True


class Windows:
    """Fixed windows that begin at ``offset``."""

    def __init__(self, count: int, seconds: float, offset: float) -> None:
        self.count, self.seconds, self.offset = count, seconds, offset
        self.used: dict[int, int] = {}

    def take(self, now: float) -> bool:
        window = self._window(now)
        if self.used.get(window, 0) >= self.count:
            return False
        self.used[window] = self.used.get(window, 0) + 1
        return True

    def left(self, now: float) -> int:
        return self.count - self.used.get(self._window(now), 0)

    def resets_in(self, now: float) -> int:
        """In whole seconds, as vendors tell it."""
        end = (self._window(now) + 1) * self.seconds + self.offset
        return math.ceil(end - now)

    def _window(self, now: float) -> int:
        return math.floor((now - self.offset) / self.seconds)
