"""Campaigns are taken back, kept as they were, and given back only where nothing speaks against it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from orchestrator.act import drift, reconcile, stops
from orchestrator.models import RunLogEntry
from tests import scene
from tests.orchestrator.act.drivers.sales import (
    KEY,
    TAG,
    asked,
    campaign,
    cause,
    codes,
    hold,
    marketing,
    row,
    schedule,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


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
