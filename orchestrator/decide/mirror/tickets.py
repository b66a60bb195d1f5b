"""Tickets: opened, changed, closed."""

from __future__ import annotations

from connectors.types import TicketSnapshot, Transition
from orchestrator.decide.mirror.told import Told, looks_alike


def told(old: TicketSnapshot | None, new: TicketSnapshot) -> list[Told]:
    is_open = new.is_open and not new.is_gone
    if old is None:
        if new.is_gone:
            return []  # gone before we ever saw it
        opened = Told(Transition.TICKET_OPENED, new.created_at or new.source_at)
        return [opened] if is_open else [opened, Told(Transition.TICKET_CLOSED, new.source_at)]
    was_open = old.is_open and not old.is_gone
    if is_open and not was_open:
        return [Told(Transition.TICKET_OPENED, new.source_at)]
    if was_open and not is_open:
        return [Told(Transition.TICKET_CLOSED, new.source_at)]
    if looks_alike(old, new):
        return []  # nothing that a rule could see, such as the stamp our own internal note leaves
    return [Told(Transition.TICKET_CHANGED, new.source_at)]
