"""What decisions that waited look at, and so what has to be read again before them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from connectors.types import ViewSnapshot
from orchestrator.decide import offers, shelf, viewed
from orchestrator.intake import known
from orchestrator.intake.known import Place
from rules.compiled import CompiledRule
from rules.facts import Change


def places(
    store_id: int, changes: Collection[Change], rules: Collection[CompiledRule], now: datetime
) -> set[Place]:
    """The objects that changed, and the products that they or these rules name."""
    changed = {(each.vendor, each.kind, each.object_id) for each in changes}
    told = {*shelf.places(store_id, changes, rules), *offers.places(store_id, changes, rules, now)}
    return changed | told | _viewed(store_id, changed)


def _viewed(store_id: int, changed: Collection[Place]) -> set[Place]:
    views = [place for place in changed if place[1] == ViewSnapshot.kind]
    told = (view for _, view in known.snapshots(store_id, views)) if views else ()
    return set(viewed.places(store_id, told).values())
