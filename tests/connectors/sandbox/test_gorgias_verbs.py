"""What people do in the fake helpdesk, and the parts of its API that only keep records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor


@pytest.fixture
def ticket(control: Control, gorgias: Vendor) -> int:
    return int(control.do("gorgias", "north", "ticket_open", email="ana@shop.test", tags=["vip"])["id"])


def logged(gorgias: Vendor, ticket: int) -> set[str]:
    events = gorgias.get("/api/events", object_type="Ticket", object_id=ticket, limit=100)["data"]
    return {event["type"] for event in events}


@pytest.mark.parametrize(
    ("steps", "field", "value", "event"),
    [
        ([("ticket_spam", {})], "spam", True, "ticket-marked-spam"),
        ([("ticket_spam", {}), ("ticket_spam", {"spam": False})], "spam", False, "ticket-unmarked-spam"),
        ([("ticket_trash", {}), ("ticket_untrash", {})], "trashed_datetime", None, "ticket-untrashed"),
        (
            [("ticket_snooze", {"until": "2035-01-01T00:00:00Z"})],
            "snooze_datetime",
            "2035-01-01T00:00:00.000000",
            "ticket-snoozed",
        ),
        (
            [("ticket_snooze", {"until": "2035-01-01T00:00:00Z"}), ("ticket_unsnooze", {})],
            "snooze_datetime",
            None,
            "ticket-unsnoozed",
        ),
        ([("ticket_update", {"subject": "Other"})], "subject", "Other", "ticket-subject-updated"),
        ([("ticket_update", {"priority": "low"})], "priority", "low", "ticket-updated"),
        (
            [("ticket_update", {"customer": {"email": "ben@shop.test"}})],
            "via",
            "email",
            "ticket-customer-updated",
        ),
        ([("ticket_update", {"tags": ["a"]})], "status", "open", "ticket-tags-added"),
        ([("ticket_tag", {"tag": "vip", "remove": True})], "tags", [], "ticket-tags-removed"),
    ],
)
def test_what_an_agent_does_is_shown_and_logged(
    control: Control, gorgias: Vendor, ticket: int, steps: list[Any], field: str, value: Any, event: str
) -> None:
    for verb, more in steps:
        control.do("gorgias", "north", verb, id=ticket, **more)
    assert gorgias.get(f"/api/tickets/{ticket}")[field] == value
    assert event in logged(gorgias, ticket)


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("ticket_open", {"colour": "red"}, 400),
        ("ticket_open", {"id": 77, "created_datetime": "yesterday"}, 400),
        ("ticket_open", {"id": 1, "customer": {"id": 5, "email": "a@shop.test"}}, 200),
        ("ticket_reply", {"colour": "red"}, 400),
        ("ticket_snooze", {"until": "soon"}, 400),
        ("ticket_update", {"status": "pending"}, 400),
        ("ticket_merge", {"into": 99}, 404),
        ("ticket_tag", {}, 400),
        ("customer_update", {"email": "x@shop.test"}, 404),
        ("integration_deactivate", {}, 404),
    ],
)
def test_a_verb_takes_only_what_it_knows(
    control: Control, ticket: int, verb: str, body: dict[str, Any], status: int
) -> None:
    answer = control.call("POST", f"/gorgias/accounts/north/do/{verb}", {"id": ticket, **body})
    assert answer.status_code == status


def test_nothing_is_merged_into_itself(control: Control, gorgias: Vendor, ticket: int) -> None:
    customer = gorgias.get(f"/api/tickets/{ticket}")["customer"]["id"]
    for verb, number in (("ticket_merge", ticket), ("customer_merge", customer)):
        body = {"id": number, "into": number}
        assert control.call("POST", f"/gorgias/accounts/north/do/{verb}", body).status_code == 400
    answer = gorgias.call("PUT", "/api/customers/merge", source_id=customer, target_id=customer)
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["tickets", "customers"])
def test_an_id_is_seeded_only_once(control: Control, gorgias: Vendor, ticket: int, kind: str) -> None:
    taken = control.state("gorgias", "north")[kind][0]["id"]
    answer = control.call("PUT", "/gorgias/accounts/north", {"seed": {kind: [{"id": taken}]}})
    assert (answer.status_code, "There is already a" in answer.json()["error"]) == (409, True)


def test_a_tag_is_renamed_and_deleted_everywhere(gorgias: Vendor, ticket: int) -> None:
    (tag,) = gorgias.get("/api/tags")["data"]
    renamed = gorgias.call("PUT", f"/api/tags/{tag['id']}", {"name": "gold"}).json()
    gorgias.call("DELETE", f"/api/tags/{tag['id']}")
    assert (tag["usage"], renamed["name"]) == (1, "gold")
    assert gorgias.get(f"/api/tickets/{ticket}")["tags"] == []
    assert gorgias.call("GET", f"/api/tags/{tag['id']}").status_code == 404


def test_a_ticket_field_is_set_by_its_definition(gorgias: Vendor, ticket: int) -> None:
    definition = {"data_type": "boolean", "input_settings": {"input_type": "dropdown"}}
    body = {"object_type": "Ticket", "label": "Urgent", "definition": definition}
    field = gorgias.call("POST", "/api/custom-fields", body).json()["id"]
    path = f"/api/tickets/{ticket}/custom-fields"
    assert gorgias.call("PUT", path, [{"id": field, "value": "yes"}]).status_code == 400
    assert gorgias.call("PUT", path, [{"id": field, "value": True}]).status_code == 202
    assert [(one["field"]["label"], one["value"]) for one in gorgias.get(path)["data"]] == [("Urgent", True)]


@pytest.mark.parametrize(
    "definition",
    [
        {"data_type": "date", "input_settings": {}},
        {"data_type": "number", "input_settings": {"input_type": "dropdown"}},
        {"data_type": "text", "input_settings": {"input_type": "dropdown"}},
    ],
)
def test_a_field_definition_that_cannot_be_is_refused(gorgias: Vendor, definition: Any) -> None:
    body = {"object_type": "Customer", "label": "Odd", "definition": definition}
    assert gorgias.call("POST", "/api/custom-fields", body).status_code == 400


def test_teams_and_views_are_made_and_read(gorgias: Vendor) -> None:
    team = gorgias.call("POST", "/api/teams", {"name": "Returns"})
    again = gorgias.call("POST", "/api/teams", {"name": "Returns"})
    view = gorgias.call("POST", "/api/views", {"type": "ticket-list", "name": "Open"}).json()["id"]
    changed = gorgias.call("PUT", f"/api/views/{view}", {"name": "All"}).json()
    deleted = gorgias.call("DELETE", f"/api/views/{view}")
    assert (team.status_code, again.status_code, changed["name"], deleted.status_code) == (
        201,
        409,
        "All",
        204,
    )
    assert [one["name"] for one in gorgias.get("/api/teams")["data"]] == ["Returns"]
    assert gorgias.get("/api/views")["data"] == []


def test_a_customer_is_made_and_deleted(gorgias: Vendor, ticket: int) -> None:
    made = gorgias.call("POST", "/api/customers", {"email": "cleo@shop.test", "firstname": "Cleo"}).json()
    with_tickets = gorgias.get(f"/api/tickets/{ticket}")["customer"]["id"]
    assert (made["name"], made["channels"][0]["type"]) == ("Cleo", "email")
    assert gorgias.call("DELETE", f"/api/customers/{made['id']}").status_code == 204
    assert gorgias.call("DELETE", f"/api/customers/{with_tickets}").status_code == 409


def test_an_integration_that_a_rule_uses_stays(gorgias: Vendor) -> None:
    http = {
        "url": "https://ops.example.test",
        "method": "POST",
        "request_content_type": "application/json",
        "response_content_type": "application/json",
    }
    made = gorgias.call("POST", "/api/integrations", {"name": "Ours", "type": "http", "http": http}).json()
    code = f"Action('http', {{ integration_id: {made['id']} }});"
    rule = gorgias.call("POST", "/api/rules", {"name": "Call", "code": code}).json()
    used = gorgias.call("DELETE", f"/api/integrations/{made['id']}")
    gorgias.call("DELETE", f"/api/rules/{rule['id']}")
    assert (used.status_code, gorgias.call("DELETE", f"/api/integrations/{made['id']}").status_code) == (
        409,
        204,
    )
