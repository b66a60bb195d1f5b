"""Lists, tags, templates, campaigns and metrics of the fake Klaviyo as records, and what staff do to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor

ANA, BEN = "ana@shop.test", "ben@shop.test"
SEED: dict[str, Any] = {
    "lists": [{"id": "NEWSxx", "name": "News", "members": [ANA, BEN], "tags": ["ours"]}],
    "campaigns": [{"name": "Sale", "audiences": {"included": ["News"]}}],
    "flows": [{"name": "Welcome", "definition": {"triggers": [{"type": "list", "id": "NEWSxx"}]}}],
    "metrics": [
        {"id": "ORDERx", "name": "Placed Order", "integration": {"name": "Shopify"}, "mapped": "revenue"}
    ],
}


@pytest.fixture
def seeded(control: Control, klaviyo: Vendor) -> dict[str, list[str]]:
    control.call("POST", "/limits", {"on": False})
    return control.account("klaviyo", "north", seed=SEED)


def body(kind: str, number: str | None = None, **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": kind, **({"id": number} if number else {}), "attributes": attributes}}


def test_a_list_leads_to_its_tags_flows_and_members(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    read = klaviyo.get("/api/lists/NEWSxx", include="tags,flow-triggers")
    found = klaviyo.get("/api/lists/NEWSxx/profiles", filter=f'equals(email,"{BEN}")')["data"]
    assert {one["type"] for one in read["included"]} == {"tag", "flow"}
    assert [one["attributes"]["email"] for one in found] == [BEN]
    assert klaviyo.get("/api/lists/NEWSxx/tags")["data"][0]["attributes"] == {"name": "ours"}
    assert klaviyo.get("/api/lists/NEWSxx/flow-triggers")["data"][0]["id"] == seeded["flows"][0]


def test_a_list_is_renamed_and_deleted(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    renamed = klaviyo.call("PATCH", "/api/lists/NEWSxx", body("list", "NEWSxx", name="Post")).json()
    deleted = klaviyo.call("DELETE", "/api/lists/NEWSxx")
    assert (renamed["data"]["attributes"]["name"], deleted.status_code) == ("Post", 204)
    assert klaviyo.call("GET", "/api/lists/NEWSxx").status_code == 404


def test_a_profile_tells_its_lists(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    number = klaviyo.get("/api/profiles", filter=f'equals(email,"{ANA}")')["data"][0]["id"]
    assert [one["id"] for one in klaviyo.get(f"/api/profiles/{number}/lists")["data"]] == ["NEWSxx"]
    assert klaviyo.get(f"/api/profiles/{number}/segments")["data"] == []


def test_only_the_asked_fields_are_shown(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    (first, *_) = klaviyo.get("/api/profiles", **{"fields[profile]": "email,location.city"})["data"]
    assert first["attributes"].keys() == {"email", "location"}


def test_profiles_are_sorted_and_filtered_by_their_last_change(
    control: Control, klaviyo: Vendor, seeded: dict[str, list[str]]
) -> None:
    before = klaviyo.get("/api/profiles", sort="-updated")["data"][0]["attributes"]["updated"]
    control.do("klaviyo", "north", "profile_suppress", email=ANA)
    changed = klaviyo.get("/api/profiles", filter=f"greater-than(updated,{before})", sort="updated")["data"]
    by_email = klaviyo.get("/api/profiles", sort="-email")["data"]
    assert [one["attributes"]["email"] for one in changed] == [ANA]
    assert [one["attributes"]["email"] for one in by_email] == [BEN, ANA]


def test_a_tag_exists_only_once_and_leaves_what_carried_it(
    klaviyo: Vendor, seeded: dict[str, list[str]]
) -> None:
    number = klaviyo.get("/api/tags", filter='equals(name,"ours")')["data"][0]["id"]
    again = klaviyo.call("POST", "/api/tags", body("tag", name="ours"))
    renamed = klaviyo.call("PATCH", f"/api/tags/{number}", body("tag", number, name="theirs"))
    klaviyo.call("DELETE", f"/api/tags/{number}")
    assert (again.status_code, renamed.status_code) == (409, 204)
    assert klaviyo.get("/api/lists/NEWSxx/tags")["data"] == []


def test_a_tag_is_put_only_on_what_exists(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    number = klaviyo.get("/api/tags")["data"][0]["id"]
    references = {"data": [{"type": "campaign", "id": "01NOBODY"}]}
    answer = klaviyo.call("POST", f"/api/tags/{number}/relationships/campaigns", references)
    assert answer.status_code == 404


def test_a_template_is_changed_and_deleted(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    made = klaviyo.call("POST", "/api/templates", body("template", name="T", editor_type="CODE", html="<p/>"))
    number = made.json()["data"]["id"]
    changed = klaviyo.call("PATCH", f"/api/templates/{number}", body("template", number, html="<b/>")).json()
    odd = klaviyo.call("POST", "/api/templates", body("template", name="T", editor_type="WORD"))
    assert (changed["data"]["attributes"]["html"], odd.status_code) == ("<b/>", 400)
    assert klaviyo.call("DELETE", f"/api/templates/{number}").status_code == 204


def test_a_message_gets_its_own_copy_of_a_template(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    made = klaviyo.call("POST", "/api/templates", body("template", name="T", editor_type="CODE", html="<i/>"))
    wanted = {"template": {"data": {"type": "template", "id": made.json()["data"]["id"]}}}
    campaign = seeded["campaigns"][0]
    message = klaviyo.get(f"/api/campaigns/{campaign}/relationships/campaign-messages")["data"][0]["id"]
    assign = {"data": {"type": "campaign-message", "id": message, "relationships": wanted}}
    klaviyo.call("POST", "/api/campaign-message-assign-template", assign)
    copied = klaviyo.get(f"/api/campaign-messages/{message}/template")["data"]
    assert copied["attributes"]["html"] == "<i/>"
    assert copied["id"] != wanted["template"]["data"]["id"]
    assert (
        klaviyo.get(f"/api/campaign-messages/{message}", include="campaign")["included"][0]["id"] == campaign
    )


@pytest.mark.parametrize(
    "strategy",
    [
        {"method": "someday"},
        {"method": "static"},
        {"method": "static", "datetime": "soon"},
        {"method": "throttled", "datetime": "2035-01-01T00:00:00Z", "throttle_percentage": 3},
        {"method": "smart_send_time", "date": "2035-13-01"},
    ],
)
def test_a_send_strategy_that_cannot_be_is_refused(
    klaviyo: Vendor, seeded: dict[str, list[str]], strategy: dict[str, Any]
) -> None:
    number = seeded["campaigns"][0]
    answer = klaviyo.call(
        "PATCH", f"/api/campaigns/{number}", body("campaign", number, send_strategy=strategy)
    )
    assert answer.status_code == 400


def test_an_audience_names_only_what_exists(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    number = seeded["campaigns"][0]
    audiences = {"included": ["NEWSxx"], "excluded": ["NOBODY"]}
    answer = klaviyo.call("PATCH", f"/api/campaigns/{number}", body("campaign", number, audiences=audiences))
    pointer = "/data/attributes/audiences/excluded/0"
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"pointer": pointer})


def test_an_immediate_campaign_is_prepared_then_sent(
    control: Control, klaviyo: Vendor, seeded: dict[str, list[str]]
) -> None:
    control.call("POST", "/limits", {"job_seconds": 60})
    number = seeded["campaigns"][0]
    start = {"data": {"type": "campaign-send-job", "id": number}}
    queued = klaviyo.call("POST", "/api/campaign-send-jobs", start).json()["data"]["attributes"]["status"]
    again = klaviyo.call("POST", "/api/campaign-send-jobs", start)
    control.set_clock("2035-01-01T00:00:00Z")
    sent = klaviyo.get(f"/api/campaigns/{number}")["data"]["attributes"]["status"]
    revert = body("campaign-send-job", number, action="revert")
    too_late = klaviyo.call("PATCH", f"/api/campaign-send-jobs/{number}", revert)
    assert (queued, again.status_code, sent, too_late.status_code) == ("queued", 400, "Sent", 400)
    assert klaviyo.get(f"/api/campaign-send-jobs/{number}")["data"]["attributes"]["status"] == "complete"


def test_a_cancelled_campaign_is_never_sent(
    control: Control, klaviyo: Vendor, seeded: dict[str, list[str]]
) -> None:
    number = seeded["campaigns"][0]
    control.do("klaviyo", "north", "campaign_schedule", id=number)
    klaviyo.call(
        "PATCH", f"/api/campaign-send-jobs/{number}", body("campaign-send-job", number, action="cancel")
    )
    control.set_clock("2035-01-01T00:00:00Z")
    (campaign,) = control.state("klaviyo", "north")["campaigns"]
    assert (campaign["status"], campaign["recipients"]) == ("Cancelled", None)


def test_metrics_are_filtered_by_integration(klaviyo: Vendor, seeded: dict[str, list[str]]) -> None:
    shopify = klaviyo.get("/api/metrics", filter='equals(integration.name,"Shopify")')["data"]
    assert [one["id"] for one in shopify] == ["ORDERx"]
    assert klaviyo.get("/api/metrics", filter='equals(integration.name,"API")')["data"] == []
    assert klaviyo.get("/api/mapped-metrics/revenue/metric")["data"]["id"] == "ORDERx"
    assert klaviyo.call("GET", "/api/mapped-metrics/mood").status_code == 404


@pytest.mark.parametrize(
    ("verb", "given", "status"),
    [
        ("profile_create", {"email": ANA}, 409),
        ("profile_create", {"email": "cleo@shop.test", "suppression": [{"reason": "HARD_BOUNCE"}]}, 200),
        ("profile_delete", {"email": ANA}, 200),
        ("profile_delete", {"email": "nobody@shop.test"}, 404),
        ("profile_merge", {"email": ANA, "into": ANA}, 400),
        ("profile_unsuppress", {"email": "nobody@shop.test"}, 404),
        ("profile_subscribe", {"email": ANA, "channel": "sms", "list": "News"}, 200),
        ("list_member_remove", {"list": "NEWSxx", "email": ANA}, 200),
        ("list_member_add", {"list": "Nothing", "email": ANA}, 404),
        ("campaign_create", {"name": "X", "audiences": {"included": ["Nothing"]}}, 400),
        ("campaign_send", {"id": "01NOBODY"}, 404),
        ("flow_create", {"name": "X"}, 200),
        ("flow_set_status", {"flow": "Welcome", "status": "asleep"}, 400),
        ("flow_send", {"flow": "Nothing", "email": ANA}, 404),
        ("metric_create", {"name": "M", "mapped": "mood"}, 400),
        ("event_create", {"email": ANA}, 400),
        ("list_rename", {"list": "News"}, 400),
    ],
)
def test_a_verb_takes_only_what_it_knows(
    control: Control, seeded: dict[str, list[str]], verb: str, given: dict[str, Any], status: int
) -> None:
    answer = control.call("POST", f"/klaviyo/accounts/north/do/{verb}", given)
    assert (answer.status_code, "error" in answer.json()) == (status, status != 200)


def test_events_are_filtered_by_person_and_time(
    control: Control, klaviyo: Vendor, seeded: dict[str, list[str]]
) -> None:
    for day in (1, 2, 3):
        for email in (ANA, BEN):
            control.do(
                "klaviyo",
                "north",
                "event_create",
                metric="Ops",
                email=email,
                time=f"2026-07-0{day}T10:00:00Z",
            )
    ana = klaviyo.get("/api/profiles", filter=f'equals(email,"{ANA}")')["data"][0]["id"]
    asked = f'equals(profile_id,"{ana}"),greater-or-equal(datetime,2026-07-02T10:00:00+00:00)'
    found = klaviyo.get("/api/events", filter=asked, sort="datetime", **{"page[size]": 1})
    following = klaviyo.session.get(found["links"]["next"], timeout=5).json()
    days = [one["attributes"]["datetime"][:10] for one in [*found["data"], *following["data"]]]
    assert (days, following["links"]["next"]) == (["2026-07-02", "2026-07-03"], None)
    assert len(klaviyo.get("/api/events", filter="less-than(timestamp,1782957600)")["data"]) == 2
