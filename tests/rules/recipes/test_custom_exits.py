"""An action's own exit: asked when it is sent, for that action alone, and told with what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from rules import engine, params
from rules.decision import Decision, Message, No
from rules.facts import Facts
from tests.rules.examples import CUSTOMER, ORDER, facts, rule, ticket

CLOSED = {"field": "ticket.status", "op": "eq", "value": "closed"}
DEAR = {"field": "order.total", "op": "gt", "value": 100}
LATER = {"action": "tag_ticket", "after": "PT2H", "unless": CLOSED, "with": {"tag": "late"}}
AT_ONCE = {"action": "alert", "unless": DEAR, "with": {"text": "Small order"}}
PLAIN = {"action": "tag_ticket", "after": "PT2H", "with": {"tag": "seen"}}

OPEN, OVER = facts(ticket=ticket()), facts(ticket=ticket(is_open=False))


def decide(known: Facts, *then: dict[str, Any]) -> list[Any]:
    compiled = rule("custom", {"when": "ticket.opened", "then": list(then)})
    return list(compiled.recipe.decide(known, compiled.params))


def asked_when_due(known: Facts, key: str, *then: dict[str, Any], **fields: Any) -> Decision | No:
    return engine.still_wanted(
        rule("custom", {"when": "ticket.opened", "then": list(then)}, **fields), known, key
    )


def is_asked_again(answer: Any) -> bool:
    return isinstance(answer, Decision) and isinstance(answer.effect, Message) and answer.effect.recheck


def test_what_waits_is_planned_whatever_its_exit_says_now():
    (answer,) = decide(OVER, LATER)

    assert is_asked_again(answer)


def test_when_it_is_due_the_exit_is_asked_and_named_with_what_was_seen():
    answer = asked_when_due(OVER, "0:tag_ticket", LATER)

    assert isinstance(answer, No)
    assert (answer.reason, answer.is_unreadable) == ("exit_met", False)
    assert answer.seen["unless"] == [
        {"field": "ticket.status", "op": "eq", "value": "closed", "seen": "closed", "passed": True}
    ]


def test_an_exit_that_does_not_apply_lets_it_go_and_is_told_too():
    answer = asked_when_due(OPEN, "0:tag_ticket", LATER)

    assert isinstance(answer, Decision)
    assert [each["passed"] for each in answer.seen["unless"]] == [False]


def test_an_exit_is_of_its_action_alone():
    then = (LATER, PLAIN, {**LATER, "unless": DEAR})

    assert isinstance(asked_when_due(OVER, "1:tag_ticket", *then), Decision)
    unreadable = asked_when_due(OVER, "2:tag_ticket", *then)
    assert isinstance(unreadable, No)
    assert (unreadable.reason, unreadable.is_unreadable) == ("exit_unreadable", True)
    assert unreadable.seen["key"] == "2:tag_ticket"


def test_what_is_done_at_once_asks_its_exit_at_once_and_again_when_it_is_sent():
    (no,) = decide(facts(order=ORDER), AT_ONCE)
    (planned,) = decide(facts(), AT_ONCE)

    assert no.reason == "exit_met"
    assert is_asked_again(planned)  # it cannot be read yet: then it waits
    assert asked_when_due(facts(), "0:alert", AT_ONCE) == No(
        reason="exit_unreadable",
        seen={
            "key": "0:alert",
            "conditions": [],
            "unless": [{"field": "order.total", "op": "gt", "value": 100, "seen": None, "passed": None}],
        },
        is_unreadable=True,
    )


def test_the_conditions_of_the_rule_come_first():
    compiled = {"if": {"field": "customer.email", "op": "exists", "value": False}}
    found = rule("custom", {"when": "ticket.opened", "then": [LATER], **compiled})

    answer = engine.still_wanted(found, OVER, "0:tag_ticket")

    assert isinstance(answer, No)
    assert answer.reason == "conditions_not_met"


def test_an_exit_is_read_aloud_and_reads_back():
    written = {"when": "ticket.opened", "if": {"all": []}, "then": [LATER, PLAIN]}
    compiled = rule("custom", written)

    assert params.to_json(compiled.params) == written
    assert compiled.recipe.sentence(compiled.params) == (
        "When a ticket is opened, tag the ticket “late” 2 hours later (unless its status is “closed”) "
        "and tag the ticket “seen” 2 hours later."
    )


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("customer.open_tickets", {"customer.tickets"}),
        ("customer.open_returns", {"customer.returns"}),
        ("customer.spent", {"customer.record"}),
        ("product.sold_per_day", {"product.sales"}),
        ("customer.is_held", set()),
    ],
)
def test_what_an_exit_looks_at_is_wanted(field, wanted):
    unless = {"field": field, "op": "exists"}
    compiled = rule("custom", {"when": "ticket.opened", "then": [{**PLAIN, "unless": unless}]})

    assert compiled.recipe.wants(compiled.params) == wanted


def test_an_exit_sees_what_is_so_when_it_is_sent():
    unless = {"field": "customer.order_count", "op": "gt", "value": 4}
    step = {**PLAIN, "unless": unless}

    assert isinstance(asked_when_due(facts(), "0:tag_ticket", step), Decision)
    more = CUSTOMER.__class__(email=CUSTOMER.email, order_count=5)
    assert isinstance(asked_when_due(facts(customer=more), "0:tag_ticket", step), No)
