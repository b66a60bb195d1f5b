"""What is so: applies a snapshot to what we knew and says what changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from connectors.types import AnySnapshot
from orchestrator.decide.mirror import carts, customers, orders, products, returns, tickets
from orchestrator.decide.mirror.told import Told
from rules.facts import Change

REDUCERS: Mapping[str, Callable[[Any, Any], list[Told]]] = {
    "ticket": tickets.told,
    "customer": customers.told,
    "order": orders.told,
    "product": products.told,
    "cart": carts.told,
    "return": returns.told,
}


class Verdict(StrEnum):
    APPLIED = "event_heard"
    UNCHANGED = "event_unchanged"
    STALE = "event_stale"
    CONFLICT = "event_conflict"


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """``snapshot`` is what is so from now on."""

    verdict: Verdict
    snapshot: AnySnapshot
    changes: tuple[Change, ...] = ()


def apply(
    old: AnySnapshot | None,
    new: AnySnapshot,
    *,
    vendor: str,
    is_import: bool = False,
    is_reread: bool = False,
) -> Applied:
    """Only newer source time changes the mirror, so order does not matter.

    Equal time with other content is a conflict until the object was read again; then the reading wins.
    """
    if old is not None:
        if new.source_at < old.source_at:
            return Applied(verdict=Verdict.STALE, snapshot=old)
        if new == old:
            return Applied(verdict=Verdict.UNCHANGED, snapshot=old)
        if new.source_at == old.source_at and not is_reread:
            return Applied(verdict=Verdict.CONFLICT, snapshot=old)
    changes = tuple(
        Change(
            transition=each.transition,
            vendor=vendor,
            kind=new.kind,
            object_id=new.id,
            at=each.at,
            is_import=is_import,
            before=each.before,
        )
        for each in REDUCERS[new.kind](old, new)
    )
    return Applied(verdict=Verdict.APPLIED, snapshot=new, changes=changes)
