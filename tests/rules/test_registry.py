"""Recipes and actions are found by their file's name."""

from __future__ import annotations

import pytest

from rules import registry


def test_recipes_are_found_by_name():
    assert {"custom", "ticket_hold"} <= set(registry.all_recipes())
    assert registry.recipe("ticket_hold").label == "Hold marketing while a ticket is open"
    assert ("ticket_hold", "Hold marketing while a ticket is open") in registry.recipe_choices()


def test_actions_are_found_by_name():
    known = set(registry.all_actions())

    assert known >= {
        "alert",
        "assign_team",
        "internal_note",
        "send_event",
        "set_priority",
        "set_property",
        "tag_customer",
        "tag_ticket",
        "untag_customer",
    }


def test_an_unknown_recipe_is_answered_with_the_known_ones():
    with pytest.raises(LookupError, match=r"no recipe “ticket_hlod”. Known recipes: .*custom, .*ticket_hold"):
        registry.recipe("ticket_hlod")


def test_an_unknown_action_is_answered_with_the_known_ones():
    with pytest.raises(LookupError, match=r"no action “tag”. Known actions: alert, .*tag_ticket"):
        registry.action("tag")


def test_a_stored_action_that_does_not_fit_is_a_value_error():
    with pytest.raises(ValueError, match="ticket_id"):
        registry.load_action("tag_ticket", '{"tag": "vip"}')
