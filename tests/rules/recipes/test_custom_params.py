"""A wrong rule by staff is told what is wrong, and where."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rules import params, registry
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
        ({"if": {"all": [{"field": "x"}]}}, "if", "all[1]: There is no field “x”. Known: order.total, "),
        ({"then": HELLO}, "then", "Needs a list of actions, not names and values."),
        ({"then": ["tag"]}, "then", "Action 1: an action is {action, after, with}, not “tag”."),
        ({"then": [HELLO, {"action": "tag"}]}, "then", "Action 2: There is no action “tag”. Known actions: "),
        ({"then": [{"with": {}}]}, "then", "Action 1: “action” needs an action's name, not nothing."),
        ({"then": [{**HELLO, "wait": 1}]}, "then", "Action 1: “wait” is unknown; use action, after, with."),
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
    ],
)
def test_what_is_wrong_is_said_with_its_place(values, name, sentence):
    found = complaint(**({} if name == "when" else {"when": "ticket.opened"}), **values)

    assert list(found) == [name]
    assert found[name][0].startswith(sentence)
