"""Tickets and tags of the fake helpdesk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor

NOTE = {
    "channel": "email",
    "via": "api",
    "from_agent": False,
    "body_text": "Hello",
    "sender": {"email": "ana@shop.test"},
}


def opened(control: Control, **fields: Any) -> int:
    return int(control.do("gorgias", "north", "ticket_open", **{"email": "ana@shop.test", **fields})["id"])


def emails(answer: Any) -> list[str]:
    return [ticket["customer"]["email"] for ticket in answer["data"]]


def test_a_listed_ticket_is_lighter_than_a_read_one(control: Control, gorgias: Vendor) -> None:
    number = opened(control)
    (listed,) = gorgias.get("/api/tickets")["data"]
    read = gorgias.get(f"/api/tickets/{number}")
    assert not {"messages", "custom_fields"} & listed.keys()
    assert listed["customer"].keys() == {
        "id",
        "email",
        "name",
        "firstname",
        "lastname",
        "external_id",
        "meta",
    }
    assert read["customer"]["channels"][0]["address"] == "ana@shop.test"
    assert (read["messages"][0]["body_text"], read["custom_fields"]) == (
        "Hello, I need help with my order.",
        {},
    )


def test_times_are_naive_with_microseconds(control: Control, gorgias: Vendor) -> None:
    number = opened(control)
    stamp = gorgias.get(f"/api/tickets/{number}")["updated_datetime"]
    assert len(stamp) == len("2026-01-01T00:00:00.000000")


def test_every_change_gets_a_later_stamp(control: Control, gorgias: Vendor) -> None:
    number = opened(control)
    stamps = [control.do("gorgias", "north", "ticket_close", id=number)["updated_datetime"]]
    stamps.append(control.do("gorgias", "north", "ticket_reopen", id=number)["updated_datetime"])
    stamps.append(control.do("gorgias", "north", "ticket_tag", id=number, tag="vip")["updated_datetime"])
    assert stamps == sorted(set(stamps))


def test_newest_changes_come_first_page_by_page(control: Control, gorgias: Vendor) -> None:
    numbers = [opened(control, email=f"c{n}@shop.test") for n in range(5)]
    control.do("gorgias", "north", "ticket_close", id=numbers[0])
    asked: dict[str, Any] = {"order_by": "updated_datetime:desc", "limit": 2}
    seen, cursor = [], ""
    while cursor is not None:
        page = gorgias.get("/api/tickets", **asked, **({"cursor": cursor} if cursor else {}))
        seen += [ticket["id"] for ticket in page["data"]]
        cursor = page["meta"]["next_cursor"]
    assert seen == [numbers[0], *reversed(numbers[1:])]


def test_trashed_tickets_are_listed_unless_left_out(control: Control, gorgias: Vendor) -> None:
    number = opened(control)
    control.do("gorgias", "north", "ticket_trash", id=number)
    assert len(gorgias.get("/api/tickets")["data"]) == 1
    assert gorgias.get("/api/tickets", trashed="false")["data"] == []


def test_tickets_are_found_by_customer_external_id_and_numbers(control: Control, gorgias: Vendor) -> None:
    first = opened(control, external_id="ops:1")
    second = opened(control, email="ben@shop.test")
    customer = gorgias.get(f"/api/tickets/{second}")["customer"]["id"]
    assert emails(gorgias.get("/api/tickets", customer_id=customer)) == ["ben@shop.test"]
    assert emails(gorgias.get("/api/tickets", external_id="ops:1")) == ["ana@shop.test"]
    assert len(gorgias.get("/api/tickets", ticket_ids=[first, second, 99])["data"]) == 2


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"status": "open"}, "status"),
        ({"updated_datetime[gte]": "2026-01-01"}, "updated_datetime[gte]"),
        ({"order_by": "status:asc"}, "order_by"),
        ({"limit": 101}, "limit"),
        ({"limit": 0}, "limit"),
        ({"trashed": "perhaps"}, "trashed"),
        ({"ticket_ids": list(range(101))}, "ticket_ids"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"page": 2}, "page"),
    ],
)
def test_a_list_refuses_what_the_vendor_cannot(gorgias: Vendor, params: dict[str, Any], field: str) -> None:
    answer = gorgias.call("GET", "/api/tickets", **params)
    assert (answer.status_code, list(answer.json()["error"]["data"])) == (400, [field])


def test_a_cursor_grows_old(control: Control, gorgias: Vendor, pass_time: Callable[[float], None]) -> None:
    for _ in range(2):
        opened(control)
    cursor = gorgias.get("/api/tickets", limit=1)["meta"]["next_cursor"]
    pass_time(601)
    answer = gorgias.call("GET", "/api/tickets", limit=1, cursor=cursor)
    assert answer.json()["error"]["data"] == {"cursor": ["The cursor has expired."]}


def test_a_cursor_belongs_to_its_query(control: Control, gorgias: Vendor) -> None:
    for _ in range(2):
        opened(control)
    cursor = gorgias.get("/api/tickets", limit=1)["meta"]["next_cursor"]
    answer = gorgias.call("GET", "/api/tickets", limit=1, cursor=cursor, trashed="false")
    assert answer.status_code == 400


def test_a_ticket_is_created_with_its_customer_and_tags(gorgias: Vendor) -> None:
    body = {
        "via": "api",
        "channel": "email",
        "subject": "Reorder",
        "external_id": "ops:po:1",
        "tags": [{"name": "vip"}],
        "messages": [NOTE],
    }
    made = gorgias.call("POST", "/api/tickets", body)
    ticket = made.json()
    assert made.status_code == 201
    assert (ticket["customer"]["email"], ticket["tags"][0]["name"]) == ("ana@shop.test", "vip")
    assert (ticket["status"], ticket["messages_count"]) == ("open", 1)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"via": "api"}, {"messages": ["Missing data for required field."]}),
        ({"via": "api", "messages": []}, {"messages": ["Length must be between 1 and 500."]}),
        ({"via": "pigeon", "messages": [NOTE]}, None),
        ({"via": "api", "messages": [{"channel": "email"}]}, None),
        ({"via": "api", "messages": [NOTE], "colour": "red"}, {"colour": ["Unknown field."]}),
        ({"via": "api", "messages": [NOTE], "tags": [{"name": "new"}]}, {"tags": ["'new' does not exist."]}),
        (
            {"via": "api", "messages": [NOTE], "status": "pending"},
            {"status": ["Must be one of: open, closed."]},
        ),
    ],
)
def test_a_ticket_that_cannot_be_is_refused(gorgias: Vendor, body: Any, complaint: Any) -> None:
    answer = gorgias.call("POST", "/api/tickets", body)
    assert answer.status_code == 400
    assert complaint in (None, answer.json()["error"]["data"])


def test_an_update_changes_only_what_it_names(control: Control, gorgias: Vendor) -> None:
    control.account("gorgias", "north", seed={"teams": [{"id": 42, "name": "VIP"}]})
    number = opened(control, subject="Hello")
    answer = gorgias.call("PUT", f"/api/tickets/{number}", {"priority": "high", "assignee_team": {"id": 42}})
    ticket = answer.json()
    assert answer.status_code == 202
    assert (ticket["priority"], ticket["assignee_team"], ticket["subject"]) == (
        "high",
        {"id": 42, "name": "VIP"},
        "Hello",
    )
    assert (
        gorgias.call("PUT", f"/api/tickets/{number}", {"assignee_team": {"id": None}}).json()["assignee_team"]
        is None
    )


@pytest.mark.parametrize(
    "body", [{"assignee_team": {"id": 9}}, {"created_datetime": "2026-01-01"}, {"priority": None}]
)
def test_an_update_that_cannot_be_is_refused(control: Control, gorgias: Vendor, body: Any) -> None:
    assert gorgias.call("PUT", f"/api/tickets/{opened(control)}", body).status_code == 400


def test_tags_are_added_replaced_and_removed(control: Control, gorgias: Vendor) -> None:
    number = opened(control, tags=["old"])
    path = f"/api/tickets/{number}/tags"

    def names() -> list[str]:
        return [tag["name"] for tag in gorgias.get(path)["data"]]

    added = gorgias.call("POST", path, {"names": ["vip"]})
    after_adding = names()
    removed = gorgias.call("DELETE", path, {"names": ["old"]})
    after_removing = names()
    replaced = gorgias.call("PUT", path, {"names": ["old"]})
    assert [(one.status_code, one.content) for one in (added, replaced, removed)] == [
        (201, b""),
        (202, b""),
        (204, b""),
    ]
    assert (after_adding, after_removing, names()) == (["old", "vip"], ["vip"], ["old"])


def test_an_update_with_tags_replaces_them_all(control: Control, gorgias: Vendor) -> None:
    number = opened(control, tags=["old"])
    ticket = gorgias.call("PUT", f"/api/tickets/{number}", {"tags": [{"name": "vip"}]}).json()
    assert [tag["name"] for tag in ticket["tags"]] == ["vip"]


@pytest.mark.parametrize(
    "body", [{"names": ["unknown"]}, {"names": ["VIP"]}, {"ids": [9]}, {}, {"tags": ["vip"]}]
)
def test_tags_that_do_not_exist_are_refused(control: Control, gorgias: Vendor, body: Any) -> None:
    assert gorgias.call("POST", f"/api/tickets/{opened(control)}/tags", body).status_code == 400


def test_a_tag_exists_only_once(gorgias: Vendor) -> None:
    assert gorgias.call("POST", "/api/tags", {"name": "vip"}).status_code == 409
    assert gorgias.call("POST", "/api/tags", {"name": "VIP"}).status_code == 201
    assert [tag["name"] for tag in gorgias.get("/api/tags", search="vip", order_by="name:asc")["data"]] == [
        "VIP",
        "vip",
    ]


def test_the_bucket_holds_forty_and_drains_two_a_second(
    control: Control, gorgias: Vendor, pass_time: Callable[[float], None]
) -> None:
    answers = []
    for _ in range(41):
        control.set_clock("2026-12-01T00:00:00Z")
        answers.append(gorgias.call("GET", "/api/account"))
    full = answers[40]
    control.set_clock("2026-12-01T00:00:30Z")
    assert answers[0].headers["X-Gorgias-Account-Api-Call-Limit"] == "1/40"
    assert [one.status_code for one in answers[:40]] == [200] * 40
    assert (full.status_code, full.headers["Retry-after"]) == (429, "1")
    assert gorgias.call("GET", "/api/account").status_code == 200


def test_limits_can_be_switched_off(control: Control, gorgias: Vendor) -> None:
    control.call("POST", "/limits", {"on": False})
    assert {gorgias.call("GET", "/api/account").status_code for _ in range(60)} == {200}
