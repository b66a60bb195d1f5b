"""The way of one batch: apply each event to the mirror, ask the rules, carry the answers into the world."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.types import (
    AnySnapshot,
    CartSnapshot,
    PredictionSnapshot,
    ProductSnapshot,
    Transition,
    ViewSnapshot,
)
from orchestrator import logs
from orchestrator.decide import answers, facts, mirror, shelves
from orchestrator.decide.world import World
from orchestrator.models import InboxEvent
from orchestrator.record import runlog
from rules import engine, subjects
from rules.facts import SALES, Change

Told = Sequence[tuple[InboxEvent, AnySnapshot]]

WORDS = {
    Transition.CART_ABANDONED: "was abandoned",
    Transition.CART_RECOVERED: "was bought",
    Transition.STOCK_CHANGED: "changed its stock",
    Transition.CUSTOMER_MERGED: "was merged into another",
}


def handle(world: World, told: Told) -> None:
    """Everything these events mean, in memory; nothing is written yet. What others look at comes first."""
    for event, snapshot in sorted(told, key=lambda each: not isinstance(each[1], PredictionSnapshot)):
        mark = logs.trace.set(event.trace)
        _handle(world, event, snapshot)
        logs.trace.reset(mark)


def _handle(world: World, event: InboxEvent, snapshot: AnySnapshot) -> None:
    vendor = event.connection.vendor
    reference = f"{vendor}:{snapshot.kind}:{snapshot.id}"
    known = world.snapshot(vendor, snapshot.kind, snapshot.id)
    applied = mirror.apply(
        known,
        snapshot,
        vendor=vendor,
        is_import=event.origin == InboxEvent.Origin.IMPORT,
        is_reread=event.origin == InboxEvent.Origin.REREAD,
        actions=world.echoes.on(reference, world.now),
    )
    _note(world, event, snapshot, applied)
    if applied.verdict is mirror.Verdict.CONFLICT:
        event.state = InboxEvent.State.REREAD
        return
    event.state, event.decided_at = InboxEvent.State.DONE, world.now
    if isinstance(snapshot, ProductSnapshot) and SALES in world.wants:
        world.sales.see(vendor, snapshot)
    if applied.verdict is mirror.Verdict.UNCHANGED:
        world.confirm(vendor, snapshot, event.received_at)
    if applied.is_news:
        world.echoes.see(reference, known, applied.snapshot, world.now)
        world.put(vendor, applied.snapshot, event.received_at)
        if isinstance(snapshot, ProductSnapshot) and snapshot.is_gone:
            world.on_each_side(lambda side: _end(side, reference, event.trace))
        for change in applied.changes:
            decide(world, change, event.trace)


def decide(world: World, change: Change, trace: str) -> None:
    """Ask every rule that hears this change and carry out what it wants."""
    if change.kind == CartSnapshot.kind and world.cart_source not in ("", change.vendor):
        return  # of two that tell the same carts only one is heard
    world.on_each_side(lambda side: _decide(side, change, trace))


def _end(world: World, reference: str, trace: str) -> None:
    """The product is gone."""
    world.reorders.end(reference, trace, world.now)
    world.ledger.end(reference, "product_gone", trace, world.now)


def _decide(world: World, change: Change, trace: str) -> None:
    rules = world.rulebook.hearing(change.transition)
    if rules:
        gathered = facts.gather(world, change)
        told = world.snapshot(change.vendor, change.kind, change.object_id)
        answers.carry_out(
            world, change, engine.decide(rules, gathered), trace, subject_of(told) or gathered.subject
        )


def _note(world: World, event: InboxEvent, snapshot: AnySnapshot, applied: mirror.Applied) -> None:
    thing = _thing(snapshot)
    words = [_words(each.transition) for each in applied.changes]
    world.entries.append(
        runlog.entry(
            applied.verdict.value,
            store_id=world.store.pk,
            vendor=event.connection.vendor,
            subject=subject_of(snapshot),
            reference=f"{event.connection.vendor}:{snapshot.kind}:{snapshot.id}",
            trace=event.trace,
            what=f"{thing} {' and '.join(words) or 'was told again'}",
            origin=event.origin,
            transitions=[each.transition.value for each in applied.changes],
            source_at=snapshot.source_at,
        )
    )


def _thing(snapshot: AnySnapshot) -> str:
    if isinstance(snapshot, ViewSnapshot):
        return f"Product {snapshot.product_id or snapshot.title}".strip()
    return f"{snapshot.kind.capitalize()} {snapshot.id}"


def _words(transition: Transition) -> str:
    """order.placed → was placed"""
    verb = transition.partition(".")[2]
    return WORDS.get(transition, verb if verb == "changed" else f"was {verb}")


def subject_of(snapshot: AnySnapshot | None) -> str:
    """Whom or what a line of the run log is about."""
    if snapshot is None:
        return ""
    if isinstance(snapshot, ProductSnapshot):
        return f"product:{snapshot.id}"
    person = shelves.person_of(snapshot)
    return next(iter(person.emails), "") or subjects.of_phone(person.phone)
