"""Actions as rows: each with the boxes that it takes, its wait and its exit."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.admin.typed import steps as rows
from orchestrator.admin.typed.fields import StepsField, StepsWidget
from rules import registry, steps
from tests.orchestrator.admin import sent
from tests.rules.actions.test_contract import ARGUMENTS


def through_the_page(value: list[dict[str, Any]]) -> Any:
    return StepsField().clean(rows.posted(sent.of(StepsWidget().render("then", value)), "then"))


@pytest.mark.parametrize("slug", sorted(registry.all_actions()))
def test_every_action_comes_back_from_the_page_as_it_was(slug: str) -> None:
    exit_ = {"all": [{"field": "ticket.status", "op": "eq", "value": "closed"}]}
    kept = [{"action": slug, "after": "PT90M", "unless": exit_, "with": ARGUMENTS[slug]}]
    (step,) = steps.parse(kept)

    assert through_the_page(kept) == [step.to_json()]


@pytest.mark.parametrize(
    "value",
    ["VIP", "5", 5, 2.5, True, "true", "{order.total}", ["a", "b"], '"quoted"', "a = b", " x", "a\nb"],
)
def test_values_of_every_kind_keep_their_kind(value: Any) -> None:
    properties = {"Item": value, "Second": "{product.title}"}
    kept = [
        {"action": "set_property", "with": {"name": "Tier", "value": value}},
        {"action": "send_event", "with": {"metric": "Seen", "properties": properties}},
    ]

    assert through_the_page(kept) == [step.to_json() for step in steps.parse(kept)]


def test_mistakes_stand_beside_their_boxes() -> None:
    data = {
        "then-0-action": "alert",
        "then-0-with-text": "",
        "then-1-action": "alert",
        "then-1-with-text": "Look at {order.colour}",
        "then-2-action": "alert",
        "then-2-with-text": "Soon",
        "then-2-after": "tomorrow",
        "then-3-action": "",
    }

    page = StepsWidget().render("then", rows.posted(data, "then"))

    assert "This field is required." in page
    assert "order.colour" in page
    assert "“tomorrow” is not a waiting time." in page
    assert rows.UNFINISHED in page


def test_an_action_just_chosen_is_not_told_what_it_lacks() -> None:
    chosen = rows.posted({"then-0-action": "alert"}, "then", tells=False)

    page = StepsWidget().render("then", chosen)

    assert 'name="then-0-with-text"' in page
    assert "errorlist" not in page
