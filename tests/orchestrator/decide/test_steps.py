"""Sequences: begun once, each step decided when it is due and again before it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.models import Connection, Store
from connectors.types import LineItem, Person
from orchestrator.decide import abandoned, due, steps
from orchestrator.models import Attention, Enrolment, OutboxAction, RunLogEntry
from rules import publish
from rules.models import Rule
from tests import scene
from tests.orchestrator.decide.shop import cart, hear, is_fresh, order, product, record, shop
from tests.scene import at

pytestmark = pytest.mark.django_db

HOUR, DAY = 60, 24 * 60
SHIRT = LineItem(product_id="7", variant_id="71", title="Linen shirt", quantity=1)
ALWAYS = {"quiet_from": "", "quiet_to": ""}


def furnished(**params: Any) -> Store:
    store = shop()
    scene.live_rule(store, "cart_recovery", **{**ALWAYS, **params})
    hear(store, product(stock=10), record(sms_consent="subscribed", email_consent="subscribed"))
    return store


def pass_time(store: Store, *minutes: float) -> None:
    """Nothing new happens at the vendors: what we know was read just now."""
    for each in minutes:
        is_fresh(store, each)
        account = Connection.objects.filter(store=store, vendor="klaviyo")
        account.update(resources={"cart_flows": [], "cart_flows_at": at(each).isoformat()})
        abandoned.tell(store, at(each))
        steps.advance(store, at(each))


def told() -> list[tuple[str, dict[str, Any]]]:
    rows = OutboxAction.objects.order_by("planned_for", "pk")
    found = [json.loads(row.arguments) for row in rows]
    return [(each["metric"], each["properties"]) for each in found]


def enrolment() -> Enrolment:
    return Enrolment.objects.get()


def test_each_step_comes_when_it_is_due_and_the_sequence_is_over_after_the_last():
    store = furnished(offer_code="BACK10")
    hear(store, cart(total=150, items=(SHIRT,)), cart(total=150, items=(SHIRT,)))

    pass_time(store, 59, HOUR, HOUR + 1, DAY - 1, DAY, 3 * DAY, 3 * DAY + 1)

    assert [metric for metric, _ in told()] == [
        f"Cart recovery: {each}" for each in ("email", "text", "offer")
    ]
    assert [each["discount_code"] for _, each in told()] == ["", "", "BACK10"]
    assert [row.planned_for for row in OutboxAction.objects.order_by("pk")] == [at(60), at(DAY), at(3 * DAY)]
    assert enrolment().state == "done"
    assert RunLogEntry.objects.filter(code="sequence_finished").count() == 1


def test_a_cart_that_is_left_twice_is_one_sequence_while_that_runs():
    store = furnished()
    hear(store, cart())
    pass_time(store, HOUR)
    hear(store, cart(minutes=90, total=90))
    hear(store, cart(2, minutes=91))

    pass_time(store, 200)

    assert Enrolment.objects.count() == 1
    reasons = {
        each["reason"]
        for row in RunLogEntry.objects.filter(code="decided_no")
        for each in row.details["noes"]
    }
    assert {"enrolled_already", "another_running"} <= reasons


@pytest.mark.parametrize(
    ("news", "reason"),
    [
        (lambda: cart(minutes=100, bought_at=at(100)), "bought"),
        (lambda: order(minutes=100, placed_at=at(100)), "bought_meanwhile"),
        (lambda: product(minutes=100, stock=0), "item_gone"),
        (lambda: product(minutes=100, is_gone=True), "item_gone"),
        (lambda: record(minutes=100, email_consent="unsubscribed"), "consent_withdrawn"),
        (lambda: cart(minutes=100, is_gone=True), "cart_gone"),
    ],
)
def test_what_speaks_against_it_ends_it_and_is_named(news, reason):
    store = furnished()
    hear(store, cart(items=(SHIRT,)))
    pass_time(store, HOUR)
    hear(store, news())

    pass_time(store, DAY, 3 * DAY)

    assert (enrolment().state, enrolment().ended_because) == ("ended", reason)
    assert len(told()) == 1
    assert RunLogEntry.objects.get(code="sequence_ended").details["reason"] == reason


def test_a_ticket_that_is_open_ends_it():
    store = furnished()
    hear(store, cart())
    scene.hear(store, scene.ticket(minutes=10), now=at(10))

    pass_time(store, HOUR)

    assert not Enrolment.objects.exists()
    scene.hear(store, scene.ticket(minutes=70, is_open=False), now=at(70))
    hear(store, cart(3, minutes=71))
    pass_time(store, 71 + HOUR)
    scene.hear(store, scene.ticket(556, minutes=140), now=at(140))
    pass_time(store, 80 + DAY)
    assert enrolment().ended_because == "ticket_open"


def test_who_is_found_to_be_one_person_has_one_sequence_and_it_follows_them():
    store = furnished()
    other = Person(emails=("anna@home.test",))
    hear(store, cart(), cart(2, minutes=1, customer=other))
    pass_time(store, 61)
    both = Person(id="9001", name="Ana", emails=("ana@shop.test", "anna@home.test"))
    hear(store, record(minutes=100, person=both, sms_consent="subscribed"))

    pass_time(store, DAY + 1)

    assert len({row.customer_id for row in Enrolment.objects.all()}) == 1
    found = dict(Enrolment.objects.values_list("reference", "ended_because"))
    assert found == {"shopify:cart:1": "", "shopify:cart:2": "another_running"}


def test_an_order_under_another_address_of_the_person_ends_it_one_second_before_it_is_sent():
    store = furnished()
    hear(store, cart(items=(SHIRT,)))
    pass_time(store, HOUR)
    both = Person(id="9001", name="Ana", emails=("ana@shop.test", "anna@home.test"))
    bought = order(minutes=60, placed_at=at(60), customer=Person(emails=("anna@home.test",)))

    hear(store, record(minutes=60, person=both), bought)
    due.dispatch(scene.connection(store, "klaviyo"), at(60.02))

    row = OutboxAction.objects.get()
    assert (row.state, row.because) == ("skipped", "the customer has ordered since")


def test_the_branch_is_the_one_that_is_right_when_it_is_sent():
    store = furnished()
    hear(store, order(1, minutes=-600, placed_at=at(-600)), cart(total=150, items=(SHIRT,)))
    pass_time(store, HOUR)
    assert told()[0][1]["left"] is None

    hear(store, product(minutes=60, stock=3))
    due.dispatch(scene.connection(store, "klaviyo"), at(60.02))

    assert (told()[0][1]["left"], told()[0][1]["free_shipping"]) == (3, True)


def test_at_night_it_waits_for_the_morning_and_later_steps_keep_their_distance():
    store = furnished(quiet_from="10:00", quiet_to="16:00")  # the story begins at nine
    hear(store, cart())

    pass_time(store, HOUR, 2 * HOUR)
    assert not told()
    pass_time(store, 7 * HOUR)

    assert len(told()) == 1
    assert enrolment().planned_for == at(7 * HOUR + 23 * HOUR)
    entry = RunLogEntry.objects.get(code="step_deferred")
    assert (entry.details["timezone"], entry.details["reason"]) == ("UTC", "quiet_hours")


def test_who_has_heard_enough_waits():
    store = furnished(most_per_day=1)
    hear(store, cart())

    pass_time(store, HOUR, DAY, DAY + HOUR)

    assert [row.planned_for for row in OutboxAction.objects.order_by("pk")] == [at(HOUR), at(DAY + HOUR)]


def test_more_than_a_day_late_a_step_is_left_out_and_the_next_one_comes():
    store = furnished()
    hear(store, cart())
    pass_time(store, HOUR)

    pass_time(store, 2 * DAY + 1, 3 * DAY)

    assert [metric for metric, _ in told()] == ["Cart recovery: email", "Cart recovery: offer"]
    assert RunLogEntry.objects.get(code="step_skipped").details["step"] == "text"


def test_a_run_in_flight_stays_on_its_version_and_waits_while_the_rule_is_paused():
    store = furnished()
    hear(store, cart())
    pass_time(store, HOUR)
    rule = Rule.objects.get()
    rule.params = {**ALWAYS, "text_after_hours": 30}
    rule.save()
    publish.set_mode(rule, "live", now=at(70))
    publish.set_mode(rule, "paused", now=at(80))

    pass_time(store, DAY)
    assert len(told()) == 1
    publish.set_mode(rule, "live", now=at(DAY + 1))
    pass_time(store, DAY + 2)

    assert len(told()) == 2


def test_a_currency_without_amounts_is_no_no_but_shown():
    store = furnished()
    hear(store, cart(total=80))
    pass_time(store, HOUR)
    rule = Rule.objects.get()
    assert rule.version is not None
    type(rule.version).objects.update(
        params={**rule.version.params, "personal_above": {"EUR": "1"}, "generic_below": {"EUR": "1"}}
    )

    pass_time(store, DAY)

    assert (enrolment().state, enrolment().due_at) == ("waiting", at(DAY + 5))
    assert Attention.objects.get().code == "condition_unreadable"


def test_what_cannot_be_read_now_waits_and_is_shown():
    store = furnished()
    hear(store, cart())
    pass_time(store, HOUR)

    steps.advance(store, at(DAY))  # what we know is a day old, and no storefront answers

    assert enrolment().due_at > at(DAY)
    assert len(told()) == 1
    assert Attention.objects.filter(code="condition_unreadable").exists()


def test_a_version_that_no_longer_fits_ends_nothing_but_is_shown():
    store = furnished()
    hear(store, cart(total=80))
    pass_time(store, HOUR)
    version = Rule.objects.get().version
    assert version is not None
    type(version).objects.update(params={**version.params, "text_after_hours": "soon"})

    pass_time(store, DAY)
    waiting = (enrolment().state, enrolment().due_at)
    type(version).objects.update(params=version.params)  # the next release takes them again
    pass_time(store, DAY + 5)

    assert waiting == ("waiting", at(DAY + 5))
    assert RunLogEntry.objects.get(code="condition_unreadable").details["seen"]["why"]
    assert [metric for metric, _ in told()] == ["Cart recovery: email", "Cart recovery: text"]
