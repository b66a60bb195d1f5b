"""Decides what came at several moments in one world, where that cannot make a difference.

Of most events no rule is told: they only move the mirror. So a run of them is decided together with the first
event that a rule hears, which ends the run. Who is asked sees what it would have seen, at its own time. The
pure mirror tells beforehand whether anybody is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from connectors import timekeeper
from connectors.models import Store
from connectors.types import AnySnapshot, CartSnapshot
from orchestrator.decide import drain, mirror, pipeline
from orchestrator.decide.shelves import ABANDONED_AFTER
from orchestrator.decide.world import World
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent
from rules.engine import Rulebook

Moment = tuple[datetime, Sequence[InboxEvent]]  # what was decided together, and when
Told = list[tuple[InboxEvent, AnySnapshot]]


def is_plain(events: Sequence[InboxEvent]) -> bool:
    """Workers would take these as one batch, and nothing is told twice in it."""
    things = {(each.connection_id, each.kind, each.object_id) for each in events}
    return len(things) == len(events) <= drain.BATCH and len({each.is_urgent for each in events}) == 1


def decide(store: Store, book: Rulebook, moments: Sequence[Moment]) -> int:
    """Answers how many of these were decided. Nothing may be due before the last of them.

    Raises whatever deciding one of them raises; then nothing was written.
    """
    told = [(at, _told(events)) for at, events in moments]
    about = [(event.connection.vendor, each) for _, some in told for event, each in some]
    world = World.load(store, about, moments[0][0], rulebook=book)
    count, due = 0, datetime.max.replace(tzinfo=moments[0][0].tzinfo)
    for at, some in told:
        if count and at >= due:
            break
        world.goes_to(at)
        is_last = any(_is_heard(world, event, each) for event, each in some)
        with timekeeper.virtually(at):
            pipeline.handle(world, some)
        count += 1
        due = min([due, *(_abandoned_at(each) for _, each in some if isinstance(each, CartSnapshot))])
        if is_last:
            break
    with timekeeper.virtually(world.now), transaction.atomic():
        world.save()
    return count


def _told(events: Sequence[InboxEvent]) -> Told:
    """In the order in which workers take them."""
    in_order = sorted(events, key=lambda each: each.source_at)
    return [(each, inbox.read_body(bytes(each.body))) for each in in_order]


def _is_heard(world: World, event: InboxEvent, snapshot: AnySnapshot) -> bool:
    """Whether more comes of it than what the mirror holds."""
    vendor = event.connection.vendor
    applied = mirror.apply(
        world.snapshot(vendor, snapshot.kind, snapshot.id),
        snapshot,
        vendor=vendor,
        is_reread=event.origin == InboxEvent.Origin.REREAD,
        actions=world.echoes.on(f"{vendor}:{snapshot.kind}:{snapshot.id}", world.now),
    )
    return snapshot.is_gone or any(world.rulebook.hearing(each.transition) for each in applied.changes)


def _abandoned_at(cart: CartSnapshot) -> datetime:
    return cart.source_at + ABANDONED_AFTER
