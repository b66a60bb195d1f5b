"""Rows in the order of a stamp, so that a newest-first page does not sort everything."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

I = TypeVar("I", int, str)  # noqa: E741  the type of a row's id


class Order(Generic[I]):
    """Ids sorted by (stamp, id). A row moves when it is placed again."""

    def __init__(self) -> None:
        self._keys: list[tuple[str, I]] = []
        self._stamps: dict[I, str] = {}

    def place(self, row: I, stamp: str) -> None:
        if row in self._stamps:
            self.remove(row)
        self._stamps[row] = stamp
        if self._keys and (stamp, row) < self._keys[-1]:
            insort(self._keys, (stamp, row))
        else:
            self._keys.append((stamp, row))

    def remove(self, row: I) -> None:
        key = (self._stamps.pop(row), row)
        del self._keys[bisect_left(self._keys, key)]

    def up(self, after: tuple[str, I] | None = None, since: str = "") -> Iterator[tuple[str, I]]:
        """Oldest first, beyond ``after``, no older than ``since``."""
        start = bisect_right(self._keys, after) if after else bisect_left(self._keys, (since,))
        for place in range(start, len(self._keys)):
            yield self._keys[place]

    def down(self, after: tuple[str, I] | None = None) -> Iterator[tuple[str, I]]:
        """Newest first, beyond ``after``."""
        start = bisect_left(self._keys, after) if after else len(self._keys)
        for place in range(start - 1, -1, -1):
            yield self._keys[place]

    def part(self, rows: set[I]) -> Order[I]:
        """The same order for some of the rows."""
        part: Order[I] = Order()
        for stamp, row in sorted((self._stamps[row], row) for row in rows if row in self._stamps):
            part.place(row, stamp)
        return part

    def stamp(self, row: I) -> str:
        return self._stamps[row]

    def __contains__(self, row: object) -> bool:
        return row in self._stamps

    def __len__(self) -> int:
        return len(self._keys)
