"""Webhooks of the helpdesk: who gets what, and an unkind network in between."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor
from tests.connectors.sandbox.receiver import Receiver

FORM = {
    "trigger": "ticket-status-updated",
    "ticket_id": "{{ticket.id}}",
    "status": "{{ticket.status}}",
    "email": "{{ticket.customer.email}}",
    "spam": "{{ticket.spam}}",
    "first": "{{ticket.messages[0].body_text}}",
    "nothing": "{{ticket.no.such.thing}}",
}


def integration(
    url: str, trigger: str = "ticket-status-updated", form: Any = None, **more: Any
) -> dict[str, Any]:
    http = {
        "url": url,
        "method": "POST",
        "request_content_type": "application/json",
        "response_content_type": "application/json",
        "headers": {"X-Secret": "s3"},
        "form": FORM if form is None else form,
        "triggers": {trigger: True},
        **more,
    }
    return {"name": f"Ours: {trigger}", "type": "http", "http": http}


@pytest.fixture
def targeted(control: Control, gorgias: Vendor, receiver: Receiver) -> Receiver:
    """The receiver as the account's own webhook target."""
    control.account("gorgias", "north", webhook={"url": f"{receiver.url}/hooks/x", "secret": "s3"})
    return receiver


def test_the_accounts_target_hears_every_trigger_with_its_secret(
    control: Control, targeted: Receiver
) -> None:
    ticket = control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.do("gorgias", "north", "ticket_close", id=ticket["id"])
    control.wait_for_webhooks()
    assert [body["trigger"] for body in targeted.bodies] == [
        "ticket-created",
        "ticket-message-created",
        "ticket-updated",
        "ticket-status-updated",
    ]
    path, headers, body = targeted.arrived[-1]
    assert (path, headers["X-Orchestrator-Secret"]) == ("/hooks/x", "s3")
    assert body["ticket_id"] == str(ticket["id"])
    assert body["status"] == "closed"
    assert body["updated"].endswith("+00:00")


def test_an_integration_sends_its_form_filled_in(
    control: Control, gorgias: Vendor, receiver: Receiver
) -> None:
    gorgias.call("POST", "/api/integrations", integration(receiver.url))
    ticket = control.do("gorgias", "north", "ticket_open", email="ana@shop.test", body_text="Where is it?")
    control.do("gorgias", "north", "ticket_close", id=ticket["id"])
    control.wait_for_webhooks()
    ((_, headers, body),) = receiver.arrived
    assert headers["X-Secret"] == "s3"
    assert body == {
        "trigger": "ticket-status-updated",
        "ticket_id": str(ticket["id"]),
        "status": "closed",
        "email": "ana@shop.test",
        "spam": "false",
        "first": "Where is it?",
        "nothing": "",
    }


def test_the_form_context_sends_everything(control: Control, gorgias: Vendor, receiver: Receiver) -> None:
    gorgias.call("POST", "/api/integrations", integration(receiver.url, "ticket-created", "{{context}}"))
    ticket = control.do("gorgias", "north", "ticket_open", email="ana@shop.test", intents=["return/request"])
    control.wait_for_webhooks()
    (body,) = receiver.bodies
    assert body["ticket"]["id"] == ticket["id"]
    assert body["ticket"]["updated_datetime"] == f"{ticket['updated_datetime']}+00:00"
    assert body["message"]["intents"] == [{"name": "return/request"}]


def test_our_own_writes_fire_too(gorgias: Vendor, control: Control, targeted: Receiver) -> None:
    ticket = control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    targeted.arrived.clear()
    gorgias.call("POST", f"/api/tickets/{ticket['id']}/tags", {"names": ["vip"]})
    gorgias.call("PUT", f"/api/tickets/{ticket['id']}", {"priority": "high"})
    control.wait_for_webhooks()
    assert [body["trigger"] for body in targeted.bodies] == ["ticket-updated", "ticket-updated"]


def test_a_change_that_changes_nothing_fires_nothing(
    gorgias: Vendor, control: Control, targeted: Receiver
) -> None:
    ticket = control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    targeted.arrived.clear()
    gorgias.call("PUT", f"/api/tickets/{ticket['id']}", {"status": "open"})
    control.wait_for_webhooks()
    assert targeted.bodies == []


