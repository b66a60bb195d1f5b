"""What a rule needs at Klaviyo is found or made once, whoever made it, and looked at afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from connectors.errors import NeedsAttention, Refused
from connectors.types import Finding, Mailing, Paragraph, Segment, SetUp
from tests.connectors.accounts import FakeAccount

EMAIL = Mailing(
    metric="Cart recovery: email",
    channel="email",
    subject="Still there",
    paragraphs=(Paragraph("Your cart waits."),),
    things="items",
    sample={"items": [{"title": "Boots"}]},
)
TEXT = Mailing(metric="Cart recovery: text", channel="sms", paragraphs=(Paragraph("Your cart waits."),))
VIPS = Segment(name="VIP customers", property="VIP", value=True)


def hold(account: FakeAccount) -> str:
    return str(account.seed(lists=[{"name": "Orchestrator hold: shop"}])["lists"][0])


def make(account: FakeAccount, thing: SetUp, hold_list: str = "LSTHLD") -> dict[str, bool]:
    """Every step in its order; which of them made something new."""
    account.control("POST", "limits", {"on": False, "job_seconds": 0})
    vendor = account.open()
    known: dict[str, str] = {}
    new: dict[str, bool] = {}
    for step in vendor.set_up_steps(thing):
        piece = vendor.set_up(step, thing, known, hold_list)
        known[step], new[step] = piece.id, piece.is_new
    return new


def look(account: FakeAccount, thing: SetUp, hold_list: str = "") -> list[Finding]:
    return list(account.open().set_up_findings(thing, hold_list))


def open_things(found: list[Finding]) -> set[str]:
    return {each.what for each in found if not each.is_done}


def counts(account: FakeAccount) -> dict[str, int]:
    state = account.state()
    return {kind: len(state[kind]) for kind in ("metrics", "templates", "flows", "segments")}


def delete(account: FakeAccount, path: str) -> None:
    """Somebody deletes it there."""
    headers = {"Authorization": f"Klaviyo-API-Key pk_{account.name}", "revision": "2026-07-15"}
    requests.delete(f"{account.url}/klaviyo{path}", headers=headers, timeout=10).raise_for_status()


def test_an_email_gets_its_event_its_template_and_a_draft_flow(klaviyo: FakeAccount) -> None:
    held = hold(klaviyo)

    new = make(klaviyo, EMAIL, held)

    state = klaviyo.state()
    (flow,), (template,), (metric,) = state["flows"], state["templates"], state["metrics"]
    (action,) = flow["definition"]["actions"]
    assert new == {"event": True, "template": True, "flow": True}
    assert flow["status"] == action["data"]["status"] == "draft"
    assert flow["definition"]["triggers"] == [{"type": "metric", "id": metric["id"]}]
    assert action["data"]["message"]["template_id"] == template["id"]
    assert action["data"]["message"]["from_email"]
    assert open_things(look(klaviyo, EMAIL, held)) == {"Flow"}


def test_nobody_can_be_written_to_by_the_first_event(klaviyo: FakeAccount) -> None:
    make(klaviyo, TEXT, hold(klaviyo))

    state = klaviyo.state()
    assert [(each["email"], each["backfill"]) for each in state["events"]] == [(None, True)]
    assert [(each["email"], each["phone_number"]) for each in state["profiles"]] == [(None, None)]


def test_a_text_message_needs_no_template(klaviyo: FakeAccount) -> None:
    held = hold(klaviyo)

    make(klaviyo, TEXT, held)

    (flow,) = klaviyo.state()["flows"]
    assert flow["definition"]["actions"][0]["data"]["message"]["body"] == "Your cart waits."
    assert counts(klaviyo)["templates"] == 0
    assert open_things(look(klaviyo, TEXT, held)) == {"Flow"}


@pytest.mark.parametrize("thing", [EMAIL, TEXT, VIPS], ids=["email", "sms", "segment"])
def test_a_second_time_makes_nothing(klaviyo: FakeAccount, thing: SetUp) -> None:
    held = hold(klaviyo)
    make(klaviyo, thing, held)
    before = counts(klaviyo)

    new = make(klaviyo, thing, held)

    assert not any(new.values())
    assert counts(klaviyo) == before


def test_what_was_half_done_goes_on(klaviyo: FakeAccount) -> None:
    held = hold(klaviyo)
    klaviyo.fault("/api/flows$", "status", status=400, times=1)
    with pytest.raises(Refused):
        make(klaviyo, EMAIL, held)

    new = make(klaviyo, EMAIL, held)

    assert new == {"event": False, "template": False, "flow": True}
    assert counts(klaviyo) == {"metrics": 1, "templates": 1, "flows": 1, "segments": 0}


def test_a_flow_that_people_made_will_do(klaviyo: FakeAccount) -> None:
    (metric,) = klaviyo.seed(metrics=[{"name": EMAIL.metric}])["metrics"]
    definition = {"triggers": [{"type": "metric", "id": metric}]}
    klaviyo.do("flow_create", name="Our own", status="live", definition=definition)

    new = make(klaviyo, EMAIL, hold(klaviyo))

    assert not any(new.values())
    assert counts(klaviyo) == {"metrics": 1, "templates": 0, "flows": 1, "segments": 0}
    assert open_things(look(klaviyo, EMAIL, "LSTHLD")) == {"Hold list", "Template"}


def test_a_flow_of_our_name_that_starts_from_something_else_is_told(klaviyo: FakeAccount) -> None:
    klaviyo.seed(metrics=[{"name": EMAIL.metric}])
    klaviyo.do("flow_create", name=EMAIL.name, status="draft")

    with pytest.raises(Refused, match="starts from something else"):
        make(klaviyo, EMAIL, hold(klaviyo))


def test_the_findings_follow_what_people_do_there(klaviyo: FakeAccount) -> None:
    held = hold(klaviyo)
    seen = [open_things(look(klaviyo, EMAIL, held))]
    make(klaviyo, EMAIL, held)
    seen.append(open_things(look(klaviyo, EMAIL, held)))
    klaviyo.do("flow_set_status", flow=EMAIL.name, status="live")
    seen.append(open_things(look(klaviyo, EMAIL, held)))
    delete(klaviyo, f"/api/templates/{klaviyo.state()['templates'][0]['id']}")
    seen.append(open_things(look(klaviyo, EMAIL, held)))
    delete(klaviyo, f"/api/flows/{klaviyo.state()['flows'][0]['id']}")
    seen.append(open_things(look(klaviyo, EMAIL, held)))

    assert seen == [{"Event"}, {"Flow"}, set(), {"Template"}, {"Flow"}]


@pytest.mark.parametrize(
    ("message", "kind", "open_"),
    [
        ({"status": "draft", "message": {"template_id": "TPL001"}}, "send-email", {"Message", "Hold list"}),
        ({"status": "live", "message": {"body": "Hi"}}, "send-sms", {"Message", "Hold list"}),
        ({"status": "live", "message": {"template_id": "TPL001"}}, "send-email", {"Hold list"}),
    ],
)
def test_a_live_flow_that_sends_no_email_is_told(
    klaviyo: FakeAccount, message: dict[str, Any], kind: str, open_: set[str]
) -> None:
    (metric,) = klaviyo.seed(metrics=[{"name": EMAIL.metric}], templates=[{"id": "TPL001"}])["metrics"]
    action = {"id": "a", "type": kind, "links": {"next": None}, "data": message}
    definition = {"triggers": [{"type": "metric", "id": metric}], "actions": [action]}
    klaviyo.do("flow_create", name="Our own", status="live", definition=definition)

    assert open_things(look(klaviyo, EMAIL, "LSTHLD")) == open_


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, {"type": "boolean", "operator": "equals", "value": True}),
        (30, {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 30}),
        ("delayed", {"type": "string", "operator": "equals", "value": "delayed"}),
    ],
)
def test_a_segment_asks_one_property(klaviyo: FakeAccount, value: Any, written: dict[str, Any]) -> None:
    thing = Segment(name="Some", property="What's up", value=value)
    missing = open_things(look(klaviyo, thing))

    make(klaviyo, thing)

    (segment,) = klaviyo.state()["segments"]
    (group,) = segment["definition"]["condition_groups"]
    assert group["conditions"][0]["filter"] == written
    assert (missing, open_things(look(klaviyo, thing))) == ({"Segment"}, set())


def test_people_are_in_the_segments_they_belong_to(klaviyo: FakeAccount) -> None:
    profiles = [
        {"email": "new@shop.test", "properties": {"First": "2026-11-20", "VIP": True}},
        {"email": "old@shop.test", "properties": {"First": "2020-01-01", "VIP": None}},
    ]
    klaviyo.control("POST", "clock", {"now": "2026-11-26T12:00:00Z"})
    klaviyo.seed(profiles=profiles)
    for name, value in (("First", 30), ("VIP", True)):
        make(klaviyo, Segment(name=name, property=name, value=value))

    assert [each["members"] for each in klaviyo.state()["segments"]] == [["new@shop.test"]] * 2


@pytest.mark.parametrize("scope", ["events:write", "templates:write", "flows:write", "metrics:read"])
def test_a_missing_scope_is_named(klaviyo: FakeAccount, scope: str) -> None:
    held = hold(klaviyo)
    every = {"accounts:read", "metrics:read", "events:write", "templates:read", "templates:write"}
    scopes = [*(every | {"flows:read", "flows:write"}) - {scope}]
    klaviyo.control("PUT", f"klaviyo/accounts/{klaviyo.name}", {"scopes": scopes})

    with pytest.raises(NeedsAttention, match=scope):
        make(klaviyo, EMAIL, held)


def test_broken_mark_up_is_refused_with_the_vendors_words(klaviyo: FakeAccount) -> None:
    vendor = klaviyo.open()
    about = {"name": "x", "editor_type": "CODE", "html": "<p>{% if event.left %}</p>"}
    body = {"data": {"type": "template", "attributes": about}}

    with pytest.raises(Refused, match="syntax error"):
        vendor.client.post("/api/templates", json=body)
    assert counts(klaviyo)["templates"] == 0
