"""Somebody looks at a product in the shop; Klaviyo heard it, and a rule of ours answers with an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orchestrator.models import Attention, RunLogEntry
from rules import publish
from rules.models import Rule
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

RULE = {
    "recipe": "custom",
    "name": "Looked",
    "mode": "live",
    "params": {
        "when": "product.viewed",
        "if": {"all": [{"field": "product.stock", "op": "gt", "value": 0}]},
        "then": [
            {
                "action": "send_event",
                "with": {"metric": "Looked at", "properties": {"what": "{product.title}"}},
            }
        ],
    },
}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def goes_live(house: House) -> None:
    rule = Rule.objects.create(store=house.store, name="Looked", recipe="custom", params=RULE["params"])
    publish.set_mode(rule, "live", now=timezone.now() - timedelta(seconds=2))


def test_each_view_is_answered_once_however_often_it_is_read(new_house: Callable[..., House]):
    house = new_house()
    house.do("klaviyo", "metric_create", name="Viewed Product")
    goes_live(house)
    house.do("klaviyo", "product_view", email=ANA, product_id="7")
    house.do("klaviyo", "product_view", email=BEN, title="Boots")
    for _ in range(3):
        work()

    heard = house.told_klaviyo("Looked at")
    assert sorted((each["email"], each["properties"]["what"]) for each in heard) == [
        (ANA, "Boots"),
        (BEN, "Boots"),
    ]
    assert not Attention.objects.open().filter(code__in=["not_heard", "condition_unreadable"]).exists()
    polls = [each for each in house.requests("klaviyo") if each["path"].startswith("/api/events?")]
    assert len(polls) >= 3


def test_a_shop_that_tells_no_views_is_shown_and_a_rule_that_hears_none_asks_for_none(
    new_house: Callable[..., House],
):
    house = new_house({**RULE, "mode": "draft"})
    work()
    assert not [each for each in house.requests("klaviyo") if "/api/events" in each["path"]]

    house = new_house(RULE)
    work()

    shown = Attention.objects.open().get(store=house.store, code="not_heard")
    assert "Klaviyo has no metric “Viewed Product” yet" in shown.sentence
    assert not RunLogEntry.objects.filter(store=house.store, code="decided_no").exists()
