"""What is so: applies a snapshot to what we knew and says what changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from connectors.types import AnySnapshot
from orchestrator.decide.mirror import (
    carts,
    customers,
    orders,
    ours,
    predictions,
    products,
    returns,
    tickets,
    views,
)
from orchestrator.decide.mirror.told import Told, looks_alike
from rules.actions.base import AnyAction
from rules.facts import Change

REDUCERS: Mapping[str, Callable[[Any, Any], list[Told]]] = {
    "ticket": tickets.told,
    "customer": customers.told,
    "order": orders.told,
    "product": products.told,
    "cart": carts.told,
    "return": returns.told,
    "view": views.told,
    "prediction": predictions.told,
}


# What a webhook leaves open of an object that is known: only a reading tells.
DOUBTS: Mapping[str, Callable[[Any, Any], bool]] = {"order": orders.is_doubtful}


class Verdict(StrEnum):
    APPLIED = "event_heard"
    ECHO = "event_echo"  # applied too: it shows what we did ourselves, and nothing else
    UNCHANGED = "event_unchanged"
    STALE = "event_stale"
    CONFLICT = "event_conflict"


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """``snapshot`` is what is so from now on."""

    verdict: Verdict
    snapshot: AnySnapshot
    changes: tuple[Change, ...] = ()

    @property
    def is_news(self) -> bool:
        """Whether the mirror has to be written."""
        return self.verdict in (Verdict.APPLIED, Verdict.ECHO)


def apply(
    old: AnySnapshot | None,
    new: AnySnapshot,
    *,
    vendor: str,
    is_import: bool = False,
    is_reread: bool = False,
    actions: Sequence[AnyAction] = (),
) -> Applied:
    """Only newer source time changes the mirror, so order does not matter.

    Equal time with other content is a conflict until the object was read again; then the reading wins. So is
    what leaves open something that is known.
    ``actions`` are ours on this object: what shows of them changes the mirror and is told to nobody.
    """
    if old is not None:
        if new.source_at < old.source_at:
            return Applied(verdict=Verdict.STALE, snapshot=old)
        if new == old:
            return Applied(verdict=Verdict.UNCHANGED, snapshot=old)
        if not is_reread and (new.source_at == old.source_at or _is_doubtful(old, new)):
            return Applied(verdict=Verdict.CONFLICT, snapshot=old)
    known = ours.expected(old, new, actions) if old is not None else None
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
        for each in REDUCERS[new.kind](known, new)
    )
    is_echo = known is not None and known != old and looks_alike(known, new)
    return Applied(verdict=Verdict.ECHO if is_echo else Verdict.APPLIED, snapshot=new, changes=changes)


def _is_doubtful(old: AnySnapshot, new: AnySnapshot) -> bool:
    doubts = DOUBTS.get(new.kind)
    return doubts is not None and doubts(old, new)
