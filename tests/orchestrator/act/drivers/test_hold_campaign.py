"""Campaigns are taken back, kept as they were, and given back only where nothing speaks against it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from orchestrator.act import drift, reconcile, stops
from orchestrator.models import Attention, RunLogEntry, Suppression, VendorState
from rules.models import Rule
from tests import scene
from tests.orchestrator.act.conftest import Shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]

KEY = "hold_campaign"
TAG = "ops:held-low-stock"


@pytest.fixture
def sale(shop: Shop) -> str:
    """A draft for everybody on the list “News”."""
    lists = [{"name": "News", "members": ["ana@shop.test"]}]
    draft = {"name": "Sale", "subject": "Sale", "audiences": {"included": ["News"]}, "tags": ["product:7"]}
    seed = {"lists": lists, "campaigns": [draft]}
    answer = shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"seed": seed})
    return str(answer["seeded"]["campaigns"][0])


def marketing(shop: Shop) -> Any:
    return connect.open(shop.klaviyo)


def schedule(shop: Shop, sale: str, hours: float = 5) -> str:
    at = (timezone.now() + timedelta(hours=hours)).replace(microsecond=0).isoformat()
    shop.do("klaviyo", "campaign_schedule", id=sale, datetime=at)
    return at


def cause(shop: Shop, sale: str, rule: Rule, now: datetime, **times: Any) -> None:
    """One product of the campaign is, or was, sold out."""
    Suppression.objects.create(
        store=shop.store,
        rule=rule,
        subject=sale,
        subject_kind="campaign",
        cause="stock_hold",
        reference="shopify:product:7",
        method=KEY,
        source_at=now,
        trace="t",
        **times,
    )


def hold(shop: Shop, sale: str, wanted: bool = True, why: str = "stock_recovered") -> None:
    """The ledger changes its mind; when a cause is over it says why."""
    now = timezone.now()
    if not wanted:
        rule = scene.live_rule(shop.store, recipe="stock_hold")
        cause(shop, sale, rule, now, opened_at=now - timedelta(hours=1), closed_at=now, closed_because=why)
    shop.want(wanted, sale, key=KEY, now=now)
    reconcile.drive(shop.klaviyo, now)


def campaign(shop: Shop) -> dict[str, Any]:
    (found,) = shop.state("klaviyo")["campaigns"]
    return dict(found)


def row() -> VendorState:
    return VendorState.objects.get(key=KEY)


def codes(shop: Shop) -> set[str]:
    return set(Attention.objects.open().filter(store=shop.store).values_list("code", flat=True))


def asked() -> str:
    return Attention.objects.get(code="campaign_to_schedule").sentence


def test_a_scheduled_campaign_becomes_a_tagged_draft_and_its_strategy_is_kept(shop, sale):
    at = schedule(shop, sale)

    hold(shop, sale)

    assert campaign(shop)["status"] == "Draft"
    assert TAG in campaign(shop)["tags"]
    assert (row().state, row().seen, row().kept["was"]) == ("applied", True, "waiting")
    assert datetime.fromisoformat(row().kept["sends_at"]) == datetime.fromisoformat(at)
    assert codes(shop) == {"campaign_held"}


def test_it_is_scheduled_again_as_it_was_and_our_tag_is_taken_off(shop, sale):
    schedule(shop, sale)
    before = campaign(shop)
    hold(shop, sale)

    hold(shop, sale, wanted=False)

    after = campaign(shop)
    assert (after["status"], after["send_time"]) == ("Scheduled", before["send_time"])
    assert after["tags"] == ["product:7"]
    assert (row().seen, row().kept) == (False, {})
    assert codes(shop) == set()
    assert RunLogEntry.objects.filter(code="campaign_scheduled").count() == 1


def test_a_draft_is_tagged_and_never_scheduled_by_us(shop, sale):
    hold(shop, sale)
    tagged = campaign(shop)["tags"]
    hold(shop, sale, wanted=False)

    assert TAG in tagged
    assert (campaign(shop)["status"], campaign(shop)["tags"]) == ("Draft", ["product:7"])
    assert not any("campaign-send-jobs" in each for each in shop.calls())


@pytest.mark.parametrize("why", ["rule_retired", "product_gone", "campaign_changed"])
def test_it_stays_a_draft_when_it_was_not_the_stock_that_recovered(shop, sale, why):
    schedule(shop, sale)
    hold(shop, sale)

    hold(shop, sale, wanted=False, why=why)

    assert (campaign(shop)["status"], campaign(shop)["tags"]) == ("Draft", ["product:7"])
    assert codes(shop) == {"campaign_to_schedule"}


def test_it_stays_a_draft_when_its_time_is_near(shop, sale):
    schedule(shop, sale, hours=0.2)
    hold(shop, sale)

    hold(shop, sale, wanted=False)

    assert campaign(shop)["status"] == "Draft"
    assert "its time has passed, or is too near" in asked()


def test_it_stays_a_draft_when_somebody_changed_it(shop, sale):
    schedule(shop, sale)
    hold(shop, sale)
    vendor = marketing(shop)
    body = {"data": {"type": "campaign", "id": sale, "attributes": {"name": "Other sale"}}}
    vendor.client.patch(f"/api/campaigns/{sale}", json=body)

    hold(shop, sale, wanted=False)

    assert campaign(shop)["status"] == "Draft"
    assert "changed while it was held" in asked()


def test_what_somebody_scheduled_meanwhile_keeps_their_plan(shop, sale):
    schedule(shop, sale)
    hold(shop, sale)
    theirs = schedule(shop, sale, hours=9)

    hold(shop, sale, wanted=False)

    assert campaign(shop)["status"] == "Scheduled"
    assert datetime.fromisoformat(campaign(shop)["send_time"]) == datetime.fromisoformat(theirs)
    assert TAG not in campaign(shop)["tags"]


def test_what_somebody_scheduled_or_deleted_is_noticed_once_and_not_fought(shop, sale):
    schedule(shop, sale)
    hold(shop, sale)
    schedule(shop, sale)
    vendor = marketing(shop)

    for _ in range(2):
        drift.compare(shop.klaviyo, vendor, timezone.now())
        reconcile.drive(shop.klaviyo, timezone.now() + timedelta(hours=1))

    assert campaign(shop)["status"] == "Scheduled"
    assert row().state == "lost"
    assert codes(shop) == {"hold_lost"}
    assert RunLogEntry.objects.filter(code="hold_lost").count() == 1


def test_a_tag_that_somebody_took_off_is_noticed_and_left(shop, sale):
    hold(shop, sale)
    vendor = marketing(shop)
    vendor.untag_campaigns(TAG, [sale])

    for _ in range(2):
        drift.compare(shop.klaviyo, vendor, timezone.now())

    assert TAG not in campaign(shop)["tags"]
    assert row().state == "applied"
    assert RunLogEntry.objects.filter(code="campaign_noticed").count() == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_broke_off_ends_in_the_same_and_a_person_schedules_what_is_not_sure(
    shop, sale, when, settings
):
    settings.SETTLE_SECONDS = 0.0
    schedule(shop, sale)
    shop.fault("klaviyo", "campaign-send-jobs", kind="reset", when=when, times=1)
    hold(shop, sale)
    reconcile.drive(shop.klaviyo, timezone.now() + timedelta(hours=1))

    assert campaign(shop)["status"] == "Draft"
    assert TAG in campaign(shop)["tags"]
    assert (row().seen, row().is_in_doubt) == (True, False)
    assert row().kept["was"] == "waiting"
    assert row().kept["is_sure"] is (when == "before")


@pytest.mark.parametrize("when", ["before", "after"])
def test_scheduling_that_broke_off_is_not_done_twice(shop, sale, when, settings):
    settings.SETTLE_SECONDS = 0.0
    schedule(shop, sale)
    hold(shop, sale)
    shop.fault("klaviyo", "campaign-send-jobs", kind="reset", when=when, times=1)
    hold(shop, sale, wanted=False)
    reconcile.drive(shop.klaviyo, timezone.now() + timedelta(minutes=2))

    assert campaign(shop)["status"] == "Scheduled"
    assert TAG not in campaign(shop)["tags"]
    assert row().seen is False


@pytest.mark.parametrize(("status", "code"), [("Sending", {"campaign_running"}), ("Sent", set())])
def test_what_goes_out_is_told_and_what_is_out_is_left(shop, status, code):
    seed = {"lists": [{"name": "News"}], "campaigns": [{"name": "Sale", "status": status}]}
    answer = shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"seed": seed})

    hold(shop, str(answer["seeded"]["campaigns"][0]))

    assert (campaign(shop)["status"], campaign(shop)["tags"]) == (status, [])
    assert row().state == "not_possible"
    assert codes(shop) == code


def test_a_stopped_rule_takes_nothing_back(shop, sale):
    schedule(shop, sale)
    now = timezone.now()
    rule = scene.live_rule(shop.store, recipe="stock_hold")
    cause(shop, sale, rule, now, opened_at=now)
    stops.stop(because="Wait", by="root", now=now, rule=rule)

    hold(shop, sale)

    assert (campaign(shop)["status"], campaign(shop)["tags"]) == ("Scheduled", ["product:7"])


def test_a_wish_that_was_taken_back_costs_no_call(shop, sale):
    now = timezone.now()
    shop.want(True, sale, key=KEY, now=now)
    shop.want(False, sale, key=KEY, now=now)
    reconcile.drive(shop.klaviyo, now)

    assert shop.calls() == []


def test_alarms_of_what_was_never_held_end_with_the_wish(shop):
    seed = {"lists": [{"name": "News"}], "campaigns": [{"name": "Sale", "status": "Sending"}]}
    answer = shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"seed": seed})
    sale = str(answer["seeded"]["campaigns"][0])
    hold(shop, sale)
    before = codes(shop)
    hold(shop, sale, wanted=False)

    drift.compare(shop.klaviyo, marketing(shop), timezone.now())

    assert before == {"campaign_running"}
    assert codes(shop) == set()
