"""What becomes of an order is known to marketing, and told once on the customer's open tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestrator.models import Order
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, House
from tests.journeys.storefronts import work

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


def test_each_change_is_told_once_on_open_tickets_only(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm")
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


def test_an_order_on_hold_is_told_once_and_that_it_goes_on_is_seen(new_house: Callable[..., House]):
    """Webhooks say of it what they say of any order that did not go out yet."""
    house = new_house(RULE, delivery="storm")
    ticket = house.opens_ticket()
    order = house.buys()
    house.settles()

    house.happens("order_update", id=order, fulfillment_status="on_hold")
    house.settles()
    held = house.properties()
    house.happens("order_update", id=order, tags="gift")
    house.settles()
    still = house.properties()
    house.happens("order_update", id=order, fulfillment_status=None)
    house.settles()
    going = Order.objects.get(object_id=str(order)).status
    house.happens("order_fulfill", id=order)
    house.settles()

    assert (held, still) == ({"Order status": "delayed"}, {"Order status": "delayed"})
    assert going == ""
    assert house.properties() == {"Order status": "fulfilled"}
    told = [note.splitlines()[0] for note in house.notes_on(ticket)]
    assert told == [f"Order #{order} is delayed.", f"Order #{order} was fulfilled."]
    assert house.tags_of(ticket) == {"order-delayed", "order-fulfilled"}


def test_the_property_is_that_of_the_newest_order(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm", orders=[OLD])
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


RARE = {"id": 8, "title": "Cap", "variants": [{"id": 81, "price": "20.00", "inventory_quantity": 1}]}


def test_agents_hear_of_an_order_for_more_than_there_is(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm", products=[houses.BOOTS, RARE])
    ticket, other = house.opens_ticket(), house.opens_ticket(BEN)
    house.settles()
    lines = [{"variant_id": 81, "quantity": 3}]
    order = int(house.happens("order_create", email=ANA, line_items=lines)["id"])
    house.happens("order_create", email=BEN, line_items=[{"variant_id": 71}])
    house.settles()
    before = house.notes_on(ticket)

    for minutes in (12, 15, 30):
        work(minutes=minutes)

    assert before == []
    [said] = house.notes_on(ticket)
    assert said.startswith(f"Order #{order} may not be fulfilled whole: 2 more of “Cap” sold than there is")
    assert house.tags_of(ticket) == set()
    assert (house.notes_on(other), house.tags_of(other)) == ([], set())
