"""Rules and integrations of the fake helpdesk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Vendor

HTTP = {
    "url": "https://ops.example.test/hook",
    "method": "POST",
    "request_content_type": "application/json",
    "response_content_type": "application/json",
    "hmac_secret": "never shown",
    "triggers": {"ticket-created": True},
}


def test_a_rule_is_kept_with_the_tree_of_its_code(gorgias: Vendor) -> None:
    code = (
        "if (eq(message.from_agent, false) && containsAny(message.intents.name, ['return/request'])) "
        "{ Action('addTags', { tags: 'return' }); }"
    )
    made = gorgias.call("POST", "/api/rules", {"name": "Tag returns", "code": code, "priority": 5})
    (statement,) = made.json()["code_ast"]["body"]
    call = statement["consequent"]["body"][0]["expression"]
    assert (made.status_code, statement["test"]["operator"]) == (201, "&&")
    assert (call["callee"]["name"], call["arguments"][0]["value"]) == ("Action", "addTags")


def test_a_rule_can_be_switched_off_and_deleted(gorgias: Vendor) -> None:
    number = gorgias.call("POST", "/api/rules", {"name": "R", "code": "Action('x', {})"}).json()["id"]
    off = gorgias.call("PUT", f"/api/rules/{number}", {"deactivated_datetime": "2026-01-01T00:00:00Z"})
    assert off.json()["deactivated_datetime"] == "2026-01-01T00:00:00.000000"
    assert gorgias.call("DELETE", f"/api/rules/{number}").status_code == 204
    assert gorgias.get("/api/rules")["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "R"},
        {"name": "R", "code": "if (", "priority": 1},
        {"name": "R", "code": "Action('x')", "event_types": "ticket-sung"},
        {"name": "R", "code": "Action('x')", "colour": 1},
    ],
)
def test_a_rule_that_cannot_be_is_refused(gorgias: Vendor, body: Any) -> None:
    assert gorgias.call("POST", "/api/rules", body).status_code == 400


def test_an_integration_never_shows_its_secret(gorgias: Vendor) -> None:
    made = gorgias.call("POST", "/api/integrations", {"name": "Ours", "type": "http", "http": HTTP})
    assert made.status_code == 201
    assert "hmac_secret" not in made.json()["http"]
    assert gorgias.get("/api/integrations", type="http")["data"][0]["deactivated_datetime"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"name": "A", "type": "email", "http": HTTP},
        {"name": "A", "type": "http"},
        {"type": "http", "http": HTTP},
        {"name": "A", "type": "http", "http": {"url": "https://x.test"}},
        {"name": "A", "type": "http", "http": {**HTTP, "url": "ftp://x"}},
        {"name": "A", "type": "http", "http": {**HTTP, "triggers": {"ticket_created": True}}},
        {"name": "A", "type": "http", "http": {**HTTP, "form": {"n": 5}}},
    ],
)
def test_an_integration_that_cannot_be_is_refused(gorgias: Vendor, body: Any) -> None:
    assert gorgias.call("POST", "/api/integrations", body).status_code == 400
