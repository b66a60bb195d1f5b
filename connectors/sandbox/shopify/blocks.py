"""A large file in memory: compressed block by block, read from any byte on."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

LARGEST = 256 * 1024  # bytes of a block


class Blocks:
    """What was written cannot be changed; many may read it at the same time."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.size = 0
        self._blocks: list[tuple[int, bytes]] = []  # how long it is, and it compressed
        waiting = bytearray()
        for line in lines:
            waiting += line
            if len(waiting) >= LARGEST:
                self._keep(bytes(waiting))
                waiting.clear()
        self._keep(bytes(waiting))

    def read(self, start: int = 0) -> Iterator[bytes]:
        for size, packed in self._blocks:
            if start < size:
                yield zlib.decompress(packed)[start:]
            start = max(0, start - size)

    def _keep(self, block: bytes) -> None:
        if block:
            self.size += len(block)
            self._blocks.append((len(block), zlib.compress(block, 1)))
