"""Rules by staff: when, if, then."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.types import Person, Transition
from rules import params
from rules.actions.alert import Alert
from rules.actions.assign_team import AssignTeam
from rules.actions.internal_note import InternalNote
from rules.actions.send_event import SendEvent
from rules.actions.set_priority import SetPriority
from rules.actions.set_property import SetProperty
from rules.actions.tag_ticket import TagTicket
from rules.decision import Decision, Message, No
from rules.facts import CustomerFacts, Facts
from tests.rules.examples import ANA, NOW, ORDER, facts, rule, ticket

CHAT = {"all": [{"field": "ticket.channel", "op": "eq", "value": "chat"}]}
HELLO = {"action": "tag_ticket", "with": {"tag": "hello"}}


def decide(known: Facts, *then: dict[str, Any], **values: Any) -> list[Any]:
    compiled = rule("custom", {"when": "ticket.opened", "then": list(then), **values})
    return list(compiled.recipe.decide(known, compiled.params))


def test_without_parameters_it_hears_nothing_and_says_so():
    empty = rule("custom")

    assert empty.hears == frozenset()
    assert empty.recipe.sentence(empty.params) == "This rule does nothing yet."


@pytest.mark.parametrize("transition", Transition)
def test_every_change_can_start_a_rule(transition):
    compiled = rule(
        "custom", {"when": transition.value, "then": [{"action": "alert", "with": {"text": "x"}}]}
    )

    assert compiled.hears == {transition}


@pytest.mark.parametrize(
    ("step", "action"),
    [
        (HELLO, TagTicket(ticket_id="555", tag="hello")),
        (
            {"action": "set_priority", "with": {"priority": "high"}},
            SetPriority(ticket_id="555", priority="high"),
        ),
        ({"action": "assign_team", "with": {"team": "Returns"}}, AssignTeam(ticket_id="555", team="Returns")),
        ({"action": "assign_team", "with": {"team": 42}}, AssignTeam(ticket_id="555", team="42")),
        (
            {"action": "internal_note", "with": {"text": "See {order.total}"}},
            InternalNote(ticket_id="555", text="See 120.50"),
        ),
        ({"action": "alert", "with": {"text": "Look at {ticket.tags}"}}, Alert(text="Look at Shipping")),
        (
            {
                "action": "send_event",
                "with": {"metric": "Seen", "properties": {"n": 1, "to": "{customer.name}"}},
            },
            SendEvent(metric="Seen", email=ANA, at=NOW, properties={"n": 1, "to": "Ana"}),
        ),
        (
            {"action": "send_event", "after": "P1D", "with": {"metric": "Seen"}},
            SendEvent(metric="Seen", email=ANA, at=NOW + timedelta(days=1)),
        ),
        (
            {"action": "set_property", "with": {"name": "waits", "value": False}},
            SetProperty(email=ANA, name="waits", value=False),
        ),
    ],
)
def test_each_action_is_built_from_its_arguments_and_the_facts(step, action):
    (answer,) = decide(facts(order=ORDER), step)

    assert isinstance(answer, Decision)
    assert isinstance(answer.effect, Message)
    assert answer.effect.action == action
    assert answer.effect.subject == ANA


def test_steps_have_keys_of_their_own_and_late_ones_are_asked_about_again():
    now_, later = (each.effect for each in decide(facts(), HELLO, {**HELLO, "after": "PT2H"}))

    assert (now_.key, now_.after, now_.recheck) == ("0:tag_ticket", timedelta(), False)
    assert (later.key, later.after, later.recheck) == ("1:tag_ticket", timedelta(hours=2), True)


def test_conditions_that_are_not_met_are_told_with_what_was_seen():
    (answer,) = decide(facts(), HELLO, **{"if": CHAT})

    assert answer == No(
        reason="conditions_not_met",
        seen={
            "conditions": [
                {"field": "ticket.channel", "op": "eq", "value": "chat", "seen": "email", "passed": False}
            ]
        },
    )


def test_conditions_that_are_met_are_told_too():
    (answer,) = decide(facts(ticket=ticket(channel="chat")), HELLO, **{"if": CHAT})

    assert isinstance(answer, Decision)
    assert answer.because == "conditions_met"
    assert answer.seen["conditions"][0]["passed"] is True


def test_a_condition_that_cannot_be_read_is_not_a_silent_no():
    spent = {"all": [{"field": "customer.spent", "op": "gt", "value": 500}]}
    known = facts(customer=CustomerFacts(email=ANA))

    (answer,) = decide(known, HELLO, **{"if": spent})

    assert isinstance(answer, No)
    assert (answer.reason, answer.is_unreadable) == ("condition_unreadable", True)


@pytest.mark.parametrize(
    ("step", "known", "reason", "is_unreadable"),
    [
        (HELLO, facts(ticket=None), "no_ticket", False),
        (
            {"action": "send_event", "with": {"metric": "Seen"}},
            facts(ticket=ticket(customer=Person()), customer=None),
            "no_email",
            False,
        ),
        (
            {"action": "alert", "with": {"text": "{order.total}"}},
            facts(order=None),
            "placeholder_unreadable",
            True,
        ),
    ],
)
def test_an_action_that_lacks_what_it_needs_says_no_and_others_go_on(step, known, reason, is_unreadable):
    no, yes = decide(known, step, {"action": "alert", "with": {"text": "Look"}})

    assert isinstance(no, No)
    assert (no.reason, no.is_unreadable) == (reason, is_unreadable)
    assert no.seen["key"].startswith("0:")
    assert isinstance(yes, Decision)


def test_a_rule_without_actions_says_so():
    (answer,) = decide(facts())

    assert isinstance(answer, No)
    assert answer.reason == "no_action"


def test_the_ticket_s_own_address_is_written_to_when_nobody_else_is_known():
    known = facts(customer=None)

    (answer,) = decide(known, {"action": "send_event", "with": {"metric": "Seen"}})

    assert answer.effect.action.email == ANA


def test_costly_details_are_asked_for_by_conditions_and_by_texts():
    asked = rule(
        "custom",
        {
            "when": "ticket.opened",
            "if": {"any": [{"field": "ticket.intents", "op": "contains", "value": "x"}]},
        },
    )
    written = rule(
        "custom",
        {"when": "ticket.opened", "then": [{"action": "alert", "with": {"text": "{ticket.intents}"}}]},
    )

    assert asked.recipe.wants(asked.params) == {"ticket.intents"}
    assert written.recipe.wants(written.params) == {"ticket.intents"}


@pytest.mark.parametrize(("field", "wanted"), [("spent", {"customer.record"}), ("email", set())])
def test_what_the_storefront_knows_of_a_customer_is_wanted_by_who_looks_at_it(field, wanted):
    asked = rule("custom", {"when": "ticket.opened", "if": {"field": f"customer.{field}", "op": "exists"}})

    assert asked.recipe.wants(asked.params) == wanted


def test_it_reads_as_one_sentence_with_every_condition_and_action():
    late = {"action": "send_event", "after": "PT2H", "with": {"metric": "Ticket followed up"}}
    compiled = rule("custom", {"when": "ticket.opened", "if": CHAT, "then": [HELLO, late]})

    assert compiled.recipe.sentence(compiled.params) == (
        "When a ticket is opened and its channel is “chat”, tag the ticket “hello” "
        "and send the marketing event “Ticket followed up” 2 hours later."
    )


def test_a_rule_reads_back_as_it_was_written():
    written = {
        "when": "order.placed",
        "if": {"any": [{"field": "order.total", "op": "gte", "value": 99.5}, CHAT]},
        "then": [{"action": "alert", "after": "PT90M", "with": {"text": "Look"}}],
    }

    assert params.to_json(rule("custom", written).params) == written


def test_amounts_in_what_was_seen_are_exact():
    big = {"all": [{"field": "order.total", "op": "gt", "value": "120.5"}]}

    (answer,) = decide(facts(order=ORDER), HELLO, **{"if": big})

    assert Decimal(answer.seen["conditions"][0]["seen"]) == ORDER.total
