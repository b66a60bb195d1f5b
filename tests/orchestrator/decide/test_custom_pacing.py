"""A rule by staff with quiet hours or a cap: what customers hear waits for them, and is never dropped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from connectors.models import Store
from orchestrator.decide import due
from orchestrator.decide.received import Received
from orchestrator.models import OutboxAction, RunLogEntry
from tests import scene
from tests.orchestrator.decide.shop import cart, hear, is_fresh, record, shop
from tests.orchestrator.decide.test_sending import deferred, other
from tests.scene import at

pytestmark = pytest.mark.django_db
State = OutboxAction.State
DAY = 24 * 60
EVENT = {"action": "send_event", "with": {"metric": "Cart", "properties": {}}}
TAG = {"action": "set_property", "with": {"name": "Has a cart", "value": True}}


def told(*then: dict[str, Any], country: Any = "", **params: Any) -> Store:
    """What staff ask for when Ana's cart changes; the story begins at nine."""
    store = shop()
    scene.live_rule(store, "custom", when="cart.changed", then=list(then or [EVENT]), **params)
    hear(store, record(country=country), cart())
    return store


def sends(store: Store, minutes: float) -> OutboxAction:
    """Nothing is known to have changed. What is to be sent meets no vendor here."""
    is_fresh(store, minutes)
    due.dispatch(scene.connection(store, "klaviyo"), at(minutes))
    return OutboxAction.objects.exclude(key__startswith="other:").latest("pk")


def test_a_rule_without_the_settings_writes_at_any_hour():
    store = told()

    sends(store, 0)

    assert deferred() == []


@pytest.mark.parametrize(
    ("country", "until", "source"),
    [
        ("", "2026-11-01T10:00Z", "client"),
        ("JP", "2026-11-02T01:00Z", "customer"),  # 18:00 there, and quiet until ten in the morning
    ],
)
def test_it_waits_for_the_morning_of_the_customers_own_clock(country, until, source):
    store = told(country=country, quiet_from="17:00", quiet_to="10:00")

    row = sends(store, 0)

    assert (row.state, row.due_at) == (State.WAITING, datetime.fromisoformat(until))
    assert row.planned_for == row.due_at
    assert deferred() == [("quiet_hours", source)]


def test_a_wait_that_ends_in_the_night_goes_on_until_the_morning():
    store = told({**EVENT, "after": "PT12H"}, quiet_from="20:00", quiet_to="08:00")

    row = sends(store, DAY / 2)

    assert (row.state, row.due_at) == (State.WAITING, at(DAY - 60))


def test_what_other_rules_wrote_counts_and_it_comes_when_that_is_a_day_ago():
    store = told(most_per_day=1)
    other(store, -30)

    row = sends(store, 0)

    assert (row.state, row.due_at) == (State.WAITING, at(DAY - 30))
    assert deferred() == [("sent_enough", "client")]
    sends(store, DAY - 30)
    assert len(deferred()) == 1


def test_two_messages_of_one_change_keep_the_cap_between_them():
    again = {**EVENT, "with": {"metric": "Cart again", "properties": {}}}
    store = told(EVENT, again, most_per_day=1)

    sends(store, 0)

    first, second = OutboxAction.objects.order_by("pk")
    assert second.due_at == first.planned_for + (at(DAY) - at(0))
    assert deferred() == [("sent_enough", "client")]


def test_what_the_customer_does_not_hear_waits_for_nothing():
    store = told(TAG, quiet_from="08:00", quiet_to="20:00", most_per_day=1)
    other(store, -30)

    sends(store, 0)

    assert deferred() == []


def test_what_was_true_in_the_evening_is_asked_again_in_the_morning():
    condition = {"field": "cart.is_bought", "op": "eq", "value": False}
    store = told(quiet_from="08:00", quiet_to="10:00", **{"if": condition})
    sends(store, 0)
    hear(store, cart(minutes=30, bought_at=at(30)))

    row = sends(store, 60)

    assert (row.state, row.because) == (State.SKIPPED, "its conditions do not hold")
    assert RunLogEntry.objects.filter(code="message_deferred").count() == 1


def test_what_strangers_without_an_address_heard_counts_for_nobody():
    store = shop()
    other(store, 1, subject="")
    other(store, 2, subject="ana@shop.test")

    received = Received(store.pk, ["", "ana@shop.test"], at(3))
    received.take("", at(3))

    assert received.times("") == []
    assert received.times("ana@shop.test") == [at(2)]
