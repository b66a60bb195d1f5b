"""What is so: applies a snapshot to what we knew and says what changed. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from connectors.types import AnySnapshot, TicketSnapshot, Transition
from rules.facts import Change


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
            transition=transition,
            vendor=vendor,
            kind=new.kind,
            object_id=new.id,
            at=at,
            is_import=is_import,
        )
        for transition, at in _transitions(old, new)
    )
    return Applied(verdict=Verdict.APPLIED, snapshot=new, changes=changes)


def _transitions(old: AnySnapshot | None, new: AnySnapshot) -> list[tuple[Transition, datetime]]:
    if isinstance(new, TicketSnapshot):
        return _ticket(old if isinstance(old, TicketSnapshot) else None, new)
    return [(Transition.CUSTOMER_CHANGED, new.source_at)]


def _ticket(old: TicketSnapshot | None, new: TicketSnapshot) -> list[tuple[Transition, datetime]]:
    is_open = new.is_open and not new.is_gone
    if old is None:
        if new.is_gone:
            return []  # gone before we ever saw it
        opened = (Transition.TICKET_OPENED, new.created_at or new.source_at)
        return [opened] if is_open else [opened, (Transition.TICKET_CLOSED, new.source_at)]
    was_open = old.is_open and not old.is_gone
    if is_open and not was_open:
        return [(Transition.TICKET_OPENED, new.source_at)]
    if was_open and not is_open:
        return [(Transition.TICKET_CLOSED, new.source_at)]
    if msgspec.structs.replace(new, source_at=old.source_at) == old:
        return []  # nothing that a rule could see, such as the stamp our own internal note leaves
    return [(Transition.TICKET_CHANGED, new.source_at)]
