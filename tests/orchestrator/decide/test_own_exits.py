"""What a waiting action is left out for, when that becomes so one second before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.models import Store
from orchestrator.act import outbox
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, RunLogEntry, Suppression
from rules import publish
from rules.models import Rule, RuleVersion
from tests import scene
from tests.orchestrator.decide.shop import cart, hear, is_fresh, order, parcel, record, shop
from tests.scene import at, ticket

pytestmark = pytest.mark.django_db

SENT = 120  # minutes
BEFORE = SENT - 1 / 60


def exit_of(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def told_later(unless: dict[str, Any] | None, when: str = "cart.changed") -> Store:
    """An event is planned for Ana, two hours after her cart changed."""
    store = shop()
    step = {"action": "send_event", "after": "PT2H", "with": {"metric": "Cart", "properties": {}}}
    scene.live_rule(store, "custom", when=when, then=[{**step, "unless": unless} if unless else step])
    hear(store, record(), cart())
    return store


def send(store: Store, minutes: float = SENT) -> None:
    """Nothing else happened at the vendors: what we know was read just now."""
    is_fresh(store, minutes)
    due.dispatch(scene.connection(store, "klaviyo"), at(minutes))


def bought(store: Store) -> None:
    hear(store, cart(minutes=BEFORE, bought_at=at(BEFORE)))


def ordered(store: Store) -> None:
    hear(store, order(minutes=BEFORE, placed_at=at(BEFORE)))


def wrote(store: Store) -> None:
    scene.hear(store, ticket(minutes=BEFORE, created_at=at(BEFORE)), now=at(BEFORE))


def sends_back(store: Store) -> None:
    hear(store, parcel(minutes=BEFORE))


def unsubscribes(store: Store) -> None:
    hear(store, record(minutes=BEFORE, email_consent="unsubscribed"))


def is_held(store: Store) -> None:
    rule = scene.live_rule(store)
    Suppression.objects.create(
        store=store,
        rule=rule,
        subject_kind="customer",
        subject="ana@shop.test",
        cause="ticket_hold",
        reference="gorgias:ticket:9",
        opened_at=at(BEFORE),
        source_at=at(BEFORE),
    )


EXITS = {
    "bought": (exit_of("cart.is_bought", "eq", True), bought, True),
    "ordered": (exit_of("customer.last_order_at", "newer_than", "P1D"), ordered, "2026-11-01T10:59:59Z"),
    "wrote": (exit_of("customer.open_tickets", "gt", 0), wrote, 1),
    "sends_back": (exit_of("customer.open_returns", "gte", 1), sends_back, 1),
    "unsubscribes": (exit_of("customer.email_consent", "eq", "unsubscribed"), unsubscribes, "unsubscribed"),
    "is_held": (exit_of("customer.is_held", "eq", True), is_held, True),
}


@pytest.mark.parametrize("name", EXITS)
def test_what_happens_one_second_before_it_is_sent_keeps_it_back_and_is_named(name):
    unless, happens, seen = EXITS[name]
    store = told_later(unless)
    happens(store)

    send(store)

    row = OutboxAction.objects.get()
    assert (row.state, row.because) == ("skipped", "what it is left out for is so now")
    details = RunLogEntry.objects.get(code="action_skipped").details
    assert details["reason"] == "exit_met"
    assert [(each["field"], each["seen"]) for each in details["seen"]["unless"]] == [(unless["field"], seen)]


@pytest.mark.parametrize("name", [each for each in EXITS if each != "unsubscribes"])
def test_without_it_the_action_is_on_its_way(name):
    store = told_later(EXITS[name][0])

    send(store)

    row = OutboxAction.objects.get()
    assert row.state != "skipped"
    assert "cannot be decided" not in row.because


def test_an_exit_that_cannot_be_read_lets_it_wait_and_a_person_is_told():
    store = told_later(exit_of("customer.email_consent", "eq", "unsubscribed"))

    send(store)

    row = OutboxAction.objects.get()
    assert (row.state, row.because) == (
        "waiting",
        "It cannot be decided (what it would be left out for could not be read).",
    )
    assert row.due_at >= at(SENT + 5)
    assert "left out for could not be read" in Attention.objects.get(code="condition_unreadable").sentence
    hear(store, record(minutes=SENT + 1, email_consent="unsubscribed"))
    send(store, SENT + 6)
    assert OutboxAction.objects.get().state == "skipped"


def test_who_waits_keeps_the_exit_of_their_version():
    store = told_later(exit_of("customer.open_tickets", "gt", 0))
    rule = Rule.objects.get()
    rule.params = {**rule.params, "then": [{"action": "alert", "with": {"text": "Other"}}]}
    rule.save()
    publish.set_mode(rule, "live", now=at(10))
    wrote(store)

    send(store)

    assert OutboxAction.objects.get().because == "what it is left out for is so now"


def test_texts_say_what_is_so_when_it_is_sent():
    store = shop()
    step = {"action": "set_property", "after": "PT2H", "with": {"name": "cart", "value": "{cart.total}"}}
    scene.live_rule(store, "custom", when="cart.recovered", then=[step])
    hear(store, cart(minutes=1, total=80, bought_at=at(0)))
    hear(store, cart(minutes=BEFORE, total=95, bought_at=at(0)))

    send(store)

    assert '"value":"95"' in OutboxAction.objects.get().arguments


def test_what_waits_on_a_version_that_no_longer_fits_waits_on_and_a_person_is_told():
    store = told_later(None)
    good = RuleVersion.objects.values_list("params", flat=True)[0]
    RuleVersion.objects.update(params={"when": "cart.changed", "then": [{"action": "send_pigeon"}]})

    send(store)

    row = OutboxAction.objects.get()
    assert (row.state, row.because) == (
        "waiting",
        "It cannot be decided (the settings of the rule do not fit any more).",
    )
    assert "settings of the rule do not fit" in Attention.objects.get(code="condition_unreadable").sentence
    RuleVersion.objects.update(params=good)  # the next release knows the action again
    send(store, SENT + 6)
    assert "cannot be decided" not in OutboxAction.objects.get().because


def test_what_a_rule_that_no_longer_fits_did_not_decide_is_recorded_and_shown():
    store = told_later(None)
    RuleVersion.objects.update(params={"when": "cart.changed", "then": [{"action": "send_pigeon"}]})

    hear(store, cart(2, minutes=5))

    entry = RunLogEntry.objects.get(code="rule_broken")
    assert (entry.kind, entry.outcome, entry.rule) == ("decision", "failed", "custom live")
    assert "There is no action “send_pigeon”" in entry.details["why"]
    assert "send_pigeon" in Attention.objects.get(code="rule_broken").sentence
    assert OutboxAction.objects.count() == 1


def test_nothing_is_left_claimed():
    store = told_later(exit_of("cart.is_bought", "eq", True))
    bought(store)

    send(store)

    assert outbox.claim(scene.connection(store, "klaviyo"), at(SENT + 1)) == []
