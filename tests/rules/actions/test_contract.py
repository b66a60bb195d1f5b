"""What every action keeps, whoever writes it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.exceptions import ValidationError

from connectors.roles import Chat, Helpdesk, Marketing, Storefront
from rules import params, registry
from rules.actions.base import AnyAction, Missing
from rules.facts import ReturnFacts
from tests.rules.actions.platforms import listening
from tests.rules.examples import NOW, ORDER, facts

ARGUMENTS: dict[str, dict[str, Any]] = {
    "alert": {"text": "Look"},
    "assign_team": {"team": "Returns"},
    "attach_label": {"url": "https://shop.test/label.pdf"},
    "create_discount": {"code": "THANKS-{order.id}", "worth": "10%"},
    "internal_note": {"text": "VIP"},
    "reply": {"text": "Thank you."},
    "send_event": {"metric": "Seen", "properties": {"ids": [1, 2], "new": True}},
    "set_customer_field": {"name": "VIP", "value": "yes"},
    "set_priority": {"priority": "high"},
    "set_property": {"name": "waits", "value": [1, "a"]},
    "tag_customer": {"tag": "loyal"},
    "tag_order": {"tag": "rush"},
    "tag_ticket": {"tag": "vip"},
    "untag_customer": {"tag": "vip"},
    "untag_order": {"tag": "hold"},
    "untag_ticket": {"tag": "vip"},
}
ROLES: dict[str, Any] = {each.role: each for each in (Chat, Helpdesk, Marketing, Storefront)}

every_action = pytest.mark.parametrize("kind", registry.all_actions().values(), ids=lambda each: each.slug)


def built(kind: type[AnyAction]) -> AnyAction:
    known = facts(return_=ReturnFacts(id="3"), order=msgspec.structs.replace(ORDER, tags=("hold",)))
    action = kind.build(params.checked(kind.Arguments, ARGUMENTS[kind.slug]), known, NOW)
    assert isinstance(action, kind)
    return action


@every_action
def test_it_declares_itself_in_a_file_of_its_name(kind):
    assert Path(inspect.getfile(kind)).stem == kind.slug
    assert kind.label
    assert kind.role in ROLES


@every_action
def test_it_says_which_capability_it_takes_and_calls_nothing_else(kind):
    role = ROLES[kind.role]
    (asked,) = [each for each in role.offers if each.name == kind.asks]
    platform, called = listening(role)
    action = built(kind)

    kind.perform_many(platform, [(action, "key")])
    kind.perform_many(platform, [(action, "key"), (action, "key 2")], again=True)
    if kind.can_look:
        action.has_landed(platform, "key")

    assert called
    assert called <= set(asked.verbs)


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
    of_storefront = {"attach_label": "no_return", "tag_order": "no_order", "untag_order": "no_order"}
    missing = {
        "helpdesk": Missing("no_ticket"),
        "marketing": Missing("no_email"),
        "storefront": Missing(of_storefront.get(kind.slug, "no_record")),
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
