"""A cart is abandoned after an hour without a change, once, however it was told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.models import Store
from connectors.types import Person
from orchestrator.decide import abandoned
from orchestrator.intake import inbox
from orchestrator.models import Cart, OutboxAction, RunLogEntry
from tests import scene
from tests.orchestrator.decide.shop import Origin, cart, hear, shop
from tests.scene import at
from tests.stories import tried

pytestmark = pytest.mark.django_db


def store_with_rule(**params: Any) -> Store:
    store = shop()
    then = [{"action": "send_event", "with": {"metric": "Cart left", "properties": {"sum": "{cart.total}"}}}]
    scene.live_rule(store, "custom", when="cart.abandoned", then=then, **params)
    return store


def times() -> list[Any]:
    """For which ends of an hour it was told."""
    rows = OutboxAction.objects.order_by("pk")
    return [row.planned_for for row in rows]


def tell(store: Store, minutes: float) -> int:
    return abandoned.tell(store, at(minutes)) if store.pk in abandoned.stores_with_carts(at(minutes)) else 0


def test_after_an_hour_it_is_told_once():
    store = store_with_rule()
    hear(store, cart())

    counts = [tell(store, minutes) for minutes in (59, 60, 61, 200)]

    assert counts == [0, 1, 0, 0]
    action = OutboxAction.objects.get()
    assert (action.subject, action.reference) == ("ana@shop.test", "shopify:cart:1")
    entry = RunLogEntry.objects.get(code="cart_abandoned")
    assert (entry.subject, entry.trace) == ("ana@shop.test", action.trace)


def test_every_change_begins_the_hour_anew():
    store = store_with_rule()
    hear(store, cart(), cart(minutes=30, total=90))

    assert [tell(store, minutes) for minutes in (60, 89, 90)] == [0, 0, 1]
    assert '"sum":"90"' in OutboxAction.objects.get().arguments


@pytest.mark.parametrize("fields", [{"bought_at": at(40)}, {"is_gone": True}])
def test_what_was_bought_or_is_gone_is_not_abandoned(fields):
    store = store_with_rule()
    hear(store, cart(), cart(minutes=40, **fields))

    assert tell(store, 200) == 0


def test_a_change_that_comes_late_does_not_tell_it_again():
    store = store_with_rule()
    hear(store, cart())
    tell(store, 60)

    hear(store, cart(minutes=20, total=90), now=at(61))

    assert tell(store, 200) == 0
    assert Cart.objects.get().abandoned_at == at(60)


def test_a_new_stamp_alone_does_not_tell_it_again():
    store = store_with_rule()
    hear(store, cart())
    tell(store, 60)

    hear(store, cart(minutes=70))

    assert tell(store, 200) == 0


def test_somebody_who_came_back_and_left_again_abandoned_it_again():
    store = store_with_rule()
    hear(store, cart())
    tell(store, 60)

    hear(store, cart(minutes=70, total=90))

    assert [tell(store, minutes) for minutes in (129, 130, 131)] == [0, 1, 0]


def test_while_something_newer_waits_to_be_decided_nothing_is_told():
    store = store_with_rule()
    hear(store, cart())
    bought = cart(minutes=40, bought_at=at(40))
    inbox.accept(scene.connection(store, "shopify"), [bought], origin=Origin.WEBHOOK, now=at(60))

    assert tell(store, 60) == 0


def test_history_is_told_to_nobody():
    store = store_with_rule()
    hear(store, cart(minutes=-600), origin=Origin.POLL, now=at(0))

    tell(store, 1)

    assert not OutboxAction.objects.exists()
    assert Cart.objects.get().abandons_at is None


def test_a_cart_of_somebody_unknown_is_told_too():
    store = store_with_rule()
    hear(store, cart(customer=Person()))

    assert tell(store, 60) == 1
    assert RunLogEntry.objects.get(code="decided_no").details["noes"][0]["reason"] == "no_email"


def test_stores_tell_their_own_carts_only():
    ours, theirs = store_with_rule(), shop("harbor-pine")
    hear(ours, cart())
    hear(theirs, cart())

    tell(ours, 60)

    assert Cart.objects.get(store=theirs).abandons_at == at(60)


@settings(max_examples=tried(20, 50, 200))
@given(data=st.data())
def test_any_order_and_doubling_tells_it_once(data):
    told = [cart(minutes=minutes, total=80 + minutes) for minutes in (0, 10, 20)]
    shuffled = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=4))))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3).map(sorted))
    with transaction.atomic():
        store = store_with_rule()
        for start, end in pairwise([0, *cuts, len(shuffled)]):
            hear(store, *shuffled[start:end], now=at(21))
        counts = [tell(store, minutes) for minutes in (79, 80, 81, 300)]
        found = times()
        transaction.set_rollback(True)

    assert counts == [0, 1, 0, 0]
    assert found == [at(80)]
