"""What a storefront tells reaches the tickets of the same person, however they are joined."""

from __future__ import annotations

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors.models import Store
from connectors.types import Person
from orchestrator.models import OutboxAction
from tests import scene
from tests.orchestrator.decide.shop import hear, order, record, shop
from tests.scene import at, ticket

pytestmark = pytest.mark.django_db
WORK = Person(id="9001", emails=("ana@work.test",))


def on_tickets(store: Store) -> set[tuple[str, str]]:
    """(ticket, tag) of all that is to be tagged."""
    rows = OutboxAction.objects.filter(store=store, action="tag_ticket").values_list("arguments", flat=True)
    return {(each["ticket_id"], each["tag"]) for each in map(msgspec.json.decode, rows)}


def test_a_fulfilment_that_is_put_on_hold_is_told_on_open_tickets():
    store = shop()
    scene.live_rule(store, "order_status")
    scene.hear(store, ticket(555), ticket(556, is_open=False), ticket(557, email="ben@shop.test"))

    hear(store, order(1, 2, fulfillment_status="unfulfilled"))
    hear(store, order(1, 3, fulfillment_status="on_hold"))
    hear(store, order(1, 3, fulfillment_status="on_hold"))

    assert on_tickets(store) == {("555", "order-delayed")}
    wish = OutboxAction.objects.get(action="set_property")
    assert msgspec.json.decode(wish.arguments)["value"] == "delayed"


def test_a_person_who_orders_under_another_address_is_found_by_the_record():
    store = shop()
    scene.live_rule(store, "order_status")
    scene.hear(store, ticket(555))  # ana@shop.test
    hear(store, record(minutes=2), order(1, 2, customer=WORK))

    hear(store, order(1, 3, customer=WORK, is_fulfilled=True, fulfillment_status="fulfilled"))

    assert on_tickets(store) == {("555", "order-fulfilled")}


def test_a_ticket_and_an_order_of_one_batch_know_of_each_other():
    store = shop()
    scene.live_rule(store, "vip", orders=1)

    hear(store, order(1, 2))
    scene.hear(store, ticket(555, 3), now=at(4))

    assert on_tickets(store) == {("555", "vip")}
    field = OutboxAction.objects.get(action="set_customer_field")
    assert msgspec.json.decode(field.arguments)["customer_id"] == "8555"


def reads(store: Store, count: int) -> int:
    """How many it takes to decide an order each of so many people."""
    people = [Person(id=f"{store.pk}-{each}", emails=(f"p{each}@shop.test",)) for each in range(count)]
    with CaptureQueriesContext(connection) as made:
        hear(store, *(order(each, customer=person) for each, person in enumerate(people)))
    return sum(each["sql"].startswith("SELECT") for each in made)


def test_a_batch_of_many_people_costs_as_much_as_one_of_few():
    few, many = shop(), shop("harbor-pine")
    for store in (few, many):
        for recipe in ("vip", "first_purchase", "region_routing", "order_status"):
            scene.live_rule(store, recipe)

    assert reads(few, 2) == reads(many, 200)
