"""Carts that time makes abandoned: an hour without a change and nothing bought."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from connectors.models import Store
from connectors.types import CartSnapshot, Transition
from orchestrator.decide import cart_flows, goods, lease, pipeline
from orchestrator.decide.world import World
from orchestrator.intake import inbox, known, wanted
from orchestrator.models import Cart, InboxEvent
from orchestrator.record import runlog
from rules.facts import CART_FLOWS, Change

log = logging.getLogger(__name__)

BATCH = 300


def stores_with_carts(now: datetime) -> list[int]:
    due = _due(now)
    return sorted(set(due.values_list("store_id", flat=True).distinct()[:500]))


def tell(store: Store, now: datetime) -> int:
    """Tell the rules of every cart whose hour is over; answers how many there were."""
    count = 0
    if CART_FLOWS in wanted.of_rules(store.pk):
        cart_flows.look(store, now)
    with lease.held(store.pk) as ours:
        if ours is None:
            return 0
        try:
            due = _due(now).filter(store=store).order_by("abandons_at", "pk")
            while rows := list(due[:BATCH]):
                _tell(store, rows, ours, now)
                count += len(rows)
        except lease.Lost:
            log.warning("The lease of a store was lost", extra={"store": store.pk})
    return count


def _due(now: datetime) -> QuerySet[Cart]:
    """Carts of which nothing newer waits to be decided: it may say that they were bought."""
    undecided = InboxEvent.objects.filter(
        store_id=OuterRef("store_id"),
        kind=Cart.kind,
        object_id=OuterRef("object_id"),
        state__in=(InboxEvent.State.NEW, InboxEvent.State.REREAD),
    )
    return Cart.objects.filter(~Exists(undecided), abandons_at__lte=now)


def _tell(store: Store, rows: Sequence[Cart], ours: lease.Lease, now: datetime) -> None:
    about = [(row.vendor, known.snapshot(row)) for row in rows]
    world = World.load(store, about, now)
    for row, (vendor, cart) in zip(rows, about, strict=True):
        if isinstance(cart, CartSnapshot) and row.abandons_at and _is_left(world, vendor, cart):
            _decide(world, vendor, cart, row.abandons_at)
    with ours.writing():
        world.save()
        told = Cart.objects.filter(pk__in=[row.pk for row in rows], abandons_at__lte=now)
        told.update(abandoned_at=F("abandons_at"), abandons_at=None)


def _is_left(world: World, vendor: str, cart: CartSnapshot) -> bool:
    """Not where another tool tells the carts by now, nor when it was bought without the cart's saying so."""
    return world.cart_source in ("", vendor) and not goods.is_bought(world, vendor, cart)


def _decide(world: World, vendor: str, cart: CartSnapshot, at: datetime) -> None:
    trace = inbox.new_trace()
    teller = next((each for each in world.connections.values() if each.vendor == vendor), None)
    change = Change(
        transition=Transition.CART_ABANDONED,
        vendor=vendor,
        kind=cart.kind,
        object_id=cart.id,
        at=at,
        is_import=bool(teller and cart.source_at < teller.created_at),
    )
    world.entries.append(
        runlog.entry(
            "cart_abandoned",
            store_id=world.store.pk,
            vendor=vendor,
            subject=pipeline.subject_of(cart),
            reference=change.reference,
            trace=trace,
            what=f"Cart {cart.id}",
            transitions=[change.transition.value],
            source_at=cart.source_at,
        )
    )
    pipeline.decide(world, change, trace)
