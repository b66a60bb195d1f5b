"""Customers, fields, views, events, rules and integrations of the fake helpdesk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor

HTTP = {
    "url": "https://ops.example.test/hook",
    "method": "POST",
    "request_content_type": "application/json",
    "response_content_type": "application/json",
    "hmac_secret": "never shown",
    "triggers": {"ticket-created": True},
}


@pytest.fixture
def customers(control: Control, gorgias: Vendor) -> dict[str, int]:
    """Ana with two addresses, Ben with one, and somebody known from chat only."""
    seed = [
        {
            "email": "ana@shop.test",
            "name": "Ana",
            "channels": [
                {"type": "email", "address": "ana@shop.test"},
                {"type": "email", "address": "ana@home.test"},
            ],
        },
        {"email": "ben@shop.test", "name": "Ben"},
        {"name": "Guest", "channels": [{"type": "chat", "address": "chat-1"}]},
    ]
    numbers = control.account("gorgias", "north", seed={"customers": seed})["customers"]
    return dict(zip(("ana", "ben", "guest"), numbers, strict=True))


def names(answer: Any) -> list[str]:
    return [one["name"] for one in answer["data"]]


def test_customers_are_found_by_primary_email_and_by_channel(
    gorgias: Vendor, customers: dict[str, int]
) -> None:
    by_channel = {"channel_type": "email", "channel_address": "ana@home.test"}
    assert names(gorgias.get("/api/customers", email="ANA@shop.test")) == ["Ana"]
    assert names(gorgias.get("/api/customers", email="ana@home.test")) == []
    assert names(gorgias.get("/api/customers", **by_channel)) == ["Ana"]


def test_a_customer_may_have_no_email(gorgias: Vendor, customers: dict[str, int]) -> None:
    guest = gorgias.get(f"/api/customers/{customers['guest']}")
    assert (guest["email"], guest["channels"][0]["type"]) == (None, "chat")


def test_a_listed_customer_is_lighter_than_a_read_one(gorgias: Vendor, customers: dict[str, int]) -> None:
    listed = gorgias.get("/api/customers", email="ana@shop.test")["data"][0]
    read = gorgias.get(f"/api/customers/{customers['ana']}", relationships="custom_fields")
    assert not {"channels", "integrations", "custom_fields"} & listed.keys()
    assert {"channels", "integrations", "custom_fields"} <= read.keys()


def test_new_channels_replace_the_old(gorgias: Vendor, customers: dict[str, int]) -> None:
    channels = [{"type": "email", "address": "ana@new.test"}]
    gorgias.call("PUT", f"/api/customers/{customers['ana']}", {"channels": channels})
    old = {"channel_type": "email", "channel_address": "ana@home.test"}
    assert gorgias.get("/api/customers", **old)["data"] == []


def test_an_address_of_another_customer_is_refused(gorgias: Vendor, customers: dict[str, int]) -> None:
    answer = gorgias.call("PUT", f"/api/customers/{customers['ben']}", {"email": "ana@shop.test"})
    assert answer.status_code == 409


def test_merging_moves_tickets_and_addresses(
    control: Control, gorgias: Vendor, customers: dict[str, int]
) -> None:
    ticket = control.do("gorgias", "north", "ticket_open", email="ben@shop.test")
    answer = gorgias.call(
        "PUT", "/api/customers/merge", source_id=customers["ben"], target_id=customers["ana"]
    )
    assert answer.status_code == 200
    assert gorgias.get(f"/api/tickets/{ticket['id']}")["customer"]["id"] == customers["ana"]
    assert gorgias.call("GET", f"/api/customers/{customers['ben']}").status_code == 404
    by_channel = {"channel_type": "email", "channel_address": "ben@shop.test"}
    assert names(gorgias.get("/api/customers", **by_channel)) == ["Ana"]


def test_two_shopify_customers_cannot_be_merged(
    control: Control, gorgias: Vendor, customers: dict[str, int]
) -> None:
    for number in (customers["ana"], customers["ben"]):
        data = {str(number): {"__integration_type__": "shopify", "customer": {"id": number}}}
        control.do("gorgias", "north", "customer_update", id=number, integrations=data)
    answer = gorgias.call(
        "PUT", "/api/customers/merge", source_id=customers["ben"], target_id=customers["ana"]
    )
    assert answer.status_code == 409


def test_a_custom_field_takes_only_its_choices(gorgias: Vendor, customers: dict[str, int]) -> None:
    settings = {"input_type": "dropdown", "choices": ["gold", "silver"]}
    body = {
        "object_type": "Customer",
        "label": "Tier",
        "definition": {"data_type": "text", "input_settings": settings},
    }
    field = gorgias.call("POST", "/api/custom-fields", body).json()
    path = f"/api/customers/{customers['ana']}/custom-fields"
    set_right = gorgias.call("PUT", path, [{"id": field["id"], "value": "gold"}])
    set_wrong = gorgias.call("PUT", path, [{"id": field["id"], "value": "iron"}])
    assert (set_right.status_code, set_wrong.status_code) == (200, 400)
    assert gorgias.get(path)["data"][0]["value"] == "gold"


@pytest.mark.parametrize(
    "params", [{}, {"object_type": "Order"}, {"object_type": "Ticket", "order_by": "label:asc"}]
)
def test_custom_fields_are_listed_by_type_only(gorgias: Vendor, params: Any) -> None:
    assert gorgias.call("GET", "/api/custom-fields", **params).status_code == 400


def test_user_zero_is_whose_key_it_is(gorgias: Vendor) -> None:
    assert gorgias.get("/api/users/0")["email"] == "ops@agency.test"
    assert gorgias.get("/api/users", email="ops@agency.test")["data"][0]["role"] == {"name": "admin"}


def test_the_account_tells_its_domain_and_hours(gorgias: Vendor) -> None:
    assert gorgias.get("/api/account")["domain"] == "north"
    assert gorgias.get("/api/account/settings", type="business-hours")["data"][0]["type"] == "business-hours"


def view(filters: str, **more: Any) -> dict[str, Any]:
    return {
        "view": {
            "type": "ticket-list",
            "order_by": "updated_datetime",
            "order_dir": "asc",
            "filters": filters,
            **more,
        }
    }


def test_an_adhoc_view_finds_tickets_by_time_and_status(control: Control, gorgias: Vendor) -> None:
    numbers = [control.do("gorgias", "north", "ticket_open", email=f"c{n}@shop.test") for n in range(3)]
    control.do("gorgias", "north", "ticket_close", id=numbers[1]["id"])
    since = numbers[1]["updated_datetime"]
    filters = f"gte(ticket.updated_datetime, '{since}') && eq(ticket.status, 'open')"
    answer = gorgias.call("PUT", "/api/views/0/items", view(filters)).json()
    assert [ticket["id"] for ticket in answer["data"]] == [numbers[2]["id"]]


def test_a_view_is_read_page_by_page_through_its_links(control: Control, gorgias: Vendor) -> None:
    for number in range(3):
        control.do("gorgias", "north", "ticket_open", email=f"c{number}@shop.test")
    path, seen = "/api/views/0/items?limit=2", []
    while path:
        answer = gorgias.call("PUT", path, view("eq(ticket.status, 'open')")).json()
        seen += [ticket["customer"]["email"] for ticket in answer["data"]]
        path = answer["meta"]["next_items"]
    assert seen == [f"c{number}@shop.test" for number in range(3)]


def test_a_view_finds_tickets_by_tag(control: Control, gorgias: Vendor) -> None:
    control.do("gorgias", "north", "ticket_open", email="ana@shop.test", tags=["vip"])
    control.do("gorgias", "north", "ticket_open", email="ben@shop.test")
    made = gorgias.call(
        "POST", "/api/views", view("containsAny(ticket.tags.name, ['vip'])", name="VIP")["view"]
    )
    found = gorgias.get(f"/api/views/{made.json()['id']}/items")["data"]
    assert [ticket["customer"]["email"] for ticket in found] == ["ana@shop.test"]


@pytest.mark.parametrize("filters", ["neq(ticket.status, 'open')", "eq(ticket.mood, 'bad')", "status = open"])
def test_a_view_with_an_unknown_filter_is_refused(gorgias: Vendor, filters: str) -> None:
    assert gorgias.call("PUT", "/api/views/0/items", view(filters)).status_code == 400


def test_the_event_log_tells_what_happened_since(control: Control, gorgias: Vendor) -> None:
    number = control.do("gorgias", "north", "ticket_open", email="ana@shop.test")["id"]
    closed = control.do("gorgias", "north", "ticket_close", id=number)
    control.do("gorgias", "north", "ticket_reopen", id=number)
    asked = {"created_datetime[gte]": closed["updated_datetime"] + "Z", "order_by": "created_datetime:asc"}
    kinds = ["ticket-closed", "ticket-reopened", "ticket-created"]
    events = gorgias.get("/api/events", types=kinds, **asked)["data"]
    assert [(event["type"], event["object_id"]) for event in events] == [
        ("ticket-closed", number),
        ("ticket-reopened", number),
    ]


def test_events_of_one_cause_share_a_context(control: Control, gorgias: Vendor) -> None:
    number = control.do("gorgias", "north", "ticket_open", email="ana@shop.test")["id"]
    gorgias.call("PUT", f"/api/tickets/{number}", {"status": "closed", "spam": True})
    events = gorgias.get("/api/events", object_type="Ticket", object_id=number)["data"]
    contexts = {
        event["context"] for event in events if event["type"] in ("ticket-closed", "ticket-marked-spam")
    }
    assert len(contexts) == 1


@pytest.mark.parametrize(
    "params",
    [
        {"object_type": "Message", "object_id": 1},
        {"object_type": "Ticket"},
        {"object_id": 1},
        {"created_datetime[gte]": "yesterday"},
        {"order_by": "updated_datetime:desc"},
        {"created_datetime": "2026-01-01"},
    ],
)
def test_the_event_log_refuses_what_it_does_not_know(gorgias: Vendor, params: Any) -> None:
    assert gorgias.call("GET", "/api/events", **params).status_code == 400


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


def test_a_wrong_method_and_a_trailing_slash_are_refused(gorgias: Vendor) -> None:
    assert gorgias.call("PATCH", "/api/tickets").status_code == 405
    assert gorgias.call("GET", "/api/tickets/").status_code == 404
