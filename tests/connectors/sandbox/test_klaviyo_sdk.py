"""The vendor's own client drives the fake: what it can read is shaped as the vendor documents."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.sdk import Client, body, connect


@pytest.fixture
def client(sandbox: Sandbox, control: Control) -> Client:
    return connect(sandbox, control)


def people(*emails: str) -> dict[str, Any]:
    return {"data": [{"type": "profile", "attributes": {"email": email}} for email in emails]}


def emails(answer: Any) -> list[str]:
    return [row.attributes.email for row in answer.data]


def test_the_account(client: Client) -> None:
    (account,) = client.api.Accounts.get_accounts().data
    assert account.attributes.contact_information.organization_name == "north"
    assert (account.attributes.timezone, account.attributes.preferred_currency) == ("America/New_York", "USD")


def test_profiles_are_found_with_their_subscriptions(client: Client) -> None:
    found = client.api.Profiles.get_profiles(
        filter='any(email,["ANA@shop.test"])', additional_fields_profile=["subscriptions"]
    )
    assert emails(found) == ["ana@shop.test"]
    assert found.data[0].attributes.subscriptions.email.marketing.can_receive_email_marketing is True


def test_profiles_come_page_by_page(client: Client) -> None:
    first = client.api.Profiles.get_profiles(page_size=1, sort="created")
    second = client.api.Profiles.get_profiles(page_size=1, sort="created", page_cursor=cursor_of(first))
    assert (emails(first), emails(second), second.links.next) == (["ana@shop.test"], ["ben@shop.test"], None)


def cursor_of(answer: Any) -> str:
    return str(answer.links.next).partition("page%5Bcursor%5D=")[2].replace("%3D", "=")


def test_a_profile_is_made_changed_and_read(client: Client) -> None:
    profiles = client.api.Profiles
    made = profiles.create_or_update_profile(
        body("profile", {"email": "Cleo@shop.test", "properties": {"hold": True, "tier": "gold"}})
    )
    number = made.data.id
    unset = {"patch_properties": {"unset": ["hold"]}}
    profiles.update_profile(number, body("profile", {"first_name": "Cleo"}, id=number, meta=unset))
    read = profiles.get_profile(number, include=["lists", "segments"]).data.attributes
    assert (read.email, read.first_name, read.properties) == ("cleo@shop.test", "Cleo", {"tier": "gold"})


def test_an_import_joins_a_list_and_reports_its_errors(client: Client) -> None:
    profiles, hold = client.api.Profiles, client.seeded["lists"][1]
    started = profiles.bulk_import_profiles(
        body(
            "profile-bulk-import-job",
            {"profiles": people("dora@shop.test", "not an address")},
            relationships={"lists": {"data": [{"type": "list", "id": hold}]}},
        )
    )
    job = profiles.get_bulk_import_profiles_job(started.data.id).data.attributes
    (error,) = profiles.get_errors_for_bulk_import_profiles_job(started.data.id).data
    assert (job.status, job.completed_count, job.failed_count) == ("complete", 1, 1)
    assert error.attributes.source.pointer == "/data/attributes/profiles/data/1/attributes/email"
    assert emails(client.api.Lists.get_profiles_for_list(hold)) == ["dora@shop.test"]


def test_suppression_and_its_lifting_are_jobs(client: Client) -> None:
    profiles = client.api.Profiles
    started = profiles.bulk_suppress_profiles(
        body("profile-suppression-bulk-create-job", {"profiles": people("ana@shop.test", "new@shop.test")})
    )
    held = profiles.get_profiles(
        filter='equals(subscriptions.email.marketing.suppression.reason,"USER_SUPPRESSED")'
    )
    profiles.bulk_unsuppress_profiles(
        body("profile-suppression-bulk-delete-job", {"profiles": people("ana@shop.test", "nobody@shop.test")})
    )
    job = profiles.get_bulk_suppress_profiles_job(started.data.id).data.attributes
    jobs = profiles.get_bulk_unsuppress_profiles_jobs().data
    still = profiles.get_profiles(
        filter='equals(subscriptions.email.marketing.suppression.reason,"USER_SUPPRESSED")'
    )
    assert (job.status, job.completed_count) == ("complete", 2)
    assert [one.attributes.skipped_count for one in jobs] == [1]
    assert (emails(held), emails(still)) == (["ana@shop.test", "new@shop.test"], ["new@shop.test"])


def test_lists_are_made_found_and_filled(client: Client) -> None:
    lists, ana = client.api.Lists, {"data": [{"type": "profile", "id": client.first("profiles")}]}
    number = lists.create_list(body("list", {"name": "Ops hold"})).data.id
    lists.add_profiles_to_list(number, ana)
    counted = lists.get_list(number, additional_fields_list=["profile_count"]).data.attributes.profile_count
    lists.remove_profiles_from_list(number, ana)
    (found,) = lists.get_lists(filter='equals(name,"Ops hold")', include=["tags"]).data
    assert (found.id, counted) == (number, 1)
    assert lists.get_profile_ids_for_list(number).data == []
    assert lists.get_flows_triggered_by_list(number).data == []


def test_consent_is_given_and_taken(client: Client) -> None:
    profiles = client.api.Profiles
    subscribed = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    unsubscribed = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}

    def given(email: str, subscriptions: Any) -> Any:
        attributes = {"email": email, "subscriptions": subscriptions}
        return {"profiles": {"data": [{"type": "profile", "attributes": attributes}]}}

    profiles.bulk_subscribe_profiles(
        body("profile-subscription-bulk-create-job", given("ana@shop.test", subscribed))
    )
    profiles.bulk_unsubscribe_profiles(
        body("profile-subscription-bulk-delete-job", given("ben@shop.test", unsubscribed))
    )
    read = profiles.get_profiles(sort="created", additional_fields_profile=["subscriptions"]).data
    marketing = [row.attributes.subscriptions.email.marketing for row in read]
    assert [(one.consent, one.can_receive_email_marketing) for one in marketing] == [
        ("SUBSCRIBED", True),
        ("UNSUBSCRIBED", False),
    ]
    assert marketing[1].suppression[0].reason == "UNSUBSCRIBE"


def test_segments_are_worked_out(client: Client) -> None:
    segments = client.api.Segments
    rule = {"type": "string", "operator": "equals", "value": "Ana"}
    condition = {"type": "profile-property", "property": "first_name", "filter": rule}
    definition = {"condition_groups": [{"conditions": [condition]}]}
    made = segments.create_segment(body("segment", {"name": "Anas", "definition": definition}))
    assert emails(segments.get_profiles_for_segment(made.data.id)) == ["ana@shop.test"]
    assert [one.attributes.name for one in segments.get_segments(sort="name").data] == ["Anas", "VIP"]


def test_events_make_their_metric_and_come_back(client: Client) -> None:
    def happened(unique: str) -> dict[str, Any]:
        metric = {"data": {"type": "metric", "attributes": {"name": "Ops Step"}}}
        return {"metric": metric, "properties": {"step": 1}, "unique_id": unique}

    ana = {"data": {"type": "profile", "attributes": {"email": "ana@shop.test"}}}
    events = client.api.Events
    events.create_event(body("event", {**happened("one"), "profile": ana}))
    batch = {"profile": ana, "events": {"data": [{"type": "event", "attributes": happened("two")}]}}
    many = {"events-bulk-create": {"data": [{"type": "event-bulk-create", "attributes": batch}]}}
    events.bulk_create_events(body("event-bulk-create-job", many))
    metric = next(one for one in client.api.Metrics.get_metrics().data if one.attributes.name == "Ops Step")
    found = events.get_events(filter=f'equals(metric_id,"{metric.id}")', include=["metric", "profile"])
    assert [one.attributes.event_properties["step"] for one in found.data] == [1, 1]
    assert {one["type"] for one in found.included} == {"metric", "profile"}


def test_two_profiles_are_merged(client: Client) -> None:
    ana, ben = client.seeded["profiles"]
    merged = {
        "type": "profile-merge",
        "id": ana,
        "relationships": {"profiles": {"data": [{"type": "profile", "id": ben}]}},
    }
    client.api.Profiles.merge_profiles({"data": merged})
    assert emails(client.api.Profiles.get_profiles()) == ["ana@shop.test"]


def test_the_client_waits_as_long_as_a_429_says(client: Client, control: Control) -> None:
    control.fault(vendor="klaviyo", path="/api/lists$", kind="status", status=429, seconds=1)
    client.api.retry_wrapper.num_retries = 3
    assert len(client.api.Lists.get_lists().data) == 2
    statuses = [one["status"] for one in control.call("GET", "/requests?vendor=klaviyo").json()]
    assert statuses == [429, 200]


def test_events_of_one_metric_are_read_with_whose_they_are(client: Client, control: Control) -> None:
    shown = control.do("klaviyo", "north", "product_view", email="ana@shop.test", product_id="7")
    found = client.api.Events.get_events(
        filter=f'equals(metric_id,"{shown["metric"]}"),greater-or-equal(datetime,2020-01-01T00:00:00Z)',
        sort="datetime",
        include=["profile"],
        page_size=500,
    )
    (event,), (holder,) = found.data, found.included
    assert (event.id, event.attributes.event_properties["ProductID"]) == (shown["id"], "7")
    assert holder["attributes"]["email"] == "ana@shop.test"


def test_predictions_are_told_only_where_they_are_asked_for(client: Client, control: Control) -> None:
    figures_given = {"predicted_clv": 320.5, "churn_probability": 0.25}
    control.do("klaviyo", "north", "profile_predict", email="ana@shop.test", **figures_given)
    asked = {"filter": 'any(email,["ana@shop.test","ben@shop.test"])'}
    told = client.api.Profiles.get_profiles(**asked, additional_fields_profile=["predictive_analytics"]).data
    figures = {each.attributes.email: each.attributes.predictive_analytics for each in told}
    assert (figures["ana@shop.test"].predicted_clv, figures["ana@shop.test"].churn_probability) == (
        320.5,
        0.25,
    )
    assert figures["ben@shop.test"].predicted_clv is None
    assert client.api.Profiles.get_profiles(**asked).data[0].attributes.predictive_analytics is None
