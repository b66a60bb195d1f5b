"""Messages of the fake helpdesk, and what time and merging do to its tickets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def test_an_agents_message_is_sent_later(
    control: Control, gorgias: Vendor, pass_time: Callable[[float], None]
) -> None:
    number = opened(control)
    reply = {
        "channel": "email",
        "via": "api",
        "from_agent": True,
        "external_id": "ops:ack:1",
        "body_text": "Thanks",
        "sender": {"email": "ops@agency.test"},
    }
    made = gorgias.call("POST", f"/api/tickets/{number}/messages", reply)
    pass_time(1)
    found = gorgias.get("/api/messages", ticket_id=number)["data"][0]
    assert (made.status_code, made.json()["sent_datetime"]) == (201, None)
    assert (found["external_id"], found["sent_datetime"] is not None) == ("ops:ack:1", True)


def test_a_message_to_nowhere_fails(
    control: Control, gorgias: Vendor, pass_time: Callable[[float], None]
) -> None:
    number = opened(control)
    source = {
        "type": "email",
        "from": {"address": "care@shop.test"},
        "to": [{"address": "ana@nowhere.invalid"}],
    }
    reply = {
        "channel": "email",
        "via": "api",
        "from_agent": True,
        "sender": {"email": "ops@agency.test"},
        "source": source,
    }
    made = gorgias.call("POST", f"/api/tickets/{number}/messages", reply).json()
    pass_time(1)
    message = gorgias.get(f"/api/tickets/{number}/messages/{made['id']}")
    assert (message["sent_datetime"], message["failed_datetime"] is not None) == (None, True)
    assert message["last_sending_error"]["error"]


def test_an_imported_message_is_not_sent_again(control: Control, gorgias: Vendor) -> None:
    number = opened(control)
    note = {
        **NOTE,
        "from_agent": True,
        "sender": {"email": "ops@agency.test"},
        "sent_datetime": "2026-01-01T00:00:00Z",
    }
    made = gorgias.call("POST", f"/api/tickets/{number}/messages", note).json()
    assert made["sent_datetime"] == "2026-01-01T00:00:00.000000"


def test_an_agents_message_needs_a_user_as_sender(control: Control, gorgias: Vendor) -> None:
    note = {**NOTE, "from_agent": True}
    answer = gorgias.call("POST", f"/api/tickets/{opened(control)}/messages", note)
    assert (answer.status_code, list(answer.json()["error"]["data"])) == (400, ["sender"])


def test_a_customers_reply_opens_a_closed_ticket(control: Control, gorgias: Vendor) -> None:
    number = opened(control)
    control.do("gorgias", "north", "ticket_close", id=number)
    ticket = control.do("gorgias", "north", "ticket_reply", id=number, body_text="Still broken")
    assert (ticket["status"], ticket["closed_datetime"], ticket["excerpt"]) == ("open", None, "Still broken")


def test_a_snoozed_ticket_comes_back_by_itself(
    control: Control, gorgias: Vendor, pass_time: Callable[[float], None]
) -> None:
    number = opened(control)
    until = control.call("POST", "/clock", {"now": None}).json()["now"]
    control.do(
        "gorgias",
        "north",
        "ticket_snooze",
        id=number,
        until=until.replace(until[:4], "2031", 1),
        status="closed",
    )
    snoozed = gorgias.get(f"/api/tickets/{number}")
    control.set_clock("2032-01-01T00:00:00Z")
    woken = gorgias.get(f"/api/tickets/{number}")
    assert (snoozed["status"], snoozed["snooze_datetime"][:4]) == ("closed", "2031")
    assert (woken["status"], woken["snooze_datetime"]) == ("open", None)


def test_a_merged_ticket_vanishes_into_the_other(control: Control, gorgias: Vendor) -> None:
    source, target = opened(control), opened(control)
    merged = control.do("gorgias", "north", "ticket_merge", id=source, into=target)
    assert gorgias.call("GET", f"/api/tickets/{source}").status_code == 404
    assert (merged["id"], merged["messages_count"]) == (target, 2)


def test_a_deleted_ticket_is_gone(control: Control, gorgias: Vendor) -> None:
    number = opened(control)
    control.do("gorgias", "north", "ticket_delete", id=number)
    answer = gorgias.call("GET", f"/api/tickets/{number}")
    assert (answer.status_code, answer.json()) == (404, {"error": {"msg": "Not found."}})
