"""An order is followed up the next day by what was bought, and not at all once that would be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestrator.models import Attention, Enrolment, RunLogEntry
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

RULE = {
    "recipe": "post_purchase",
    "name": "Follow-ups",
    "mode": "live",
    "params": {"quiet_from": "", "quiet_to": "", "messages": {"Footwear": "shoe-care"}},
}
DUE = 20 * 60


def goods(number: int, title: str, left: int = 50, **fields: Any) -> dict[str, Any]:
    variant = {"id": number * 10 + 1, "price": f"{number}9.50", "inventory_quantity": left}
    return {"id": number, "title": title, "variants": [variant], **fields}


def past(number: int, units: int) -> dict[str, Any]:
    """Ben bought it before the story."""
    lines = [{"variant_id": number * 10 + 1, "quantity": units}]
    return {"email": BEN, "line_items": lines}


FOOTWEAR: dict[str, Any] = {"category": "Apparel > Footwear"}
SHOP: dict[str, list[dict[str, Any]]] = {
    "products": [
        goods(1, "Boots", **FOOTWEAR),
        goods(2, "Socks", **FOOTWEAR),
        goods(3, "Clogs", **FOOTWEAR),
        goods(4, "Sandals", **FOOTWEAR),
        goods(5, "Tent", product_type="Tents"),
    ],
    "orders": [past(2, 9), past(3, 7), past(4, 5), past(5, 20)],
}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def buys_boots(house: House, email: str = ANA) -> int:
    order = house.happens("order_create", email=email, line_items=[{"variant_id": 11, "quantity": 1}])
    house.webhooks_delivered()
    work()
    return int(order["id"])


def hears(house: House) -> list[tuple[str, str, list[str]]]:
    """Who was followed up, by which message, with what."""
    told = house.told_klaviyo("Post purchase: follow-up")
    said = [(each["email"], each["properties"]) for each in told]
    return [(who, each["message"], [one["title"] for one in each["recommendations"]]) for who, each in said]


def test_an_order_is_followed_up_once_with_what_sells_best_and_is_there(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm", **SHOP)
    house.starts_flows("Post purchase: follow-up")
    buys_boots(house)
    house.happens("stock_set", id=3, available=0)
    house.webhooks_delivered()

    heard = []
    for minutes in (60, DUE - 10, DUE + 5, DUE + 120):
        work(minutes=minutes)
        heard.append(len(hears(house)))

    assert heard == [0, 0, 1, 1]
    assert hears(house) == [(ANA, "shoe-care", ["Socks", "Sandals"])]
    (event,) = house.told_klaviyo("Post purchase: follow-up")
    assert event["properties"]["recommendations"][0] == {
        "product_id": "2",
        "title": "Socks",
        "url": f"https://{house.slug}.myshopify.com/products/socks",
        "price": "29.50",
        "currency": "USD",
        "left": 50,
    }
    assert not Attention.objects.open().exists()


def test_money_back_or_a_ticket_ends_it(new_house: Callable[..., House]):
    house = new_house(RULE, **SHOP)
    order = buys_boots(house)
    buys_boots(house, "cleo@shop.test")

    house.happens("order_refund", id=order, amount="5.00")
    house.opens_ticket("cleo@shop.test")
    house.webhooks_delivered()
    for minutes in (DUE + 5, DUE + 8):  # what was told meanwhile is decided before anything is sent
        work(minutes=minutes)

    assert hears(house) == []
    assert sorted(Enrolment.objects.values_list("ended_because", flat=True)) == [
        "order_refunded",
        "ticket_open",
    ]


def test_a_return_between_deciding_and_sending_stops_the_message_and_is_named(
    new_house: Callable[..., House],
):
    house = new_house(RULE, **SHOP)
    order = buys_boots(house)
    house.happens("order_fulfill", id=order)
    house.webhooks_delivered()
    house.fault("klaviyo", "/api/event", kind="status", status=429, seconds=120, times=1)
    work(minutes=DUE + 5)

    house.happens("return_request", order_id=order, reason="unwanted")
    house.webhooks_delivered()
    for minutes in (DUE + 15, DUE + 18):
        work(minutes=minutes)

    assert hears(house) == []
    skipped = RunLogEntry.objects.get(code="action_skipped")
    assert skipped.details["because"] == "a return is under way"
