"""A large file in memory: compressed block by block, read from any byte on."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

LARGEST = 256 * 1024  # bytes of a block


class Blocks:
    """Written once, line by line; what was finished may be read by many at the same time."""

    def __init__(self) -> None:
        self.size = 0
        self._blocks: list[tuple[int, bytes]] = []  # how long it is, and it compressed
        self._waiting = bytearray()

    def write(self, line: bytes) -> None:
        self._waiting += line
        if len(self._waiting) >= LARGEST:
            self.finish()

    def finish(self) -> None:
        if self._waiting:
            self.size += len(self._waiting)
            self._blocks.append((len(self._waiting), zlib.compress(self._waiting, 1)))
            self._waiting = bytearray()

    def read(self, start: int = 0) -> Iterator[bytes]:
        for size, packed in self._blocks:
            if start < size:
                yield zlib.decompress(packed)[start:]
            start = max(0, start - size)
