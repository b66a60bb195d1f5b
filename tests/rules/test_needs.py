"""What rules need of a store's tools: derived from their parameters, and weighed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from connectors import capabilities, registry
from connectors.capabilities import Tool
from connectors.roles import Heard, Storefront
from connectors.types import Transition
from rules import needs, params
from rules import registry as rules
from rules.actions.base import Action
from rules.needs import Weight

KNOWN = registry.all_vendors()
TOOLS = {
    name: Tool(vendor=kind, topics=frozenset(topic for each in kind.tells.values() for topic in each.topics))
    for name, kind in KNOWN.items()
}
# Parameters with which a recipe does all it can, where its defaults do not.
FULLEST: dict[str, list[dict[str, Any]]] = {
    "cart_recovery": [{"offer_worth": "10%"}],
    "region_routing": [{"regions": {"US": "West"}, "teams": {"West": "Team West"}}],
    "return_hold": [{}, {"acknowledge": False, "label": "https://shop.test/label.pdf"}],
    "vip": [{"team": "Best"}],
    "custom": [
        {
            "when": "ticket.opened",
            "then": [
                {"action": "set_priority", "with": {"priority": "high"}},
                {"action": "send_event", "with": {"metric": "Seen"}},
                {"action": "create_discount", "with": {"code": "SORRY-{ticket.id}", "worth": "10%"}},
            ],
        }
    ],
}
PREDICTED = {
    "predicted_above": {"USD": "900"},
    **dict.fromkeys(("customer_tag", "marketing_property", "customer_field", "ticket_tag"), ""),
}
NO_MARKS = {"customer_tag": "", "priority": "", "ticket_tag": ""}
CODES = {"offer_worth": "10%", "beside_native_flow": True}
WITHOUT_RETURNS = {
    name: told for name, told in KNOWN["shopify"].tells.items() if not name.startswith("return.")
}


class Stall(Storefront):
    """A storefront without returns, labels and tags, as smaller ones are."""

    slug = "stall"
    label = "Stall"
    tells: ClassVar[Mapping[str, Heard]] = {
        **WITHOUT_RETURNS,
        Transition.CUSTOMER_MERGED: Heard(("merges",), is_polled=False),
    }
    lacks: ClassVar[Mapping[str, str]] = {"attach_label": "It has no returns.", "customer.tags": ""}


TOOLS["stall"] = Tool(vendor=Stall)
VENDORS = [*KNOWN.values(), Stall]

every_recipe = pytest.mark.parametrize("recipe", rules.all_recipes().values(), ids=lambda each: each.slug)


def gaps(recipe: str, tools: str, **values: Any) -> dict[str, str]:
    """``tools`` in one line; the weight and the sentence of each gap."""
    found = rules.recipe(recipe)
    told = needs.gaps(found, params.clean(found, values), [TOOLS[each] for each in tools.split()], VENDORS)
    return {each.sentence: each.weight.value for each in told}


def when(change: str, *then: str, **asked: Any) -> dict[str, Any]:
    arguments = {
        "attach_label": {"url": "https://shop.test/label.pdf"},
        "alert": {"text": "Look"},
        "tag_customer": {"tag": "loyal"},
    }
    return {"when": change, "then": [{"action": each, "with": arguments[each]} for each in then], **asked}


def looking_at(field: str) -> dict[str, Any]:
    return {"when": "ticket.opened", "if": {"field": field, "op": "in", "value": ["x"]}}


@every_recipe
def test_with_every_tool_and_its_webhooks_nothing_is_missing(recipe):
    values = params.clean(recipe, {})

    assert needs.gaps(recipe, values, list(TOOLS.values())) == []


@every_recipe
def test_what_it_asks_for_is_known(recipe):
    for values in FULLEST.get(recipe.slug, [{}]):
        names = needs.asked(recipe, params.clean(recipe, values)) - {*Transition}

        assert [each for each in names if capabilities.named(each) is None] == []


@every_recipe
def test_every_action_that_a_recipe_can_take_is_among_its_needs(recipe):
    """An action that its module names is one that it takes; with all switched on each is told."""
    named = {value.asks for value in vars(recipe).values() if _is_action(value)}

    told = {
        name
        for values in FULLEST.get(recipe.slug, [{}])
        for name in recipe.needs(params.clean(recipe, values))
    }

    assert named <= told


def _is_action(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Action) and hasattr(value, "asks")


@pytest.mark.parametrize(
    ("recipe", "values", "expected"),
    [
        ("ticket_hold", {}, {"hold_list"}),
        ("ticket_hold", {"method": "global", "intents": ["refund"]}, {"hold_global", "ticket.intents"}),
        ("return_hold", {}, {"hold_list", "reply", "internal_note"}),
        ("return_hold", {"acknowledge": False}, {"hold_list"}),
        ("return_hold", {"acknowledge": False, "label": "https://a.test/l"}, {"hold_list", "attach_label"}),
        ("stock_hold", {}, {"stock.changed", "hold_campaign"}),
        ("stock_hold", {"hide_items": True}, {"stock.changed", "hold_campaign", "hold_catalog"}),
        ("reorder_alert", {}, {"stock.changed", "alert"}),
        ("reorder_alert", {"reorder_point": "sales"}, {"stock.changed", "alert", "order.placed"}),
        ("cart_recovery", {}, {"order.placed", "send_event", "cart_flows"}),
        ("cart_recovery", CODES, {"order.placed", "send_event", "create_discount"}),
        ("first_purchase", {}, {"order.placed", "set_property"}),
        ("region_routing", {"marketing_property": ""}, {"order.placed"}),
        ("order_status", {"note": False, "marketing_property": ""}, {"order.placed", "tag_ticket"}),
        ("order_status", {"changes": []}, {"order.placed", "set_property"}),
        ("vip", NO_MARKS, {"order.placed", "set_property", "set_customer_field"}),
        ("vip", PREDICTED, {"order.placed", "set_priority", "customer.predicted"}),
        ("custom", {}, set()),
        ("custom", when("order.paid", "alert", "tag_customer"), {"alert", "tag_customer"}),
        ("custom", looking_at("ticket.intents"), {"ticket.intents"}),
        ("custom", looking_at("customer.tags"), {"customer.tags", "order.placed"}),
        ("custom", looking_at("ticket.channel"), set()),
    ],
)  # fmt: skip
def test_needs_follow_from_the_parameters(recipe, values, expected):
    found = rules.recipe(recipe)

    assert found.needs(params.clean(found, values)) == expected


@pytest.mark.parametrize(
    ("recipe", "tools", "values", "expected"),
    [
        ("ticket_hold", "gorgias klaviyo", {}, {}),
        (
            "ticket_hold",
            "gorgias",
            {},
            {"No marketing tool is connected that could hold people by a list. Connect one.": "waits"},
        ),
        (
            "custom",
            "stall gorgias",
            when("return.approved", "attach_label"),
            {
                "Stall cannot attach labels to returns. It has no returns. Change the rule so that it does "
                "without, or leave it in shadow.": "refuses",
                "Stall cannot tell when a return is approved. Change the rule so that it does without, or "
                "leave it in shadow.": "refuses",
            },
        ),
        (
            "return_hold",
            "stall gorgias klaviyo",
            {},
            {
                "Stall cannot tell when a return is approved.": "less",
                "Stall cannot tell when a return is closed.": "less",
                "Stall cannot tell when a return is requested.": "less",
            },
        ),
        (
            "return_hold",
            "stall klaviyo",
            {"acknowledge": False},
            {
                "No helpdesk is connected that could tell when a ticket changes, a ticket is closed or a "
                "ticket is opened. Connect one.": "waits",
                "Stall cannot tell when a return is approved.": "less",
                "Stall cannot tell when a return is closed.": "less",
                "Stall cannot tell when a return is requested.": "less",
            },
        ),
        (
            "first_purchase",
            "stall klaviyo",
            {},
            {
                "Stall can tell when two customers are merged by webhook only, and its webhooks are not set "
                "up. Set them up on its page.": "less"
            },
        ),
        (
            "cart_recovery",
            "shopify klaviyo",
            {},
            {"No helpdesk is connected that could tell when a ticket is opened. Connect one.": "less"},
        ),
        (
            "vip",
            "stall klaviyo",
            {"customer_field": "", "ticket_tag": "", "priority": ""},
            {
                "No helpdesk is connected that could tell when a ticket is opened. Connect one.": "less",
                "Stall can tell when two customers are merged by webhook only, and its webhooks are not set "
                "up. Set them up on its page.": "less",
            },
        ),
    ],
)
def test_what_is_missing_is_weighed_and_told(recipe, tools, values, expected):
    assert gaps(recipe, tools, **values) == expected


def test_a_key_without_the_scope_refuses_and_names_it():
    found = rules.recipe("custom")
    values = params.clean(found, when("order.paid", "tag_customer"))
    shop = Tool(vendor=KNOWN["shopify"], missing_scopes=frozenset({"write_customers"}))

    (gap,) = needs.gaps(found, values, [shop])

    assert gap.weight is Weight.REFUSES
    assert gap.sentence == (
        "Shopify may not put tags on customers: the key lacks write_customers. Give it that scope and test "
        "the connection again."
    )


def test_what_no_tool_there_is_can_tell_is_refused_too():
    found = rules.recipe("custom")
    values = params.clean(found, when("product.viewed"))

    (gap,) = needs.gaps(found, values, [], [KNOWN["gorgias"]])

    assert (gap.weight, gap.names) == (Weight.REFUSES, ("product.viewed",))
    assert gap.sentence.startswith("No tool there is can tell when a product is viewed.")


def test_the_heaviest_comes_first():
    weights = list(gaps("custom", "stall", **when("return.closed", "alert")).values())

    assert weights == ["refuses", "waits"]
