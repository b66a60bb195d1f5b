"""One thing that a newer snapshot tells: the transition, when it happened, and what was before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from connectors.types import Snapshot, Transition


class Told(NamedTuple):
    transition: Transition
    at: datetime
    before: Mapping[str, Any] = {}  # plain values that a rule may want to compare with


def looks_alike(old: Snapshot, new: Snapshot, *but: str) -> bool:
    """Whether nothing differs but the stamp (and the fields named)."""
    ignored = ("source_at", *but)
    return msgspec.structs.replace(new, **{name: getattr(old, name) for name in ignored}) == old
