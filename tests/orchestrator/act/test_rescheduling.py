"""A campaign is scheduled by a person for a time of theirs, as long as it is a draft that nothing holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.errors import Refused
from orchestrator.act import rescheduling
from tests.orchestrator.act.conftest import Shop
from tests.orchestrator.act.drivers.conftest import quick, sale
from tests.orchestrator.act.drivers.sales import campaign, codes, hold, schedule

__all__ = ["quick", "sale"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def again(shop: Shop, sale: str) -> None:
    now = timezone.now()
    rescheduling.schedule(shop.klaviyo, sale, now + timedelta(days=2), now)


def test_what_is_held_again_is_not_scheduled(shop, sale):
    hold(shop, sale)

    with pytest.raises(Refused, match="held again"):
        again(shop, sale)

    assert campaign(shop)["status"] == "Draft"


def test_what_somebody_scheduled_meanwhile_keeps_their_time(shop, sale):
    theirs = schedule(shop, sale, hours=9)

    with pytest.raises(Refused, match="no draft any more"):
        again(shop, sale)

    assert campaign(shop)["send_strategy"]["datetime"] == theirs


def test_the_question_goes_away_with_it(shop, sale):
    schedule(shop, sale)
    hold(shop, sale)
    hold(shop, sale, wanted=False, why="rule_retired")
    asked = codes(shop)

    again(shop, sale)

    assert (asked, codes(shop)) == ({"campaign_to_schedule"}, set())
    assert campaign(shop)["status"] == "Scheduled"
