"""A rule is tried out: the same answers as live, and nothing is kept or sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from connectors.models import Store
from connectors.types import Transition
from orchestrator.decide import rehearsing, samples
from orchestrator.decide.samples import Said
from rules import publish, registry
from rules.compiled import CompiledRule
from rules.models import Rule
from tests.orchestrator.admin import examples

pytestmark = pytest.mark.django_db
VIEWED = Transition.PRODUCT_VIEWED
NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return examples.store()


def compiled(store: Store, recipe: str, params: dict[str, Any] | None = None) -> CompiledRule:
    values = publish.check(recipe, params or {})
    return publish.compiled(Rule(store=store, name="Tried", recipe=recipe, params=values), mode="shadow")


def tried(store: Store, rule: CompiledRule, transition: Transition, **said: Any) -> rehearsing.Outcome:
    return rehearsing.sample(store, rule, transition, Said(**said), NOW)


def rows() -> dict[str, int]:
    return {each.__name__: each._default_manager.count() for each in apps.get_models() if each._meta.managed}


@pytest.mark.parametrize("transition", list(Transition))
def test_every_change_can_be_tried(store: Store, transition: Transition) -> None:
    rule = compiled(
        store, "custom", {"when": transition, "then": [{"action": "alert", "with": {"text": "Look"}}]}
    )
    before = rows()

    outcome = tried(store, rule, transition)

    assert outcome.change.transition is transition
    assert [(each.at, each.tool) for each in outcome.effects] == [(NOW, "Slack")]
    assert rows() == before


def test_a_view_is_of_a_product_and_by_somebody(store: Store) -> None:
    text = "{product.title} seen by {customer.email}, {product.stock} left"
    then = [{"action": "alert", "with": {"text": text}}]

    outcome = tried(store, compiled(store, "custom", {"when": "product.viewed", "then": then}), VIEWED)

    (effect,) = outcome.effects
    assert effect.arguments["text"] == f"Sample product seen by {samples.EMAIL}, {samples.ENOUGH} left"


@pytest.mark.parametrize("recipe", sorted(registry.all_recipes()))
def test_every_recipe_answers_every_change_it_hears(store: Store, recipe: str) -> None:
    rule = compiled(store, recipe)

    for transition in rehearsing.heard(rule):
        outcome = tried(store, rule, transition, orders_before=3)

        assert outcome.effects or outcome.noes, transition
        assert "recipe_failed" not in {no.reason for no in outcome.noes}


def test_each_condition_is_told_with_what_was_seen(store: Store) -> None:
    asked = {"all": [{"field": "ticket.channel", "op": "eq", "value": "chat"}]}
    rule = compiled(store, "custom", {"when": "ticket.opened", "if": asked, "then": []})

    outcome = tried(store, rule, Transition.TICKET_OPENED, channel="email")

    (no,) = outcome.noes
    assert no.reason == "conditions_not_met"
    assert no.seen["conditions"] == [
        {"field": "ticket.channel", "op": "eq", "value": "chat", "seen": "email", "passed": False}
    ]


def test_an_action_that_waits_is_told_with_its_time(store: Store) -> None:
    then = [{"action": "tag_ticket", "after": "PT2H", "with": {"tag": "late"}}]
    rule = compiled(store, "custom", {"when": "ticket.opened", "then": then})

    (effect,) = tried(store, rule, Transition.TICKET_OPENED).effects

    assert effect.at == NOW + timedelta(hours=2)


def test_the_request_is_told_word_for_word_and_without_the_key(store: Store) -> None:
    klaviyo = examples.healthy(store, "klaviyo")
    with_ = {"metric": "Tried", "properties": {"who": "{customer.email}"}}
    rule = compiled(
        store, "custom", {"when": "ticket.opened", "then": [{"action": "send_event", "with": with_}]}
    )

    (effect,) = tried(store, rule, Transition.TICKET_OPENED).effects

    assert effect.is_connected
    assert effect.call is not None
    assert (effect.call.method, effect.call.url.partition("?")[0]) == (
        "POST",
        "https://a.klaviyo.com/api/events",
    )
    assert samples.EMAIL in json.dumps(json.loads(effect.call.body))
    assert klaviyo.credentials()["private_key"] not in repr(effect)


def test_a_tool_that_is_not_connected_is_named(store: Store) -> None:
    rule = compiled(
        store, "custom", {"when": "ticket.opened", "then": [{"action": "tag_ticket", "with": {"tag": "x"}}]}
    )

    (effect,) = tried(store, rule, Transition.TICKET_OPENED).effects

    assert (effect.tool, effect.is_connected) == ("Gorgias", False)


def test_a_sequence_is_told_step_by_step(store: Store) -> None:
    rule = compiled(store, "cart_recovery")

    outcome = tried(store, rule, Transition.CART_ABANDONED, amount=Decimal(250), orders_before=2, stock=3)

    told = [(each.step, each.at - NOW) for each in outcome.effects]
    hours = [timedelta(), timedelta(hours=23), timedelta(hours=71)]
    assert told == [("", timedelta()), *zip(("email", "text", "offer"), hours, strict=True)]
    assert outcome.effects[1].call is not None
    assert '"value_branch"' in outcome.effects[1].call.body or "personal" in outcome.effects[1].call.body


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"has_ticket": True}, "ticket_open"),
        ({"accepts": False}, "consent_withdrawn"),
        ({"currency": "CHF"}, "no_threshold_for_currency"),
    ],
)
def test_what_speaks_against_it_is_named(store: Store, said: dict[str, Any], reason: str) -> None:
    outcome = tried(store, compiled(store, "cart_recovery"), Transition.CART_ABANDONED, stock=9, **said)

    assert [no.reason for no in outcome.noes] == [reason]
    assert outcome.effects == ()


def test_what_the_rule_does_not_hear_has_no_answer(store: Store) -> None:
    outcome = tried(store, compiled(store, "ticket_hold"), Transition.ORDER_PLACED)

    assert (outcome.effects, outcome.noes) == ((), ())


def test_a_follow_up_is_told_with_what_it_would_recommend(store: Store) -> None:
    outcome = tried(store, compiled(store, "post_purchase"), Transition.ORDER_PAID)

    begins, event = outcome.effects
    later = timedelta(hours=20 + 2)  # and two until it is quiet no more
    assert (begins.step, event.step, event.at - NOW) == ("", "follow_up", later)
    assert event.call is not None
    assert "Another product" in event.call.body


def test_what_waits_for_the_customers_morning_is_told_with_its_hour(store: Store) -> None:
    then = [
        {"action": "send_event", "with": {"metric": "Thanks"}},
        {"action": "set_property", "with": {"name": "Last order", "value": "{order.number}"}},
        {"action": "send_event", "with": {"metric": "More"}},
    ]
    paced = {"quiet_from": "15:00", "quiet_to": "08:00", "most_per_day": 1}
    rule = compiled(store, "custom", {"when": "order.placed", "then": then, **paced})

    thanks, known, more = tried(store, rule, Transition.ORDER_PLACED, country="JP").effects

    morning = datetime(2026, 11, 26, 23, tzinfo=UTC)  # eight o'clock in Japan
    assert [each.at for each in (thanks, known, more)] == [morning, NOW, morning + timedelta(days=1)]
    assert thanks.turn is not None
    assert (thanks.turn.reason, thanks.turn.zone) == ("quiet_hours", "Asia/Tokyo")
    assert more.turn is not None
    assert more.turn.reason == "sent_enough"
    assert known.turn is None


def test_steps_behind_one_that_waits_keep_their_distance(store: Store) -> None:
    rule = compiled(store, "cart_recovery", {"beside_native_flow": True, "quiet_from": "14:00"})

    told = tried(store, rule, Transition.CART_ABANDONED, country="JP", stock=9).effects

    at = {each.step: each.at for each in told if each.step}
    assert at["email"] == datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert at["text"] == at["email"] + timedelta(hours=24)  # 23 would be seven o'clock
    assert at["offer"] == at["text"] + timedelta(hours=48)
