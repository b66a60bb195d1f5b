"""Views of products: each is told once, and nothing about it changes afterwards."""

from __future__ import annotations

from connectors.types import Transition, ViewSnapshot
from orchestrator.decide.mirror.told import Told


def told(old: ViewSnapshot | None, new: ViewSnapshot) -> list[Told]:
    return [Told(Transition.PRODUCT_VIEWED, new.source_at)] if old is None else []
