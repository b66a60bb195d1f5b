"""What recipes need in the marketing tool, and drafts that show what their events really hold."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.klaviyo import markup
from connectors.types import Mailing, Segment
from connectors.vendors.klaviyo import letters
from rules import registry, setting_up
from tests.rules.recipes import test_cart_recovery as carts
from tests.rules.recipes import test_post_purchase as orders

EVENTS = {
    "cart_recovery": {
        step: carts.taken(carts.left(orders=2, stock=3), step) for step in ("email", "text", "offer")
    },
    "post_purchase": {"follow-up": orders.sent(orders.paid())},
}
SENT = [(recipe, step, event) for recipe, steps in EVENTS.items() for step, event in steps.items()]
TAGGED = {
    "action": "send_event",
    "with": {"metric": "Tagged {% x", "properties": {"tag": "a", "Odd name": 1}},
}


def mailing(recipe: str, step: str) -> Mailing:
    found = setting_up.things(recipe, {})
    return next(each for each in found.values() if isinstance(each, Mailing) and each.metric.endswith(step))


@pytest.mark.parametrize(
    ("recipe", "step", "event"), SENT, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_example_of_an_event_has_what_events_have(recipe: str, step: str, event: dict[str, Any]) -> None:
    assert mailing(recipe, step).sample.keys() == event.keys()


@pytest.mark.parametrize(
    ("recipe", "step", "event"), SENT, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_draft_shows_what_an_event_holds(recipe: str, step: str, event: dict[str, Any]) -> None:
    about = mailing(recipe, step)

    shown = markup.render((letters.sms if about.channel == "sms" else letters.html)(about), event)

    wanted = {
        "email": ("Shirt", "Only 3 left.", "Shipping is free.", "https://s.test/c"),
        "text": ("https://s.test/c",),
        "offer": ("Your code: BACK",),
        "follow-up": ("#1001", "Shoes", "Shoe 11"),
    }
    assert [each for each in wanted[step] if each not in shown] == []


@pytest.mark.parametrize(
    ("recipe", "params", "keys"),
    [
        (
            "cart_recovery",
            {"text_after_hours": 0},
            ["event:Cart recovery: email", "event:Cart recovery: offer"],
        ),
        ("vip", {"marketing_property": ""}, []),
        ("order_status", {"marketing_property": ""}, []),
        ("region_routing", {}, []),
        (
            "region_routing",
            {"regions": {"US": "East", "DE": "Europe"}, "default_region": "East"},
            ["segment:Region: East", "segment:Region: Europe"],
        ),
        ("custom", {"when": "ticket.opened", "then": [TAGGED, TAGGED]}, ["event:Tagged {% x"]),
        ("custom", {"when": "nonsense"}, []),
        ("ticket_hold", {}, []),
        ("telegram", {}, []),
    ],
)
def test_what_is_needed_follows_from_the_parameters(
    recipe: str, params: dict[str, Any], keys: list[str]
) -> None:
    assert list(setting_up.things(recipe, params)) == keys


@pytest.mark.parametrize("recipe", registry.all_recipes())
def test_nothing_is_needed_twice_and_every_draft_can_be_read(recipe: str) -> None:
    for each in setting_up.things(recipe, {}).values():
        assert isinstance(each, Mailing | Segment)
        if isinstance(each, Mailing):
            assert each.channel in ("email", "sms")
            assert markup.render(letters.html(each), dict(each.sample))
            assert markup.render(letters.plain(each), {})


def test_what_staff_named_is_shown_but_an_odd_name_is_left_to_them() -> None:
    (found,) = setting_up.things("custom", {"when": "ticket.opened", "then": [TAGGED]}).values()
    assert isinstance(found, Mailing)

    shown = markup.render(letters.html(found), {"tag": "<b>"})

    assert "tag: &lt;b&gt;" in shown
    assert "Odd name" not in shown
    assert not found.is_needed
