"""What a tool can do or tell, as staff speak of it."""

from __future__ import annotations

import msgspec


class Capability(msgspec.Struct, frozen=True):
    """``does`` goes on after “can”. ``verbs`` are the methods of the role that it takes; none: it is told."""

    name: str
    does: str
    verbs: tuple[str, ...] = ()


class Heard(msgspec.Struct, frozen=True):
    """How a vendor tells of a change: the webhook ``topics`` that bring it, and whether polls find it too."""

    topics: tuple[str, ...] = ()
    is_polled: bool = True
