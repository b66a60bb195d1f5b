"""Where a customer lives is known to marketing, and decides which team gets their new ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House

pytestmark = pytest.mark.django_db(transaction=True)

CALIFORNIA = {"country_code": "US", "province_code": "CA"}
BERLIN = {"country_code": "DE", "province_code": None}
PARAMS = {
    "regions": {"US-CA": "West", "US": "East", "DE": "Europe"},
    "default_region": "Rest",
    "teams": {"West": "West", "Europe": "Europe", "Rest": "VIP"},
}
RULE = {"recipe": "region_routing", "name": "Regions", "mode": "live", "params": PARAMS}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def team_of(house: House, number: int) -> str | None:
    team = house.ticket(number)["assignee_team"]
    return team["name"] if team else None


def test_the_newest_shipping_address_counts_however_it_is_told(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm")

    house.buys(shipping_address=CALIFORNIA)
    house.buys(BEN, shipping_address={"country_code": "FR"})
    house.settles()
    before = house.properties(), house.properties(BEN)
    house.buys(shipping_address=BERLIN)
    house.buys()  # to be fetched in the shop: no address, so nothing changes
    house.settles()
    tickets = [house.opens_ticket(email) for email in (ANA, BEN, "stranger@shop.test")]
    house.settles()

    assert before == ({"Region": "West"}, {"Region": "Rest"})
    assert (house.properties(), house.properties(BEN)) == ({"Region": "Europe"}, {"Region": "Rest"})
    assert [team_of(house, each) for each in tickets] == ["Europe", "VIP", "VIP"]
    assert house.properties("stranger@shop.test") == {}
    assert (house.sent("set_property"), house.sent("assign_team")) == (3, 3)


def test_without_an_order_the_customer_s_own_address_counts(new_house: Callable[..., House]):
    house = new_house(RULE, customers=[{"email": ANA, "default_address": CALIFORNIA}])
    house.settles()
    history = house.properties()

    house.happens("customer_create", email=BEN, default_address={"country_code": "US", "province_code": "NY"})
    house.settles()

    assert history == {"Region": "West"}
    assert house.properties(BEN) == {"Region": "East"}


def test_a_ticket_keeps_the_team_it_has_and_old_ones_stay(new_house: Callable[..., House]):
    house = new_house(RULE)
    house.buys(shipping_address=BERLIN)
    house.settles()
    account = house.control("GET", f"gorgias/accounts/{house.slug}")
    west = next(each["id"] for each in account["teams"] if each["name"] == "West")

    chosen = house.opens_ticket(assignee_team={"id": west})
    house.settles()

    assert team_of(house, chosen) == "West"
