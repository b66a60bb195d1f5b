"""Flows and segments as plain values, from definitions of every shape."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.automations import words
from connectors.errors import NeedsAttention
from connectors.vendors.klaviyo.automations import automation
from connectors.vendors.klaviyo.meanings import Metric

Json = dict[str, Any]
METRICS = {"MTR001": Metric(id="MTR001", name="Started Checkout", integration="Shopify")}


def send(name: str, *following: str | None, kind: str = "send-email", status: str = "live") -> Json:
    links = dict(zip(("next", "next_if_true", "next_if_false"), following, strict=False))
    return {"id": name, "type": kind, "links": links, "data": {"status": status, "message": {}}}


def channels(*actions: Any, entry: str = "a") -> tuple[str, ...]:
    definition = {"triggers": [], "actions": list(actions), "entry_action_id": entry}
    return automation({"id": "F", "attributes": {"name": "Cart", "definition": definition}}, {}).channels


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([send("a", "b"), send("b", "c", kind="send-sms"), send("c")], ("email", "sms", "email")),
        ([send("a", "b"), send("b", "c", status="draft"), send("c")], ("email", "email")),
        (
            [send("a", "b"), {"id": "b", "type": "time-delay", "links": {"next": "c"}}, send("c")],
            ("email",) * 2,
        ),
        (
            [send("a", None, "b", "c"), send("b"), send("c", "d", kind="send-sms"), send("d")],
            ("email", "sms", "email"),
        ),
        ([send("a", "b"), send("b", "a")], ("email", "email")),
        ([send("a", "gone")], ("email",)),
        ([send("b")], ()),
        (["nonsense", {"id": None}], ()),
    ],
)
def test_the_longest_way_counts(actions: list[Any], expected: tuple[str, ...]) -> None:
    assert channels(*actions) == expected


def test_branches_of_several_ways_are_followed() -> None:
    split = {"id": "a", "type": "multi-branch-split", "links": {"branches": [{"next": "b"}, {"next": "c"}]}}

    assert channels(split, send("b"), send("c", kind="send-sms")) in {("email",), ("sms",)}


def test_a_flow_with_many_joined_branches_is_read_at_once() -> None:
    """Each split joins again: followed one by one that would be 2^40 ways."""
    actions = [send(f"{n}", None, f"{n + 1}", f"{n + 1}") for n in range(40)]

    assert len(channels(*actions, entry="0")) == 40


def test_what_a_flow_reads_and_does() -> None:
    definition = {
        "triggers": [{"type": "metric", "id": "MTR001", "trigger_filter": {"field": "Brand"}}],
        "profile_filter": {"condition_groups": [{"conditions": [{"property": "Open_Ticket"}]}]},
        "actions": [
            {"id": "a", "type": "trigger-split", "data": {"field": "Categories"}},
            {"id": "b", "type": "send-webhook", "data": {}},
            {"id": "c", "type": "update-profile", "data": {"key": "First_Order"}},
        ],
    }
    found = automation({"id": "F", "attributes": {"name": "Cart", "definition": definition}}, METRICS)

    assert (found.trigger, found.origin) == ("Started Checkout", "Shopify")
    assert found.reads == ("brand", "categories")
    assert found.guards == ("open_ticket",)
    assert found.does == ("send-webhook", "update-profile first_order")


@pytest.mark.parametrize("part", [None, 5, [], {}, [None, {"a": [1, {"b": None}]}]])
def test_a_condition_of_any_shape_has_words_or_none(part: Any) -> None:
    assert list(words(part)) == []


def test_archived_and_draft_flows_are_left_out(klaviyo) -> None:
    klaviyo.seed(
        flows=[
            {"name": "Live", "status": "live"},
            {"name": "Draft", "status": "draft"},
            {"name": "Old", "status": "live", "archived": True},
        ],
        segments=[{"name": "On", "members": []}, {"name": "Off", "members": [], "is_active": False}],
    )
    vendor = klaviyo.open()

    assert [each.name for each in vendor.automations()] == ["Live"]
    assert [each.name for each in vendor.segments()] == ["On"]


def test_a_missing_scope_is_named(klaviyo) -> None:
    klaviyo.control("PUT", f"klaviyo/accounts/{klaviyo.name}", {"scopes": ["metrics:read"]})

    with pytest.raises(NeedsAttention, match="segments:read"):
        list(klaviyo.open().segments())
    with pytest.raises(NeedsAttention, match="flows:read"):
        list(klaviyo.open().automations())
