"""A product sells out: campaigns that feature it are held, and given back when it is there again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orchestrator.models import Attention, Suppression
from tests.journeys.houses import House, building

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


def campaign(house: House, name: str) -> dict[str, Any]:
    account = house.control("GET", f"klaviyo/accounts/{house.slug}")
    return next(dict(each) for each in account["campaigns"] if each["name"] == name)


def standing(house: House, name: str) -> tuple[str, bool]:
    found = campaign(house, name)
    return found["status"], TAG in found["tags"]


@pytest.mark.parametrize("delivery", ["double", "shuffle"])
def test_a_sale_is_held_while_one_of_its_products_is_sold_out_and_scheduled_again(new_house, delivery):
    house = new_house(
        RULE,
        delivery=delivery,
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
