"""What extra calls told, for this process: work that the rate limit stopped goes on where it stopped."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Values by key with the moment, on the vendor's clock, at which they were told. The oldest fall out."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._told: OrderedDict[str, tuple[datetime, T]] = OrderedDict()

    def get(self, key: str, since: datetime | None) -> T | None:
        """The value, if it was told after ``since``."""
        with self._lock:
            known = self._told.get(key)
        return known[1] if known and since and known[0] > since else None

    def keep(self, key: str, told_at: datetime | None, value: T) -> None:
        if told_at is None:
            return
        with self._lock:
            self._told[key] = (told_at, value)
            self._told.move_to_end(key)
            while len(self._told) > self._size:
                self._told.popitem(last=False)

    def drop(self, key: str) -> None:
        with self._lock:
            self._told.pop(key, None)
