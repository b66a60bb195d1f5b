"""Events, metrics and tags at Klaviyo, looked at from the vendor's side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import Refused, TryLater
from connectors.roles import MarketingEvent
from connectors.vendors.klaviyo.meanings import Metric
from tests.connectors.accounts import FakeAccount


def event(number: int, email: str = "ana@shop.test", **more: Any) -> MarketingEvent:
    fields = {
        "metric": "Ops Ticket Opened",
        "email": email,
        "key": f"store:1:ticket:{number}:opened",
        "at": datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        "properties": {"ticket_id": str(number)},
        **more,
    }
    return MarketingEvent(**fields)


@pytest.fixture(autouse=True)
def _jobs_end_at_once(klaviyo: FakeAccount) -> None:
    klaviyo.control("POST", "limits", {"job_seconds": 0})


def landed(account: FakeAccount) -> list[dict[str, Any]]:
    return list(account.state()["events"])


def test_an_event_lands_with_its_properties_and_value(klaviyo):
    klaviyo.open().send_event(event(1, value=214.5, currency="USD"))

    (found,) = landed(klaviyo)
    assert (found["metric_name"], found["email"]) == ("Ops Ticket Opened", "ana@shop.test")
    assert found["properties"]["ticket_id"] == "1"
    assert found["properties"]["$value"] == 214.5


def test_an_event_sent_twice_is_kept_once(klaviyo):
    vendor = klaviyo.open()
    vendor.send_event(event(1))
    vendor.send_event(event(1))

    assert len(landed(klaviyo)) == 1


def test_an_event_whose_answer_got_lost_can_be_sent_again(klaviyo):
    klaviyo.fault("/api/events", "reset", when="after")
    vendor = klaviyo.open()

    with pytest.raises(TryLater) as caught:
        vendor.send_event(event(1))
    vendor.send_event(event(1))

    assert caught.value.in_doubt
    assert len(landed(klaviyo)) == 1


def test_events_of_one_second_are_not_taken_for_the_same(klaviyo):
    klaviyo.open().send_events([event(each) for each in range(3)])

    assert len(landed(klaviyo)) == 3


def test_a_thousand_events_of_many_people_are_one_call(klaviyo):
    batch = [event(each, email=f"p{each % 700}@shop.test") for each in range(1000)]

    klaviyo.open().send_events(batch)

    assert len(klaviyo.requests()) == 1
    found = landed(klaviyo)
    assert len(found) == 1000
    assert {each["email"] for each in found} == {each.email for each in batch}


def test_an_event_that_klaviyo_does_not_take_says_why(klaviyo):
    with pytest.raises(Refused) as caught:
        klaviyo.open().send_event(event(1, metric="x" * 200))

    assert caught.value.code == "refused"


def test_metrics_are_listed_over_all_pages(klaviyo):
    klaviyo.seed(metrics=[{"name": f"Metric {each}", "integration": "Shopify"} for each in range(205)])

    metrics = klaviyo.open().metrics()

    assert len(metrics) == 205
    assert all(isinstance(each, Metric) and each.integration == "Shopify" for each in metrics)


@pytest.mark.parametrize("kind", ["list", "flow", "campaign", "segment"])
def test_a_tag_is_made_once_and_put_on_objects_of_any_kind(klaviyo, kind):
    klaviyo.control("POST", "limits", {"on": False})
    members: dict[str, Any] = {"members": []} if kind == "segment" else {}
    planted = klaviyo.seed(**{f"{kind}s": [{"name": "One", **members}]})[f"{kind}s"]
    vendor = klaviyo.open()

    (tag,) = {vendor.tag('product:"SKU-1"', kind, planted) for _ in range(2)}

    assert [(each["id"], each["name"]) for each in klaviyo.state()["tags"]] == [(tag, 'product:"SKU-1"')]
    tagged = vendor.client.get(f"/api/tags/{tag}/relationships/{kind}s").json["data"]
    assert [each["id"] for each in tagged] == planted


def test_somebody_without_an_address_is_named_by_their_number(klaviyo):
    klaviyo.open().send_events([event(1), *(event(each, email="", phone="+15551234567") for each in (2, 3))])
    klaviyo.open().send_event(event(4, email="", phone="+15551234567"))

    (theirs,) = [each for each in klaviyo.state()["profiles"] if each["phone_number"] == "+15551234567"]
    assert theirs["email"] is None
    assert len([each for each in landed(klaviyo) if each["profile"] == theirs["id"]]) == 3


def test_a_number_without_its_country_is_refused(klaviyo):
    with pytest.raises(Refused, match="phone number"):
        klaviyo.open().send_event(event(1, email="", phone="0151 1234567"))
