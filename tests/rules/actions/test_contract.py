"""What every action keeps, whoever writes it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from connectors.roles import Chat, Helpdesk, Marketing, Storefront
from rules import params, registry
from rules.actions.base import AnyAction, Missing
from rules.facts import ReturnFacts
from tests.rules.examples import NOW, facts

ARGUMENTS: dict[str, dict[str, Any]] = {
    "alert": {"text": "Look"},
    "assign_team": {"team": "Returns"},
    "attach_label": {"url": "https://shop.test/label.pdf"},
    "internal_note": {"text": "VIP"},
    "reply": {"text": "Thank you."},
    "send_event": {"metric": "Seen", "properties": {"ids": [1, 2], "new": True}},
    "set_customer_field": {"name": "VIP", "value": "yes"},
    "set_priority": {"priority": "high"},
    "set_property": {"name": "waits", "value": [1, "a"]},
    "tag_customer": {"tag": "loyal"},
    "tag_ticket": {"tag": "vip"},
    "untag_customer": {"tag": "vip"},
    "untag_ticket": {"tag": "vip"},
}
ROLES = {each.role for each in (Chat, Helpdesk, Marketing, Storefront)}

every_action = pytest.mark.parametrize("kind", registry.all_actions().values(), ids=lambda each: each.slug)


def built(kind: type[AnyAction]) -> AnyAction:
    known = facts(return_=ReturnFacts(id="3"))
    action = kind.build(params.checked(kind.Arguments, ARGUMENTS[kind.slug]), known, NOW)
    assert isinstance(action, kind)
    return action


@every_action
def test_it_declares_itself_in_a_file_of_its_name(kind):
    assert Path(inspect.getfile(kind)).stem == kind.slug
    assert kind.label
    assert kind.role in ROLES


@every_action
def test_it_is_stored_as_text_and_comes_back_the_same(kind):
    action = built(kind)

    slug, text = registry.store_action(action)

    assert registry.load_action(slug, text) == action


@every_action
def test_it_can_be_said_aloud(kind):
    assert built(kind).sentence()[0].isupper()
    assert kind.phrase(params.checked(kind.Arguments, ARGUMENTS[kind.slug]))[0].islower()


@every_action
def test_without_what_it_is_about_it_says_what_is_missing(kind):
    nobody = facts(ticket=None, customer=None)
    missing = {
        "helpdesk": Missing("no_ticket"),
        "marketing": Missing("no_email"),
        "storefront": Missing("no_return" if kind.slug == "attach_label" else "no_record"),
    }

    found = kind.build(params.checked(kind.Arguments, ARGUMENTS[kind.slug]), nobody, NOW)

    assert found == missing.get(kind.role, found)
    assert isinstance(found, Missing) is (kind.role in missing)


@every_action
def test_its_sentence_names_no_customer(kind):
    assert "@" not in built(kind).sentence()


@every_action
def test_it_refuses_arguments_that_it_does_not_know(kind):
    with pytest.raises(ValidationError, match="There is no parameter “colour”"):
        params.checked(kind.Arguments, {**ARGUMENTS[kind.slug], "colour": "red"})


@every_action
def test_it_refuses_to_be_without_what_it_needs(kind):
    with pytest.raises(ValidationError, match="Is missing or empty"):
        params.checked(kind.Arguments, {})


def test_what_is_repeated_after_a_doubt_is_known_for_each():
    flags = {slug: (kind.repeat_safe, kind.can_look) for slug, kind in registry.all_actions().items()}

    found_again = {"attach_label", "internal_note", "reply"}
    assert all(flags[slug] == (False, True) for slug in found_again)
    assert flags["alert"] == (False, False)
    assert all(flags[slug] == (True, False) for slug in set(ARGUMENTS) - found_again - {"alert"})
