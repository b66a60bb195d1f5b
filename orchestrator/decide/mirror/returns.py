"""Returns: requested, approved (reopened too), closed (declined and cancelled ones are closed too)."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.types import ReturnSnapshot, Transition
from orchestrator.decide.mirror.told import Told

OVER = frozenset({"closed", "declined", "cancelled"})


def told(old: ReturnSnapshot | None, new: ReturnSnapshot) -> list[Told]:
    return list(_told(old, new))


def _told(old: ReturnSnapshot | None, new: ReturnSnapshot) -> Iterator[Told]:
    if old is None and not new.is_gone:
        yield Told(Transition.RETURN_REQUESTED, new.requested_at or new.source_at)
    if is_approved(new) and not (old and is_approved(old)):
        yield Told(Transition.RETURN_APPROVED, new.approved_at or new.source_at)
    elif old and is_over(old) and is_approved(new) and not is_over(new):
        yield Told(Transition.RETURN_APPROVED, new.source_at)  # it was closed, and goes on
    was_over = old is None or is_over(old)
    if is_over(new) and (not was_over or (old is None and not new.is_gone)):
        yield Told(Transition.RETURN_CLOSED, new.closed_at or new.source_at)


def is_approved(told: ReturnSnapshot) -> bool:
    return told.status == "approved" or (told.status == "closed" and told.approved_at is not None)


def is_over(told: ReturnSnapshot) -> bool:
    return told.is_gone or told.status in OVER
