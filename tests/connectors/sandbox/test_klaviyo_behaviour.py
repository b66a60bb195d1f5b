"""What the fake Klaviyo does over time: limits, jobs, suppression, and who is written to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor

ANA, BEN = "ana@shop.test", "ben@shop.test"
HOLD: dict[str, Any] = {"lists": [{"id": "HOLDxx", "name": "Hold"}, {"name": "News", "members": [ANA, BEN]}]}
NOT_HELD = {
    "condition_groups": [
        {"conditions": [{"type": "profile-group-membership", "is_member": False, "group_ids": ["HOLDxx"]}]}
    ]
}


def job(kind: str, *emails: str) -> dict[str, Any]:
    people = [{"type": "profile", "attributes": {"email": email}} for email in emails]
    return {"data": {"type": kind, "attributes": {"profiles": {"data": people}}}}


def suppressed(klaviyo: Vendor, email: str) -> list[str]:
    found = klaviyo.get(
        "/api/profiles",
        **{"filter": f'equals(email,"{email}")', "additional-fields[profile]": "subscriptions"},
    )
    marketing = found["data"][0]["attributes"]["subscriptions"]["email"]["marketing"]
    return [one["reason"] for one in marketing["suppression"]]


def test_a_full_burst_window_is_answered_with_retry_after_only(control: Control, klaviyo: Vendor) -> None:
    answers = []
    for _ in range(4):
        control.set_clock("2026-12-01T00:00:00Z")
        answers.append(klaviyo.call("GET", "/api/flows"))
    refused = answers[3]
    assert refused.status_code == 429
    assert answers[0].headers["RateLimit-Limit"] == "60"
    assert answers[0].headers["RateLimit-Remaining"] == "59"
    assert refused.headers["Retry-After"] == "1"
    assert not [name for name in refused.headers if name.lower().startswith("ratelimit")]
    assert refused.json()["errors"][0]["code"] == "throttled"


def test_a_steady_window_ends_with_its_minute(control: Control, klaviyo: Vendor) -> None:
    for second in range(15):
        control.set_clock(f"2026-12-01T00:00:{second * 2:02}Z")
        assert klaviyo.call("GET", "/api/accounts").status_code == 200
    control.set_clock("2026-12-01T00:00:40Z")
    full = klaviyo.call("GET", "/api/accounts")
    control.set_clock("2026-12-01T00:01:00Z")
    assert (full.status_code, 18 <= int(full.headers["Retry-After"]) <= 20) == (429, True)
    assert klaviyo.call("GET", "/api/accounts").status_code == 200


def test_counting_members_costs_a_smaller_allowance(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    control.set_clock("2026-12-01T00:00:00Z")
    plain = klaviyo.call("GET", "/api/lists/HOLDxx")
    control.set_clock("2026-12-01T00:01:00Z")
    counted = klaviyo.call("GET", "/api/lists/HOLDxx", **{"additional-fields[list]": "profile_count"})
    assert (plain.headers["RateLimit-Limit"], counted.headers["RateLimit-Limit"]) == ("750", "15")


def test_a_job_is_queued_then_processing_then_complete(control: Control, klaviyo: Vendor) -> None:
    control.call("POST", "/limits", {"job_seconds": 30})
    control.set_clock("2026-12-01T00:00:00Z")
    kind = "profile-suppression-bulk-create-job"
    number = klaviyo.call("POST", f"/api/{kind}s", job(kind, ANA)).json()["data"]["id"]
    seen = []
    for second in (1, 20, 40):
        control.set_clock(f"2026-12-01T00:00:{second:02}Z")
        seen.append(klaviyo.get(f"/api/{kind}s/{number}")["data"]["attributes"]["status"])
    assert seen == ["queued", "processing", "complete"]
    assert suppressed(klaviyo, ANA) == ["USER_SUPPRESSED"]


def test_an_event_can_be_read_only_after_a_while(control: Control, klaviyo: Vendor) -> None:
    control.call("POST", "/limits", {"job_seconds": 30})
    metric = {"data": {"type": "metric", "attributes": {"name": "Ops"}}}
    who = {"data": {"type": "profile", "attributes": {"email": ANA}}}
    attributes = {"metric": metric, "profile": who, "properties": {}, "time": "2026-07-01T10:00:00.5Z"}
    klaviyo.call("POST", "/api/events", {"data": {"type": "event", "attributes": attributes}})
    at_once = klaviyo.get("/api/events")["data"]
    control.set_clock("2030-01-01T00:00:00Z")
    (later,) = klaviyo.get("/api/events")["data"]
    assert (at_once, later["attributes"]["datetime"]) == ([], "2026-07-01T10:00:00+00:00")


def test_lifting_removes_only_what_staff_or_we_suppressed(control: Control, klaviyo: Vendor) -> None:
    reasons = ["HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT", "UNSUBSCRIBE", "USER_SUPPRESSED"]
    person = {"email": ANA, "suppression": [{"reason": reason} for reason in reasons]}
    control.account("klaviyo", "north", seed={"profiles": [person]})
    kind = "profile-suppression-bulk-delete-job"
    klaviyo.call("POST", f"/api/{kind}s", job(kind, ANA))
    assert suppressed(klaviyo, ANA) == reasons[:-1]


def test_suppressing_again_changes_nothing(control: Control, klaviyo: Vendor) -> None:
    kind = "profile-suppression-bulk-create-job"
    first = control.do("klaviyo", "north", "profile_suppress", email=ANA)
    number = klaviyo.call("POST", f"/api/{kind}s", job(kind, ANA)).json()["data"]["id"]
    counts = klaviyo.get(f"/api/{kind}s/{number}")["data"]["attributes"]
    (profile,) = control.state("klaviyo", "north")["profiles"]
    assert profile["suppression"] == first["suppression"]
    assert (counts["completed_count"], counts["skipped_count"]) == (1, 1)


def test_staff_who_suppress_again_renew_the_stamp_unless_told_otherwise(
    control: Control, klaviyo: Vendor
) -> None:
    stamps = [
        control.do("klaviyo", "north", "profile_suppress", email=ANA, renews=renews)["suppression"]
        for renews in (True, False, True)
    ]
    assert stamps[0] == stamps[1]
    assert stamps[1] != stamps[2]
    assert suppressed(klaviyo, ANA) == ["USER_SUPPRESSED"]


def test_lifting_an_unknown_address_makes_no_profile(control: Control, klaviyo: Vendor) -> None:
    kind = "profile-suppression-bulk-delete-job"
    klaviyo.call("POST", f"/api/{kind}s", job(kind, "nobody@shop.test"))
    assert control.state("klaviyo", "north")["profiles"] == []


def test_subscribing_lifts_a_suppression(control: Control, klaviyo: Vendor) -> None:
    control.do("klaviyo", "north", "profile_suppress", email=ANA)
    control.do("klaviyo", "north", "profile_subscribe", email=ANA)
    assert suppressed(klaviyo, ANA) == []


def test_leaving_one_list_is_not_leaving_everything(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    from_list = control.do("klaviyo", "north", "profile_unsubscribe", email=ANA, list="News")
    from_another = control.do("klaviyo", "north", "profile_unsubscribe", email=BEN, list="Hold")
    assert (from_list["suppression"], from_list["lists"]) == ([], [])
    assert [one["reason"] for one in from_another["suppression"]] == ["UNSUBSCRIBE"]


def test_a_campaign_passes_over_excluded_and_suppressed_people(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    control.do("klaviyo", "north", "list_member_add", list="News", email="cleo@shop.test")
    control.do("klaviyo", "north", "list_member_add", list="Hold", email=ANA)
    control.do("klaviyo", "north", "profile_suppress", email=BEN)
    audiences = {"included": ["News"], "excluded": ["Hold"]}
    campaign = control.do("klaviyo", "north", "campaign_create", name="Sale", audiences=audiences)
    sent = control.do("klaviyo", "north", "campaign_send", id=campaign["id"])
    assert (sent["status"], sent["recipients"], sent["skipped"]) == ("Sent", ["cleo@shop.test"], [BEN])


@pytest.mark.parametrize(("at_send", "recipients"), [(False, [ANA, BEN]), (True, [BEN])])
def test_a_hold_after_scheduling_counts_only_when_recipients_are_chosen_at_send(
    control: Control, klaviyo: Vendor, at_send: bool, recipients: list[str]
) -> None:
    control.account("klaviyo", "north", seed=HOLD, recipients_at_send=at_send)
    audiences = {"included": ["News"], "excluded": ["Hold"]}
    number = control.do("klaviyo", "north", "campaign_create", name="Sale", audiences=audiences)["id"]
    control.do("klaviyo", "north", "campaign_schedule", id=number, datetime="2035-01-01T09:00:00Z")
    control.do("klaviyo", "north", "list_member_add", list="Hold", email=ANA)
    control.set_clock("2035-01-01T09:00:01Z")
    (campaign,) = control.state("klaviyo", "north")["campaigns"]
    assert (campaign["status"], sorted(campaign["recipients"])) == ("Sent", recipients)


def test_a_suppression_after_scheduling_counts_in_any_case(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    campaign = control.do(
        "klaviyo", "north", "campaign_create", name="Sale", audiences={"included": ["News"]}
    )
    control.do("klaviyo", "north", "campaign_schedule", id=campaign["id"])
    control.do("klaviyo", "north", "profile_suppress", email=ANA)
    sent = control.do("klaviyo", "north", "campaign_send", id=campaign["id"])
    assert (sent["recipients"], sent["skipped"]) == ([BEN], [ANA])


def test_a_scheduled_campaign_must_be_reverted_before_it_is_changed(
    control: Control, klaviyo: Vendor
) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    number = control.do("klaviyo", "north", "campaign_create", name="Sale", audiences={"included": ["News"]})[
        "id"
    ]
    control.do("klaviyo", "north", "campaign_schedule", id=number)
    change = {"data": {"type": "campaign", "id": number, "attributes": {"name": "Later"}}}
    revert = {"data": {"type": "campaign-send-job", "id": number, "attributes": {"action": "revert"}}}
    scheduled = klaviyo.call("PATCH", f"/api/campaigns/{number}", change)
    reverted = klaviyo.call("PATCH", f"/api/campaign-send-jobs/{number}", revert)
    draft = klaviyo.call("PATCH", f"/api/campaigns/{number}", change)
    assert [one.status_code for one in (scheduled, reverted, draft)] == [400, 204, 200]


def test_a_reverted_campaign_whose_time_has_passed_needs_another(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    number = control.do("klaviyo", "north", "campaign_create", name="Sale", audiences={"included": ["News"]})[
        "id"
    ]
    control.do("klaviyo", "north", "campaign_schedule", id=number, datetime="2035-01-01T09:00:00Z")
    revert = {"data": {"type": "campaign-send-job", "id": number, "attributes": {"action": "revert"}}}
    klaviyo.call("PATCH", f"/api/campaign-send-jobs/{number}", revert)
    control.set_clock("2035-01-02T00:00:00Z")
    send = {"data": {"type": "campaign-send-job", "id": number}}
    answer = klaviyo.call("POST", "/api/campaign-send-jobs", send)
    assert (answer.status_code, "has passed" in answer.json()["errors"][0]["detail"]) == (400, True)


def outcome(control: Control, flow: str, email: str) -> str | None:
    (message,) = control.do("klaviyo", "north", "flow_send", flow=flow, email=email)["messages"]
    return message["skipped"]  # type: ignore[no-any-return]


def test_a_flow_skips_whom_its_filters_or_a_suppression_exclude(control: Control, klaviyo: Vendor) -> None:
    message = {"subject_line": "Hi", "additional_filters": NOT_HELD}
    action = {"type": "send-email", "data": {"status": "live", "message": message}}
    flows = [
        {"name": "Filtered", "status": "live", "definition": {"profile_filter": NOT_HELD}},
        {"name": "Narrowed", "status": "live", "definition": {"actions": [action]}},
        {"name": "Blind", "status": "live"},
        {"name": "Draft", "status": "draft"},
    ]
    names = ["Filtered", "Narrowed", "Blind", "Draft"]
    control.account("klaviyo", "north", seed={**HOLD, "flows": flows})
    control.do("klaviyo", "north", "list_member_add", list="Hold", email=ANA)
    control.do("klaviyo", "north", "profile_suppress", email=BEN)
    assert [outcome(control, name, ANA) for name in names] == [
        "Fails Flow Filters",
        "Fails Additional Filters",
        None,
        "Draft",
    ]
    assert outcome(control, "Blind", BEN) == "Suppressed"


def test_a_merged_profile_leaves_its_lists_and_events_to_the_other(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    control.do("klaviyo", "north", "event_create", metric="Ops", email=ANA)
    control.do("klaviyo", "north", "list_member_add", list="Hold", email=ANA)
    merged = control.do("klaviyo", "north", "profile_merge", email=ANA, into=BEN)
    (event,) = control.state("klaviyo", "north")["events"]
    assert (event["email"], "HOLDxx" in merged["lists"]) == (BEN, True)
    assert klaviyo.get("/api/profiles", filter=f'equals(email,"{ANA}")')["data"] == []


def test_lists_renamed_and_deleted_by_staff_show_as_such(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", seed=HOLD)
    control.do("klaviyo", "north", "list_rename", list="Hold", name="Kept")
    renamed = klaviyo.get("/api/lists/HOLDxx")["data"]["attributes"]["name"]
    control.do("klaviyo", "north", "list_delete", list="Kept")
    assert (renamed, klaviyo.call("GET", "/api/lists/HOLDxx").status_code) == ("Kept", 404)