def test_the_same_address_is_not_told_twice_of_one_trigger(
    control: Control, gorgias: Vendor, targeted: Receiver
) -> None:
    gorgias.call(
        "POST", "/api/integrations", integration(f"{targeted.url}/hooks/x", "ticket-created", {"a": "b"})
    )
    control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    assert [body.get("trigger") for body in targeted.bodies] == [None, "ticket-message-created"]


def test_a_seed_is_history_and_fires_nothing(control: Control, targeted: Receiver) -> None:
    control.account("gorgias", "north", seed={"tickets": [{"email": "ana@shop.test"}]})
    assert control.wait_for_webhooks()["pending"] == 0
    assert targeted.bodies == []


def test_a_failed_delivery_is_tried_three_times(control: Control, targeted: Receiver) -> None:
    targeted.first = [500, 500]
    control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    counts = control.wait_for_webhooks()
    triggers = [body["trigger"] for body in targeted.bodies]
    assert triggers == ["ticket-created"] * 3 + ["ticket-message-created"]
    assert (counts["delivered"], counts["failed"]) == (2, 0)


def test_paused_deliveries_wait_and_then_come_in_order(control: Control, targeted: Receiver) -> None:
    control.call("POST", "/webhooks", {"delivery": "paused"})
    ticket = control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.do("gorgias", "north", "ticket_close", id=ticket["id"])
    waiting = control.call("GET", "/webhooks").json()
    arrived_meanwhile = len(targeted.bodies)
    control.call("POST", "/webhooks", {"delivery": "normal"})
    control.wait_for_webhooks()
    assert (waiting["pending"], arrived_meanwhile) == (4, 0)
    assert [body["status"] for body in targeted.bodies] == ["open", "open", "closed", "closed"]


def test_doubled_deliveries_come_twice(control: Control, targeted: Receiver) -> None:
    control.call("POST", "/webhooks", {"delivery": "double"})
    control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    first, second, *_ = targeted.bodies
    assert (len(targeted.bodies), first) == (4, second)


def test_shuffled_deliveries_all_come_in_another_order(control: Control, targeted: Receiver) -> None:
    control.call("POST", "/webhooks", {"delivery": "paused"})
    opened = [control.do("gorgias", "north", "ticket_open", email=f"c{n}@shop.test")["id"] for n in range(10)]
    control.call("POST", "/webhooks", {"delivery": "shuffle"})
    control.wait_for_webhooks()
    created = [int(body["ticket_id"]) for body in targeted.bodies if body["trigger"] == "ticket-created"]
    assert created != opened
    assert sorted(created) == opened


def test_in_a_storm_each_comes_twice_and_not_in_a_row(control: Control, targeted: Receiver) -> None:
    control.call("POST", "/webhooks", {"delivery": "paused"})
    opened = [control.do("gorgias", "north", "ticket_open", email=f"c{n}@shop.test")["id"] for n in range(10)]
    control.call("POST", "/webhooks", {"delivery": "storm"})
    control.wait_for_webhooks()
    created = [int(body["ticket_id"]) for body in targeted.bodies if body["trigger"] == "ticket-created"]
    assert sorted(created) == sorted(opened * 2)
    assert created[::2] != created[1::2]


def test_an_unknown_way_to_deliver_is_refused(control: Control) -> None:
    answer = control.call("POST", "/webhooks", {"delivery": "pigeon"})
    assert (answer.status_code, "not 'pigeon'" in answer.json()["error"]) == (400, True)


def test_a_hundred_failures_in_a_row_switch_an_integration_off(
    control: Control, gorgias: Vendor, receiver: Receiver
) -> None:
    receiver.status = 500
    made = gorgias.call("POST", "/api/integrations", integration(receiver.url, "ticket-created")).json()
    control.call("POST", "/webhooks", {"pause": 0})
    for _ in range(100):
        control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    assert gorgias.get(f"/api/integrations/{made['id']}")["deactivated_datetime"] is not None
    assert len(receiver.bodies) == 300


def test_null_reactivates_an_integration(control: Control, gorgias: Vendor, receiver: Receiver) -> None:
    made = gorgias.call("POST", "/api/integrations", integration(receiver.url, "ticket-created")).json()
    control.do("gorgias", "north", "integration_deactivate", id=made["id"])
    control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    arrived_meanwhile = len(receiver.bodies)
    gorgias.call("PUT", f"/api/integrations/{made['id']}", {"name": "Ours", "deactivated_datetime": None})
    control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    control.wait_for_webhooks()
    assert (arrived_meanwhile, len(receiver.bodies)) == (0, 1)
