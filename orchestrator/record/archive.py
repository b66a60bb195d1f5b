"""Files that the run log's lines go to before they are deleted: gzip, one for each client and month.

A file only grows, by one gzip member at a time (RFC 1952 reads them as one text). Each member names its
own length in its header, so that the end of what was written whole is found without reading the file:
what a kill left behind it is cut off before the next member is written.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

# Magic, deflate, "extra field follows", no time, no flags, system unknown; eight bytes of extra field: "OR",
# four bytes long, the length of the whole member.
HEADER = struct.Struct("<4sIBB H2sHI")
FIXED = (b"\x1f\x8b\x08\x04", 0, 0, 255, 8, b"OR", 4)
TRAILER = struct.Struct("<II")  # checksum and length of the text


class Damaged(OSError):
    """The file holds something that we did not write."""


class Busy(Exception):
    """Another worker writes to the file now."""


@contextmanager
def opened(path: Path) -> Iterator[FileIO]:
    """The file, made if need be, for its owner only; nobody else gets it meanwhile.

    Raises Busy, or OSError when the folder cannot be written.
    """
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield file


def end(file: FileIO) -> int:
    """Where what was written whole ends. Raises Damaged: such a file is not touched."""
    size = os.fstat(file.fileno()).st_size
    begin = place = 0
    while place < size:
        file.seek(place)
        header = file.read(HEADER.size)
        if len(header) < HEADER.size:
            return place
        *fixed, length = HEADER.unpack(header)
        if tuple(fixed) != FIXED or length <= HEADER.size:
            raise Damaged(0, "it holds something else; move it away")
        if place + length > size:
            return place
        begin, place = place, place + length
    return place if _is_whole(file, begin, place) else begin


def append(path: Path, file: FileIO, text: bytes, at: int) -> None:
    """Write ``text`` at the ``end`` and see that it is on the disk. Raises OSError, and takes it back."""
    try:
        file.truncate(at)
        file.seek(at)
        rest = memoryview(_member(text))
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
        if at == 0:  # a new file is on the disk once its folders are, too
            _sync(path.parent)
            _sync(path.parent.parent)
    except OSError:
        file.truncate(at)
        raise


def _sync(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _member(text: bytes) -> bytes:
    press = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = press.compress(text) + press.flush()
    length = HEADER.size + len(body) + TRAILER.size
    return HEADER.pack(*FIXED, length) + body + TRAILER.pack(zlib.crc32(text), len(text) & 0xFFFFFFFF)


def _is_whole(file: FileIO, begin: int, until: int) -> bool:
    """Whether the last member can be read: a power cut may keep a file's length and lose its content."""
    file.seek(begin)
    try:
        zlib.decompress(file.read(until - begin), zlib.MAX_WBITS | 16)
    except zlib.error:
        return begin == until
    return True
