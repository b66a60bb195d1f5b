"""The first purchase is remembered once, whatever comes after it and however it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from rules import publish
from rules.models import Rule
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

RULE = {"recipe": "first_purchase", "name": "First purchase", "mode": "live", "params": {}}
LINES = [{"variant_id": 71}]
OLD = {"email": ANA, "created_at": "2026-02-01T04:30:00Z", "line_items": LINES}  # January in New York


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def today(house: House) -> str:
    return str(house.clock.astimezone(ZoneInfo("America/New_York")).date())


def test_history_counts_and_a_later_order_changes_nothing(new_house: Callable[..., House]):
    later = {**OLD, "created_at": "2026-05-09T12:00:00Z"}
    house = new_house(RULE, delivery="storm", orders=[later, OLD])
    house.settles()
    first = house.properties()

    house.buys()
    house.buys()
    house.settles()

    assert first == {"First purchase date": "2026-01-31", "First purchase cohort": "2026-01"}
    assert house.properties() == first


def test_a_new_customer_is_written_down_once(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm")

    house.buys(BEN)
    house.settles()
    house.buys(BEN)
    house.buys(BEN, test=True)
    house.settles()

    day = today(house)
    assert house.properties(BEN) == {"First purchase date": day, "First purchase cohort": day[:7]}
    assert house.sent("set_property") == 2


def test_a_first_order_that_is_cancelled_was_none(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="shuffle", orders=[OLD])
    house.buys()
    house.settles()
    old = int(house.control("GET", f"shopify/accounts/{house.slug}")["orders"][0]["id"])

    house.happens("order_cancel", id=old)
    house.settles()

    assert house.properties()["First purchase date"] == today(house)


def test_who_has_no_order_left_has_no_first_purchase(new_house: Callable[..., House]):
    house = new_house(RULE)
    order = house.buys(BEN)
    house.settles()

    house.happens("order_cancel", id=order)
    house.settles()

    assert not any(house.properties(BEN).values())


def test_in_shadow_nothing_is_written(new_house: Callable[..., House]):
    house = new_house({**RULE, "mode": "shadow"})

    house.buys(BEN)
    house.settles()

    assert house.properties(BEN) == {}


def test_going_live_covers_everybody_who_is_known_and_a_short_outage_costs_nothing(
    new_house: Callable[..., House],
):
    people = [f"p{number}@shop.test" for number in range(7)]
    house = new_house({**RULE, "mode": "draft"}, orders=[{**OLD, "email": each} for each in people])
    house.settles()
    before = [house.properties(each) for each in people]
    house.fault("klaviyo", "/api/profile-bulk-import-jobs", kind="status", status=503, when="after", times=1)

    publish.set_mode(Rule.objects.get(store=house.store), "live", now=timezone.now())
    house.settles()
    work(minutes=10)

    assert before == [{}] * 7
    assert [house.properties(each).get("First purchase cohort") for each in people] == ["2026-01"] * 7
    jobs = [each for each in house.requests("klaviyo") if each["method"] == "POST"]
    assert len(jobs) <= 2  # in bulk, and once more after the doubt
