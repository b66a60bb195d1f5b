"""A wrong rule by staff is told what is wrong, and where."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from connectors.types import Transition
from rules import params, publish, registry, vocabulary
from rules.recipes import custom
from tests.rules.actions.test_everywhere import told
from tests.rules.recipes.test_custom import CHAT, HELLO


def complaint(**values: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        params.clean(registry.recipe("custom"), values)
    return caught.value.message_dict


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"then": [HELLO]}, "when", "Is missing: name the change that starts this rule."),
        ({"if": CHAT}, "when", "Is missing: name the change that starts this rule."),
        ({"when": "ticket.open"}, "when", "“ticket.open” is no change. Use one of ticket.opened, "),
        ({"if": {"all": [{"field": "x"}]}}, "if", "all[1]: There is no field “x”. Known: order.id, "),
        ({"then": HELLO}, "then", "Needs a list of actions, not names and values."),
        ({"then": ["tag"]}, "then", "Action 1: an action is {action, after, unless, with}, not “tag”."),
        ({"then": [HELLO, {"action": "tag"}]}, "then", "Action 2: There is no action “tag”. Known actions: "),
        ({"then": [{"with": {}}]}, "then", "Action 1: “action” needs an action's name, not nothing."),
        (
            {"then": [{**HELLO, "wait": 1}]},
            "then",
            "Action 1: “wait” is unknown; use action, after, unless, with.",
        ),
        ({"then": [{**HELLO, "after": 7}]}, "then", "Action 1: “after” needs a waiting time such as PT2H, "),
        ({"then": [{**HELLO, "after": "2h"}]}, "then", "Action 1: “2h” is not a waiting time. "),
        ({"then": [{"action": "tag_ticket"}]}, "then", "Action 1 (tag_ticket): tag: Is missing or empty."),
        (
            {"then": [{"action": "tag_ticket", "with": {"tag": 7}}]},
            "then",
            "Action 1 (tag_ticket): tag: Needs a text, not the number 7.",
        ),
        (
            {"then": [{"action": "tag_ticket", "with": {"tag": "a", "colour": "red"}}]},
            "then",
            "Action 1 (tag_ticket): colour: There is no parameter “colour”. Allowed: tag.",
        ),
        (
            {"then": [{"action": "set_priority", "with": {"priority": "urgent"}}]},
            "then",
            "Action 1 (set_priority): priority: “urgent” is no priority; use one of low, normal, ",
        ),
        (
            {"then": [{"action": "alert", "with": {"text": "{ticket.colour}"}}]},
            "then",
            "Action 1 (alert): {ticket.colour} stands for nothing. Known: ",
        ),
        ({"then": [HELLO] * 21}, "then", "There are more than 20 actions."),
        (
            {"then": [{**HELLO, "unless": {"field": "ticket.channel", "op": "gt", "value": 1}}]},
            "then",
            "Action 1 (tag_ticket): unless: ticket.channel can be asked eq, ne, in, not_in, contains, ",
        ),
        (
            {"then": [{**HELLO, "unless": {"all": [{"any": 7}]}}]},
            "then",
            "Action 1 (tag_ticket): unless: all[1]: “any” needs a list of conditions, not the number 7.",
        ),
        ({"then": [{**HELLO, "unless": {}}]}, "then", "Action 1 (tag_ticket): unless: Needs a condition;"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(values, name, sentence):
    found = complaint(**({} if name == "when" else {"when": "ticket.opened"}), **values)

    assert list(found) == [name]
    assert found[name][0].startswith(sentence)


def refused(**values: Any) -> dict[str, list[str]]:
    """When it is saved; a version that was published before goes on."""
    params.clean(registry.recipe("custom"), values)
    with pytest.raises(ValidationError) as caught:
        publish.check("custom", values)
    return caught.value.message_dict


def test_a_field_that_the_change_can_never_tell_is_refused_when_saved():
    total = {"field": "order.total", "op": "gt", "value": 50}

    told = refused(when="ticket.opened", **{"if": {"any": [total, CHAT]}})

    assert told == {
        "if": ["“order.total” can never be known when a ticket is opened; fields of ticket and customer can."]
    }


def test_texts_and_exits_are_looked_at_too():
    exit_ = {"field": "customer.is_held", "op": "eq", "value": True}
    alert = {"action": "alert", "after": "PT1H", "with": {"text": "{cart.total}"}, "unless": exit_}

    told = refused(when="product.changed", then=[alert])

    assert told == {
        "then": [
            "Action 1 (alert): “cart.total” and “customer.is_held” can never be known when a product "
            "changes; fields of product can."
        ]
    }


@pytest.mark.parametrize("when", Transition)
def test_what_a_change_can_tell_is_what_the_facts_of_it_hold(when):
    for field in vocabulary.FIELDS.values():
        asked = {"field": field.name, "op": "exists", "value": True}
        known = not custom.complaints(params.clean(registry.recipe("custom"), {"when": when, "if": asked}))
        assert known == (getattr(told(when), vocabulary.PARTS.get(field.part, field.part)) is not None)


def test_a_percentage_of_nothing_that_is_known_takes_no_cap_in_money():
    code = {"action": "create_discount", "with": {"code": "SORRY-{ticket.id}", "worth": "10%"}}

    told = complaint(when="ticket.closed", then=[code], most_worth_per_month={"USD": 100})

    assert told == {"most_worth_per_month": [custom.UNKNOWN_COST]}
