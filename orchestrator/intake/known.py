"""What the mirror has of objects that are named: for reading again, and for deciding again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from connectors.types import AnySnapshot, Reference
from orchestrator.intake import inbox
from orchestrator.models.mirror import MIRRORS, Mirrored

Place = tuple[str, str, str]  # vendor, kind and object id


def rows(store_id: int, places: Iterable[Place]) -> dict[Place, Mirrored]:
    """One query for each kind that is named."""
    wanted = set(places)
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for _, kind, object_id in wanted:
        if kind in MIRRORS:
            ids[kind].add(object_id)
    found: dict[Place, Mirrored] = {}
    for kind, some in ids.items():
        for row in MIRRORS[kind]._default_manager.filter(store_id=store_id, object_id__in=some):
            found[(row.vendor, kind, row.object_id)] = row
    return {place: row for place, row in found.items() if place in wanted}


def snapshot(row: Mirrored) -> AnySnapshot:
    """Raises msgspec.ValidationError when its stored form no longer fits."""
    return inbox.read_body(bytes(row.body))


def snapshots(store_id: int, places: Iterable[Place]) -> list[tuple[str, AnySnapshot]]:
    """(vendor, snapshot) of those that are known."""
    return [(row.vendor, snapshot(row)) for row in rows(store_id, places).values()]


def confirm(store_id: int, vendor: str, references: Iterable[Reference], now: datetime) -> None:
    """The vendor just told what these are: what we know of them is fresh."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for each in references:
        ids[each.kind].add(each.id)
    for kind, some in ids.items():
        mine = MIRRORS[kind]._default_manager.filter(store_id=store_id, vendor=vendor)
        mine.filter(object_id__in=some).update(confirmed_at=now)
