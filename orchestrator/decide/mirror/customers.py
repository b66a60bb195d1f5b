"""Customer records: changed, merged into another."""

from __future__ import annotations

from connectors.types import CustomerSnapshot, Transition
from orchestrator.decide.mirror.told import Told, looks_alike


def told(old: CustomerSnapshot | None, new: CustomerSnapshot) -> list[Told]:
    if new.merged_into and not (old and old.merged_into):
        return [Told(Transition.CUSTOMER_MERGED, new.source_at)]
    if new.is_gone or (old is not None and looks_alike(old, new)):
        return []
    return [Told(Transition.CUSTOMER_CHANGED, new.source_at)]
