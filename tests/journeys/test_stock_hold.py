"""A product sells out: campaigns that feature it are held, and given back when it is there again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from connectors import connect
from connectors.models import Connection
from orchestrator.admin import places
from orchestrator.models import Attention, RunLogEntry, Suppression
from tests.journeys.houses import House, building
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

RULE = {"recipe": "stock_hold", "name": "Stock", "mode": "live", "params": {"threshold": 2, "hysteresis": 3}}
CAPS = {"id": 8, "title": "Red cap", "variants": [{"id": 81, "inventory_quantity": 50}]}
TAG = "ops:held-low-stock"


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from building(sandbox, live_server, tmp_path, settings)


def furnish(house: House, *campaigns: dict[str, Any]) -> None:
    lists = [{"name": "News", "members": ["ana@shop.test"]}]
    full = [{"audiences": {"included": ["News"]}, **each} for each in campaigns]
    house.control("PUT", f"klaviyo/accounts/{house.slug}", {"seed": {"lists": lists, "campaigns": full}})


def schedule(house: House, name: str) -> str:
    at = (timezone.now() + timedelta(hours=9)).replace(microsecond=0).isoformat()
    house.do("klaviyo", "campaign_schedule", id=campaign(house, name)["id"], datetime=at)
    return at


def rename(house: House, name: str, to: str) -> None:
    """As somebody does in the marketing tool."""
    number = campaign(house, name)["id"]
    vendor = connect.open(Connection.objects.get(store=house.store, vendor="klaviyo"))
    body = {"data": {"type": "campaign", "id": number, "attributes": {"name": to}}}
    vendor.client.patch(f"/api/campaigns/{number}", json=body)


def campaign(house: House, name: str) -> dict[str, Any]:
    account = house.control("GET", f"klaviyo/accounts/{house.slug}")
    return next(dict(each) for each in account["campaigns"] if each["name"] == name)


def standing(house: House, name: str) -> tuple[str, bool]:
    found = campaign(house, name)
    return found["status"], TAG in found["tags"]


def test_a_sale_is_held_while_one_of_its_products_is_sold_out_and_scheduled_again(new_house):
    house = new_house(
        RULE,
        delivery="storm",
        products=[{"id": 7, "title": "Boots", "variants": [{"id": 71, "inventory_quantity": 40}]}, CAPS],
    )
    furnish(
        house,
        {"name": "Sale", "subject": "All new", "tags": ["product:7", "product:8"]},
        {"name": "Draft", "subject": "Soon", "tags": ["product:7"]},
        {"name": "Other", "subject": "Red cap for you"},
    )
    at = schedule(house, "Sale")
    schedule(house, "Other")

    house.happens("stock_set", id=7, available=0)
    house.happens("stock_set", id=8, available=1)
    house.settles()
    assert standing(house, "Sale") == ("Draft", True)
    assert standing(house, "Draft") == ("Draft", True)
    assert standing(house, "Other") == ("Scheduled", False)
    assert set(Attention.objects.open().values_list("code", flat=True)) == {
        "campaign_held",
        "campaign_proposed",
    }

    house.happens("stock_set", id=7, available=40)
    house.settles()
    assert standing(house, "Sale") == ("Draft", True)
    assert standing(house, "Draft") == ("Draft", False)

    house.happens("stock_set", id=8, available=5)
    house.settles()
    assert standing(house, "Sale") == ("Draft", True)

    house.happens("stock_set", id=8, available=6)
    house.settles()
    assert standing(house, "Sale") == ("Scheduled", False)
    assert campaign(house, "Sale")["send_strategy"]["datetime"] == at
    assert not Suppression.objects.open().exists()


def test_the_product_is_deleted_while_its_campaign_is_held(new_house):
    house = new_house(RULE, products=[CAPS])
    furnish(house, {"name": "Sale", "subject": "All new", "tags": ["product:8"]})
    schedule(house, "Sale")
    house.happens("stock_set", id=8, available=0)
    house.settles()

    house.happens("product_delete", id=8)
    house.settles()

    assert standing(house, "Sale") == ("Draft", False)
    asked = Attention.objects.open().get(code="campaign_to_schedule")
    assert "the product is gone from the storefront" in asked.sentence


def test_what_staff_do_with_held_campaigns_is_theirs_and_is_told(new_house):
    house = new_house(RULE, products=[CAPS])
    sales = [{"name": name, "subject": "All new", "tags": ["product:8"]} for name in ("Sale", "Gala")]
    furnish(house, *sales)
    schedule(house, "Sale")
    schedule(house, "Gala")
    house.happens("stock_set", id=8, available=0)
    house.settles()
    assert (standing(house, "Sale"), standing(house, "Gala")) == (("Draft", True), ("Draft", True))

    rename(house, "Sale", "Autumn sale")
    at = schedule(house, "Gala")
    for minutes in (61, 122):  # the hourly comparison, and the look for campaigns that are scheduled late
        work(minutes=minutes)
    assert (standing(house, "Autumn sale"), standing(house, "Gala")) == (("Draft", True), ("Scheduled", True))
    assert "hold_lost" in set(Attention.objects.open().values_list("code", flat=True))

    house.happens("stock_set", id=8, available=50)
    house.webhooks_delivered()
    work(minutes=125)
    assert standing(house, "Autumn sale") == ("Draft", False)
    assert standing(house, "Gala") == ("Scheduled", False)  # theirs, so it is left as it is but for our tag
    assert campaign(house, "Gala")["send_strategy"]["datetime"] == at
    asked = Attention.objects.open().get(code="campaign_to_schedule")
    assert "changed while it was held" in asked.sentence
    assert not Suppression.objects.open().exists()


def test_a_person_schedules_it_again_with_one_click_and_once(new_house, client):
    house = new_house(RULE, products=[CAPS])
    furnish(house, {"name": "Sale", "subject": "All new", "tags": ["product:8"]})
    schedule(house, "Sale")
    house.happens("stock_set", id=8, available=0)
    house.settles()
    rename(house, "Sale", "Autumn sale")
    house.happens("stock_set", id=8, available=50)
    house.settles()
    staff = User.objects.create_superuser("maya", password="long enough for maya")
    client.force_login(staff)
    page = places.fix_url(Attention.objects.open().get(code="campaign_to_schedule"))
    number = campaign(house, "Autumn sale")["id"]

    def posts(at: str) -> str:
        return str(client.post(page, {"campaign": number, f"{number}-at": at}, follow=True).content.decode())

    too_soon, done, again = posts("2020-01-01T09:00"), posts("2030-01-01T09:00"), posts("2030-01-01T09:00")

    assert "Needs a time at least 15 minutes from now" in too_soon
    assert "You scheduled the campaign “Autumn sale” at Klaviyo for 01 Jan 2030, 09:00." in done
    assert "waits to be scheduled again" in again
    assert standing(house, "Autumn sale") == ("Scheduled", False)
    strategy = campaign(house, "Autumn sale")["send_strategy"]
    assert (strategy["method"], strategy["datetime"]) == ("static", "2030-01-01T14:00:00+00:00")  # New York
    assert RunLogEntry.objects.get(code="campaign_rescheduled").details["by"] == "maya"
    assert not Attention.objects.open().filter(code="campaign_to_schedule").exists()
