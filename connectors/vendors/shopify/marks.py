"""The watermark of a poll: how far each stream was read, on the vendor's own clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Stamp = Annotated[datetime, msgspec.Meta(tz=True)]


class Scan(msgspec.Struct, frozen=True, omit_defaults=True):
    """A list that is read to its end, over as many polls as the vendor's limits make of it.

    ``begun``: what changes later is the next scan's. ``since``: what changed earlier was read before.
    ``after`` is the cursor of the page to go on with, ``place`` the location, ``count`` the rows so far.
    """

    begun: Stamp
    since: Stamp
    after: str = ""
    place: str = ""
    count: int = 0


class Mark(msgspec.Struct, omit_defaults=True):
    """``scans`` are those that were stopped; ``first`` is whose turn it is then, so that all get one."""

    orders: Stamp | None = None
    customers: Stamp | None = None
    products: Stamp | None = None
    carts: Stamp | None = None
    stock: Stamp | None = None
    scans: dict[str, Scan] = {}
    first: str = ""


def read(watermark: str) -> Mark:
    """A new one where it cannot be read."""
    try:
        return msgspec.json.decode(watermark, type=Mark)
    except msgspec.DecodeError:
        return Mark()


def write(mark: Mark) -> str:
    return msgspec.json.encode(mark).decode()


def beginning(at: datetime) -> str:
    """The watermark of a poll that begins at a moment."""
    return write(Mark(orders=at, customers=at, products=at, carts=at, stock=at))
