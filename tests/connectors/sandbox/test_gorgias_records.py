"""Customers, fields, views and events of the fake helpdesk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor


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


def test_a_wrong_method_and_a_trailing_slash_are_refused(gorgias: Vendor) -> None:
    assert gorgias.call("PATCH", "/api/tickets").status_code == 405
    assert gorgias.call("GET", "/api/tickets/").status_code == 404


def test_what_is_not_emulated_says_so_instead_of_answering_nothing(gorgias: Vendor) -> None:
    answers = [
        gorgias.call("GET", "/api/tickets", rule_id=1),
        gorgias.call("GET", "/api/customers", view_id=1),
        gorgias.call("PUT", "/api/views/0/items", view("", search="late parcel")),
    ]
    assert {answer.status_code for answer in answers} == {501}
    assert all("does not emulate" in answer.json()["error"]["msg"] for answer in answers)


def test_an_older_version_of_a_customers_data_is_silently_ignored(
    gorgias: Vendor, customers: dict[str, int]
) -> None:
    path = f"/api/customers/{customers['ana']}"
    for version, tier in (("2026-07-02T00:00:00Z", "gold"), ("2026-07-01T00:00:00Z", "iron")):
        answer = gorgias.call("PUT", f"{path}/data", {"data": {"tier": tier}, "version": version})
        assert (answer.status_code, answer.content) == (202, b"")
    assert gorgias.get(path)["data"] == {"tier": "gold"}


def test_customers_are_found_by_external_id(
    control: Control, gorgias: Vendor, customers: dict[str, int]
) -> None:
    gorgias.call("PUT", f"/api/customers/{customers['ben']}", {"external_id": "shopify:1"})
    taken = gorgias.call("PUT", f"/api/customers/{customers['ana']}", {"external_id": "shopify:1"})
    assert names(gorgias.get("/api/customers", external_id="shopify:1")) == ["Ben"]
    assert taken.status_code == 409
