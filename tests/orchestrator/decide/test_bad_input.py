"""What storefronts tell that does not fit: nobody to write to, unknown currencies, late edits, merges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.models import Store
from connectors.types import Money, Person
from orchestrator.models import Attention, Customer, Enrolment, OutboxAction, RunLogEntry, Suppression
from tests import scene
from tests.orchestrator.decide.shop import cart, hear, order, record, shop, transitions, usd
from tests.orchestrator.decide.test_numbers import numbers
from tests.orchestrator.decide.test_steps import DAY, HOUR, furnished, pass_time, told
from tests.scene import at, ticket

pytestmark = pytest.mark.django_db

BEN = Person(id="9002", name="Ben", emails=("ben@shop.test",))
ADDRESSES = ("ana@shop.test", "ben@shop.test")


def test_an_order_edited_after_its_delivery_happens_once_and_its_spend_is_corrected():
    store = shop()
    done = {"is_paid": True, "is_fulfilled": True}
    hear(store, record(), order(total=50, **done))
    before = transitions()
    spent = numbers(store, order())

    hear(store, *[order(minutes=90, total=35, **done)] * 2)
    hear(store, order(total=50, **done), now=at(91))

    assert [each for each in before if each.startswith("order.")] == [
        "order.placed",
        "order.paid",
        "order.fulfilled",
    ]
    again = transitions()[len(before) :]
    assert not {"order.placed", "order.paid", "order.fulfilled"} & set(again)
    assert (spent, numbers(store, order())) == ((1, usd(50).amount), (1, usd(35).amount))


def test_an_amount_in_a_currency_never_seen_decides_nothing_in_a_custom_rule_and_a_person_is_told():
    store = shop()
    step = {"action": "send_event", "with": {"metric": "Cart", "properties": {}}}
    above = {"field": "cart.total", "op": "gt", "value": {"USD": "10"}}
    params: dict[str, Any] = {"when": "cart.changed", "if": above, "then": [step]}
    scene.live_rule(store, "custom", **params)

    hear(store, record(), replace(cart(), total=Money(Decimal(80), "ISK")))

    assert not OutboxAction.objects.exists()
    assert RunLogEntry.objects.filter(code="condition_unreadable").exists()
    assert "custom live" in Attention.objects.open().get(code="condition_unreadable").sentence


def two_customers() -> Store:
    store = shop()
    scene.live_rule(store)
    hear(store, record(), record(9002, person=BEN))
    return store


@pytest.mark.parametrize("email", ADDRESSES)
def test_a_hold_outlives_the_merge_of_its_customer_and_ends_with_its_ticket(email):
    store = two_customers()
    scene.hear(store, ticket(email=email, minutes=1), now=at(1))
    assert email in scene.held(store)

    hear(store, record(9001, minutes=5, is_gone=True, merged_into="9002", person=Person(id="9001")))
    while_open = scene.held(store)
    scene.hear(store, ticket(email=email, minutes=10, is_open=False), now=at(10))

    assert "customer.merged" in transitions()
    assert email in while_open
    assert scene.held(store) == scene.wanted_on_list(store) == set()
    assert not Suppression.objects.filter(closed_because="").exists()


@pytest.mark.parametrize("gone", ["9001", "9002"])
def test_a_sequence_goes_on_once_with_the_person_who_survives_a_merge(gone):
    left = {"9001": "9002", "9002": "9001"}[gone]
    store = furnished()
    hear(store, record(9002, person=BEN, sms_consent="subscribed", email_consent="subscribed"), cart())
    pass_time(store, HOUR)

    hear(store, record(int(gone), minutes=100, is_gone=True, merged_into=left, person=Person(id=gone)))
    pass_time(store, DAY, DAY + 1, 3 * DAY, 3 * DAY + 1)

    row = Enrolment.objects.get()
    assert (row.state, row.customer_id) == ("done", Customer.objects.get().pk)
    assert [metric for metric, _ in told()] == [
        f"Cart recovery: {each}" for each in ("email", "text", "offer")
    ]
