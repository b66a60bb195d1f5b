"""Who fits a segment of the fake Klaviyo, and which flow definitions it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor

ANA, BEN = "ana@shop.test", "ben@shop.test"
SEED: dict[str, Any] = {
    "profiles": [
        {
            "email": ANA,
            "first_name": "Ana",
            "properties": {"tier": "gold", "orders": 3, "hold": True, "tags": ["a", "b"]},
        },
        {"email": BEN, "first_name": "Ben", "properties": {"tier": "iron", "orders": 1}},
    ],
    "lists": [{"id": "NEWSxx", "name": "News", "members": [BEN]}],
    "segments": [{"id": "FIXEDx", "name": "Fixed", "members": [ANA]}],
    "metrics": [{"id": "ORDERx", "name": "Placed Order"}],
    "templates": [{"id": "TPLxxx", "name": "T"}],
    "events": [
        {
            "metric": "Placed Order",
            "email": ANA,
            "value": 30,
            "properties": {"Items": ["SKU-1"]},
            "unique_id": "1",
        },
        {
            "metric": "Placed Order",
            "email": ANA,
            "value": 5,
            "time": "2020-01-01T00:00:00Z",
            "unique_id": "2",
        },
    ],
}


def has(name: str, kind: str, operator: str, value: Any = None) -> dict[str, Any]:
    rule = {"type": kind, "operator": operator, "value": value}
    return {"type": "profile-property", "property": f"properties['{name}']", "filter": rule}


def ordered(measurement: str, operator: str, value: float, **more: Any) -> dict[str, Any]:
    return {
        "type": "profile-metric",
        "metric_id": "ORDERx",
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
        **more,
    }


def member(group: str, is_member: bool) -> dict[str, Any]:
    return {"type": "profile-group-membership", "is_member": is_member, "group_ids": [group]}


LAST_WEEK = {"type": "date", "operator": "in-the-last", "unit": "week", "quantity": 1}
OF_SKU = [{"property": "Items", "filter": {"type": "list", "operator": "contains-any", "value": ["SKU-1"]}}]


@pytest.mark.parametrize(
    ("condition", "fitting"),
    [
        (has("tier", "string", "equals", "gold"), [ANA]),
        (has("tier", "string", "not-equals", "gold"), [BEN]),
        (has("tier", "string", "contains", "ir"), [BEN]),
        (has("tier", "string", "starts-with", "go"), [ANA]),
        (has("orders", "numeric", "greater-than-or-equal", 3), [ANA]),
        (has("orders", "numeric", "less-than", 3), [BEN]),
        (has("hold", "boolean", "equals", True), [ANA]),
        (has("hold", "existence", "not-set"), [BEN]),
        (has("tags", "list", "contains-any", ["b"]), [ANA]),
        (member("NEWSxx", True), [BEN]),
        (member("NEWSxx", False), [ANA]),
        (member("FIXEDx", True), [ANA]),
        (ordered("count", "equals", 2), [ANA]),
        (ordered("count", "equals", 0), [BEN]),
        (ordered("sum", "greater-than", 30), [ANA]),
        (ordered("count", "equals", 1, timeframe_filter=LAST_WEEK), [ANA]),
        (ordered("count", "equals", 1, metric_filters=OF_SKU), [ANA]),
    ],
)
def test_a_condition_finds_whom_it_fits(
    control: Control, klaviyo: Vendor, condition: dict[str, Any], fitting: list[str]
) -> None:
    control.account("klaviyo", "north", seed=SEED)
    definition = {"condition_groups": [{"conditions": [condition]}]}
    body = {"data": {"type": "segment", "attributes": {"name": "S", "definition": definition}}}
    number = klaviyo.call("POST", "/api/segments", body).json()["data"]["id"]
    found = klaviyo.get(f"/api/segments/{number}/profiles")["data"]
    assert [one["attributes"]["email"] for one in found] == fitting


def test_groups_narrow_and_conditions_within_a_group_widen(control: Control, klaviyo: Vendor) -> None:
    gold, iron, many = (
        has("tier", "string", "equals", "gold"),
        has("tier", "string", "equals", "iron"),
        has("orders", "numeric", "equals", 3),
    )
    definition = {"condition_groups": [{"conditions": [gold, iron]}, {"conditions": [many]}]}
    control.account("klaviyo", "north", seed={**SEED, "segments": [{"name": "S", "definition": definition}]})
    (segment,) = control.state("klaviyo", "north")["segments"]
    assert segment["members"] == [ANA]


def test_a_segment_is_changed_and_switched_off_by_itself(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=SEED)
    path = "/api/segments/FIXEDx"

    def change(**attributes: Any) -> int:
        body = {"data": {"type": "segment", "id": "FIXEDx", "attributes": attributes}}
        return klaviyo.call("PATCH", path, body).status_code

    control.call("POST", "/limits", {"on": False})
    assert [change(name="Kept"), change(name="Gone", is_active=False), change(is_active=False)] == [
        200,
        400,
        200,
    ]
    shown = klaviyo.get(path)["data"]["attributes"]
    assert (shown["name"], shown["is_active"]) == ("Kept", False)
    assert klaviyo.call("DELETE", path).status_code == 204


def flow(**definition: Any) -> dict[str, Any]:
    message = {"subject_line": "Hi", "template_id": "TPLxxx"}
    action = {
        "temporary_id": "a1",
        "type": "send-email",
        "links": {"next": None},
        "data": {"message": message},
    }
    whole = {
        "triggers": [{"type": "metric", "id": "ORDERx"}],
        "entry_action_id": "a1",
        "actions": [action],
        **definition,
    }
    return {"data": {"type": "flow", "attributes": {"name": "F", "definition": whole}}}


def sends(kind: str = "send-email", next_action: str | None = None, **message: Any) -> list[dict[str, Any]]:
    return [
        {"temporary_id": "a1", "type": kind, "links": {"next": next_action}, "data": {"message": message}}
    ]


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({"triggers": []}, "/triggers"),
        ({"triggers": [{"type": "metric", "id": "NOBODY"}]}, "/triggers/0/id"),
        ({"triggers": [{"type": "weather"}]}, "/triggers/0/type"),
        ({"actions": []}, "/actions"),
        ({"actions": [*sends(subject_line="a"), *sends(subject_line="b")]}, "/actions"),
        ({"entry_action_id": "a2"}, "/entry_action_id"),
        ({"actions": sends(next_action="a9")}, "/actions/0/links/next"),
        ({"actions": sends(subject="Hi")}, "/actions/0/data/message/subject"),
        ({"actions": sends(template_id="NOBODY")}, "/actions/0/data/message/template_id"),
        ({"actions": sends("send-sms")}, "/actions/0/data/message/body"),
        ({"actions": sends("send-pigeon")}, "/actions/0/type"),
        ({"profile_filter": {}}, "/profile_filter/condition_groups"),
        ({"profile_filter": {"condition_groups": [{}]}}, "/profile_filter/condition_groups/0/conditions"),
        ({"reentry_criteria": {"duration": 1, "unit": "year"}}, "/reentry_criteria/unit"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_flow_that_cannot_be_is_refused(
    control: Control, klaviyo: Vendor, definition: dict[str, Any], place: str
) -> None:
    control.account("klaviyo", "north", seed=SEED)
    answer = klaviyo.call("POST", "/api/flows", flow(**definition))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"pointer": f"/data/attributes/definition{place}"}


def test_an_action_takes_another_definition_whole(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=SEED)
    number = klaviyo.call("POST", "/api/flows", flow()).json()["data"]["id"]
    (action,) = klaviyo.get(f"/api/flows/{number}/flow-actions")["data"]
    definition = action["attributes"]["definition"]
    definition["data"]["message"]["additional_filters"] = {
        "condition_groups": [{"conditions": [member("NEWSxx", False)]}]
    }
    body = {"data": {"type": "flow-action", "id": action["id"], "attributes": {"definition": definition}}}
    changed = klaviyo.call("PATCH", f"/api/flow-actions/{action['id']}", body)
    definition["type"] = "time-delay"
    other_type = klaviyo.call("PATCH", f"/api/flow-actions/{action['id']}", body)
    control.do("klaviyo", "north", "flow_set_status", flow="F", status="live")
    (outcome,) = control.do("klaviyo", "north", "flow_send", flow="F", email=BEN)["messages"]
    assert (changed.status_code, other_type.status_code) == (200, 400)
    assert outcome["skipped"] == "Fails Additional Filters"


def test_a_flow_message_leads_to_its_template_and_action(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=SEED)
    control.call("POST", "/limits", {"on": False})
    number = klaviyo.call("POST", "/api/flows", flow()).json()["data"]["id"]
    action = klaviyo.get(f"/api/flows/{number}/relationships/flow-actions")["data"][0]["id"]
    read = klaviyo.get(f"/api/flow-actions/{action}", include="flow,flow-messages")
    message = next(one["id"] for one in read["included"] if one["type"] == "flow-message")
    shown = klaviyo.get(f"/api/flow-messages/{message}", include="flow-action,template")
    assert {one["type"] for one in read["included"]} == {"flow", "flow-message"}
    assert {one["type"] for one in shown["included"]} == {"flow-action", "template"}
    assert klaviyo.get(f"/api/flow-messages/{message}/template")["data"]["id"] == "TPLxxx"
    assert klaviyo.get(f"/api/flow-actions/{action}/flow")["data"]["id"] == number
    assert klaviyo.call("DELETE", f"/api/flows/{number}").status_code == 204
    assert klaviyo.call("GET", f"/api/flow-messages/{message}").status_code == 404
