"""What staff do with a held campaign is theirs: noticed, told, and never undone by us."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from orchestrator.act import drift, reconcile
from orchestrator.models import RunLogEntry
from tests.orchestrator.act.conftest import Shop
from tests.orchestrator.act.drivers.sales import (
    TAG,
    asked,
    campaign,
    codes,
    hold,
    marketing,
    row,
    schedule,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def test_it_stays_a_draft_when_somebody_changed_it(shop, sale):
    schedule(shop, sale)
    hold(shop, sale)
    vendor = marketing(shop)
    body = {"data": {"type": "campaign", "id": sale, "attributes": {"name": "Other sale"}}}
    vendor.client.patch(f"/api/campaigns/{sale}", json=body)

    hold(shop, sale, wanted=False)

    assert campaign(shop)["status"] == "Draft"
    assert "changed while it was held" in asked()


def rewrite(shop: Shop, sale: str) -> None:
    """Somebody gives the message another mail; the campaign itself stays as it was."""
    vendor = marketing(shop)
    template = {"name": "New", "editor_type": "CODE", "html": "<p>Caps</p>"}
    made = vendor.client.post(
        "/api/templates", json={"data": {"type": "template", "attributes": template}}
    ).json
    (message,) = vendor.client.get(f"/api/campaigns/{sale}/campaign-messages").json["data"]
    relation = {"template": {"data": {"type": "template", "id": made["data"]["id"]}}}
    body = {"data": {"type": "campaign-message", "id": message["id"], "relationships": relation}}
    vendor.client.post("/api/campaign-message-assign-template", json=body)


def test_it_stays_a_draft_when_somebody_rewrote_its_mail(shop, sale):
    schedule(shop, sale)
    hold(shop, sale)
    rewrite(shop, sale)

    hold(shop, sale, wanted=False)

    assert campaign(shop)["status"] == "Draft"
    assert "its mail was rewritten while it was held" in asked()


def test_a_mail_that_is_rewritten_while_it_is_held_is_read_anew(shop, sale):
    vendor = marketing(shop)
    before = dict(vendor.campaign_copy(vendor.campaigns()))
    rewrite(shop, sale)

    assert dict(vendor.campaign_copy(vendor.campaigns())) == before
    assert "<p>Caps</p>" in dict(vendor.campaign_copy(vendor.campaigns(), anew=True))[sale]


def test_the_tag_of_what_somebody_scheduled_goes_when_the_cause_is_over(shop, sale):
    schedule(shop, sale)
    hold(shop, sale)
    schedule(shop, sale)
    drift.compare(shop.klaviyo, marketing(shop), timezone.now())
    lost = row().state

    hold(shop, sale, wanted=False)

    assert lost == "lost"
    assert (campaign(shop)["status"], campaign(shop)["tags"]) == ("Scheduled", ["product:7"])
    assert (row().state, row().kept) == ("applied", {})


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
