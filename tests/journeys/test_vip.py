"""Who buys enough is a VIP in every tool, and stays one until they are clearly below the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestrator.models import Attention
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House

pytestmark = pytest.mark.django_db(transaction=True)

LINES = [{"variant_id": 71, "quantity": 2}]
OLD = {"email": ANA, "created_at": "2026-03-01T12:00:00Z", "line_items": LINES}


def rule(mode: str = "live", **params: Any) -> dict[str, Any]:
    return {"recipe": "vip", "name": "VIP", "mode": mode, "params": {"orders": 0, "team": "VIP", **params}}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def is_vip(house: House, email: str = ANA) -> list[bool]:
    """In the storefront, the marketing tool and the helpdesk."""
    return [
        "VIP" in house.shop_tags(email),
        house.properties(email).get("VIP") is True,
        house.customer_field("VIP", email) == "yes",
    ]


def queue_of(house: House, number: int) -> tuple[str, str | None, set[str]]:
    ticket = house.ticket(number)
    team = ticket["assignee_team"]
    return ticket["priority"], team and team["name"], house.tags_of(number)


def test_the_order_over_the_line_makes_a_vip_everywhere(new_house: Callable[..., House]):
    house = new_house(rule(), delivery="storm")
    waiting = house.opens_ticket()
    house.buys(quantity=2)
    house.settles()
    before = is_vip(house), queue_of(house, waiting)

    house.buys()
    house.settles()
    new = house.opens_ticket()
    other = house.opens_ticket(BEN)
    house.settles()

    assert before == ([False] * 3, ("normal", None, set()))
    assert is_vip(house) == [True] * 3
    for number in (waiting, new):
        assert queue_of(house, number) == ("high", "VIP", {"vip"})
    assert queue_of(house, other) == ("normal", None, set())
    assert [house.sent(each) for each in ("tag_customer", "set_property", "set_customer_field")] == [1, 1, 1]
    assert [house.sent(each) for each in ("tag_ticket", "set_priority", "assign_team")] == [2, 2, 2]


def test_the_status_is_lost_only_clearly_below_the_line(new_house: Callable[..., House]):
    house = new_house(rule(), delivery="storm")
    ticket = house.opens_ticket()
    order = house.buys(quantity=3)
    house.settles()

    house.happens("order_refund", id=order, amount="120.00")
    house.settles()
    kept = is_vip(house)
    house.happens("order_refund", id=order, amount="60.00")
    house.settles()

    assert kept == [True] * 3
    assert is_vip(house) == [False] * 3
    assert queue_of(house, ticket) == ("high", "VIP", set())


def test_history_and_three_orders_count(new_house: Callable[..., House]):
    house = new_house(rule(orders=3, spent={}), orders=[OLD, OLD, OLD, {**OLD, "email": BEN}])
    ticket = house.opens_ticket()

    house.settles()

    assert is_vip(house) == [True] * 3
    assert is_vip(house, BEN) == [False] * 3
    assert queue_of(house, ticket)[0] == "high"


def test_a_currency_without_an_amount_is_shown_and_decides_nothing(new_house: Callable[..., House]):
    house = new_house(rule(spent={"EUR": 10}))

    house.buys(quantity=9)
    house.settles()

    assert is_vip(house) == [False] * 3
    assert Attention.objects.open().filter(store=house.store, code="condition_unreadable").count() == 1


def test_what_a_person_tagged_by_hand_stays(new_house: Callable[..., House]):
    house = new_house(rule())
    order = house.buys(BEN)
    house.settles()
    account = house.control("GET", f"shopify/accounts/{house.slug}")
    customer = next(each["id"] for each in account["customers"] if each["email"] == BEN)
    house.happens("customer_update", id=customer, tags="VIP, friend")
    house.settles()

    house.happens("order_cancel", id=order)
    house.settles()

    assert "VIP" in house.shop_tags(BEN)
    assert house.sent("untag_customer") == 0


def test_who_is_expected_to_be_worth_it_gets_care_and_no_mark(new_house: Callable[..., House]):
    house = new_house(rule(predicted_above={"USD": 300}))
    house.do("klaviyo", "profile_predict", email=ANA, predicted_clv=320, historic_clv=0)
    house.do("klaviyo", "profile_predict", email=BEN, predicted_clv=20)

    numbers = [house.opens_ticket(email) for email in (ANA, BEN)]
    house.settles()

    assert [queue_of(house, each) for each in numbers] == [("high", "VIP", set()), ("normal", None, set())]
    assert house.properties() == {}
    assert house.customer_field("VIP") is None
    asked = [each for each in house.requests("klaviyo") if "predictive_analytics" in each["path"]]
    assert len(asked) <= 2
    assert not Attention.objects.open().filter(code="condition_unreadable").exists()
