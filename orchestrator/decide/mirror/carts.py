"""Carts: changed, bought. That one was abandoned is told by time, not by a snapshot (decide/abandoned.py)."""

from __future__ import annotations

from connectors.types import CartSnapshot, Transition
from orchestrator.decide.mirror.told import Told, looks_alike


def told(old: CartSnapshot | None, new: CartSnapshot) -> list[Told]:
    if new.is_gone:
        return []
    if new.bought_at:
        return [] if old and old.bought_at else [Told(Transition.CART_RECOVERED, new.bought_at)]
    if old is not None and looks_alike(old, new):
        return []
    return [Told(Transition.CART_CHANGED, new.source_at)]
