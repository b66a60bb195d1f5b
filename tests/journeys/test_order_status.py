"""What becomes of an order is known to marketing, and told once on the customer's open tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House

pytestmark = pytest.mark.django_db(transaction=True)

RULE = {"recipe": "order_status", "name": "Order status", "mode": "live", "params": {}}
OLD = {
    "email": ANA,
    "created_at": "2026-03-01T12:00:00Z",
    "fulfillment_status": "fulfilled",
    "line_items": [{"variant_id": 71}],
}


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


@pytest.mark.parametrize("delivery", ["double", "shuffle"])
def test_each_change_is_told_once_on_open_tickets_only(new_house: Callable[..., House], delivery: str):
    house = new_house(RULE, delivery=delivery)
    first, second, closed = (house.opens_ticket() for _ in range(3))
    other = house.opens_ticket(BEN)
    house.do("gorgias", "ticket_close", id=closed)
    order = house.buys()
    house.settles()
    before = house.properties()

    house.happens("order_fulfill", id=order)
    house.settles()
    fulfilled = house.properties()
    house.do("gorgias", "ticket_close", id=second)
    house.happens("order_refund", id=order, amount="50.00")
    house.settles()

    assert (before, fulfilled) == ({}, {"Order status": "fulfilled"})
    assert house.properties() == {"Order status": "partly refunded"}
    link = f"https://admin.shopify.com/store/{house.slug}/orders/{order}"
    went = f"Order #{order} was fulfilled.\n{link}"
    assert house.notes_on(first) == [went, f"Order #{order} was refunded: 50.00 USD.\n{link}"]
    assert house.tags_of(first) == {"order-fulfilled", "order-refunded"}
    assert (house.notes_on(second), house.tags_of(second)) == ([went], {"order-fulfilled"})
    for number in (closed, other):
        assert (house.notes_on(number), house.tags_of(number)) == ([], set())


@pytest.mark.parametrize("delivery", ["double", "shuffle"])
def test_the_property_is_that_of_the_newest_order(new_house: Callable[..., House], delivery: str):
    house = new_house(RULE, delivery=delivery, orders=[OLD])
    house.settles()
    history = house.properties()
    first, second = house.buys(), house.buys()

    house.happens("order_cancel", id=second)
    house.happens("order_fulfill", id=first)
    house.settles()

    assert history == {"Order status": "fulfilled"}
    assert house.properties() == {"Order status": "cancelled"}


def test_history_is_told_to_nobody(new_house: Callable[..., House]):
    house = new_house(RULE, orders=[OLD])
    ticket = house.opens_ticket()

    house.settles()

    assert house.notes_on(ticket) == []


def test_only_what_is_wanted_is_told(new_house: Callable[..., House]):
    params = {"changes": ["cancelled"], "tag_prefix": "", "marketing_property": ""}
    house = new_house({**RULE, "params": params})
    ticket, order = house.opens_ticket(), house.buys()
    house.settles()

    house.happens("order_fulfill", id=order)
    house.settles()
    house.happens("order_cancel", id=order)
    house.settles()

    assert [note.partition("\n")[0] for note in house.notes_on(ticket)] == [f"Order #{order} was cancelled."]
    assert house.tags_of(ticket) == set()
    assert house.properties() == {}
