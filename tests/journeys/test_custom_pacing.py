"""A rule by staff with quiet hours and a cap: the customer hears in their own morning, and not too often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orchestrator.models import Attention, OutboxAction, RunLogEntry
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = 60, 24 * 60
THANKS = {"action": "send_event", "with": {"metric": "Thanks", "properties": {"order": "{order.number}"}}}
NOTED = {"action": "set_property", "with": {"name": "Bought", "value": True}}
IN_JAPAN = {"address1": "1 Main St", "city": "Osaka", "country_code": "JP"}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def thanks(hours_before: int, hours_after: int) -> dict[str, Any]:
    """It is quiet in Japan from so many hours before now until so many after."""
    there = datetime.now(ZoneInfo("Asia/Tokyo"))
    ends = (there - timedelta(hours=hours_before), there + timedelta(hours=hours_after))
    quiet_from, quiet_to = (f"{each:%H:%M}" for each in ends)
    hours = {"quiet_from": quiet_from, "quiet_to": quiet_to, "most_per_day": 1}
    params = {"when": "order.placed", "then": [THANKS, NOTED], **hours}
    return {"recipe": "custom", "name": "Thanks", "mode": "live", "params": params}


def thanked(house: House) -> list[tuple[str, str]]:
    return [(each["email"], each["properties"]["order"]) for each in house.told_klaviyo("Thanks")]


def test_it_waits_for_the_customers_morning_and_for_its_turn_and_nothing_is_dropped(
    new_house: Callable[..., House],
):
    rule = thanks(hours_before=2, hours_after=3)
    house = new_house(rule, delivery="storm", customers=[{"email": ANA, "default_address": IN_JAPAN}])
    house.buys()
    house.webhooks_delivered()

    heard = []
    for minutes in (0, 2 * HOUR, 3 * HOUR + 1, 4 * HOUR):
        work(minutes=minutes)
        heard.append(len(thanked(house)))
    assert heard == [0, 0, 1, 1]
    assert house.properties()["Bought"] is True

    house.buys()
    house.webhooks_delivered()
    for minutes in (4 * HOUR + 1, DAY + 2 * HOUR, DAY + 3 * HOUR + 5, DAY + 4 * HOUR):
        work(minutes=minutes)
        heard.append(len(thanked(house)))

    assert heard[4:] == [1, 1, 2, 2]
    assert len(set(thanked(house))) == 2
    told = RunLogEntry.objects.filter(code="message_deferred").order_by("pk")
    assert [(each.details["reason"], each.details["timezone"]) for each in told] == [
        ("quiet_hours", "Asia/Tokyo"),
        ("sent_enough", "Asia/Tokyo"),
    ]
    assert set(OutboxAction.objects.values_list("state", flat=True)) == {"done"}
    assert not Attention.objects.open().exists()


def test_where_it_is_day_it_goes_at_once(new_house: Callable[..., House]):
    rule = thanks(hours_before=22, hours_after=-2)  # it became day two hours ago
    house = new_house(rule, customers=[{"email": BEN, "default_address": IN_JAPAN}])
    house.buys(BEN)

    house.settles()

    assert [email for email, _ in thanked(house)] == [BEN]
