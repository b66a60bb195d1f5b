"""What is erased when a storefront has to forget somebody, and what is kept because it is needed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.models import Connection
from connectors.types import Person, PrivacyRequest
from orchestrator.models import (
    Attention,
    Customer,
    CustomerRecord,
    Delivery,
    InboxEvent,
    Order,
    OutboxAction,
    Product,
    RunLogEntry,
    Ticket,
)
from orchestrator.record import attention, erasure, runlog
from tests.orchestrator.admin.storefront import mirrored
from tests.orchestrator.decide import shop as storefront
from tests.scene import at, client, connection, hear, held, live_rule, ticket

pytestmark = pytest.mark.django_db

ANA = "ana1@north-ridge.test"


@pytest.fixture
def shop() -> Connection:
    """Ana bought once and Bea twice; both are known by their address alone."""
    store = client(vendors=("shopify", "gorgias", "klaviyo"))
    mirrored(store, 1, at(0))
    mirrored(store, 2, at(0))
    return connection(store, "shopify")


def asks(**who: Any) -> PrivacyRequest:
    return PrivacyRequest(**{"kind": "erase", "emails": (ANA,), **who})


def action(shop: Connection, state: str, key: str) -> OutboxAction:
    return OutboxAction.objects.create(
        store=shop.store,
        connection=shop,
        key=key,
        action="send_event",
        arguments=json.dumps({"email": ANA}),
        subject=ANA,
        trace="t",
        planned_for=at(0),
        due_at=at(0),
        created_at=at(0),
        state=state,
    )


def test_one_person_is_erased_and_the_others_stay(shop):
    count = erasure.erase_person(shop, asks(), at(5))

    assert count == 5
    assert Order.objects.get().object_id == "2"
    assert [each.key for each in Customer.objects.all()] == ["email:ana2@north-ridge.test"]
    assert Product.objects.count() == 2


def test_doing_it_again_changes_nothing(shop):
    erasure.erase_person(shop, asks(), at(5))

    assert erasure.erase_person(shop, asks(), at(6)) == 0


def test_nobody_is_erased_for_an_unknown_number(shop):
    assert erasure.erase_person(shop, asks(customer_id="999", emails=()), at(5)) == 0
    assert Order.objects.count() == 2


def test_what_another_tool_told_of_them_stays(shop):
    hear(shop.store, ticket(email=ANA))

    erasure.erase_person(shop, asks(), at(5))

    assert Ticket.objects.filter(vendor="gorgias").get().customer is not None
    assert not Order.objects.filter(object_id="1").exists()


def test_their_address_goes_from_what_was_written(shop):
    runlog.note("connection_healthy", store_id=shop.store_id, subject=ANA, finding=f"of {ANA.upper()}")
    attention.call("told", f"Look at {ANA}.", now=at(0), connection=shop)

    erasure.erase_person(shop, asks(), at(5))

    entry = RunLogEntry.objects.get()
    assert (entry.subject, entry.details["finding"]) == ("erased", "of erased")
    assert Attention.objects.get().sentence == "Look at erased."


def test_what_was_not_sent_yet_is_left_out(shop):
    waiting, done = action(shop, "waiting", "1"), action(shop, "done", "2")

    erasure.erase_person(shop, asks(), at(5))

    waiting.refresh_from_db()
    done.refresh_from_db()
    assert (waiting.state, waiting.subject, waiting.arguments) == ("skipped", "erased", "{}")
    assert (done.state, done.subject, done.arguments) == ("done", "erased", "{}")


def test_an_open_hold_keeps_the_address_until_it_ends(shop):
    live_rule(shop.store)
    hear(shop.store, ticket(email=ANA))

    erasure.erase_person(shop, asks(), at(5))

    assert ANA in held(shop.store)


def test_deliveries_that_name_them_go_and_unread_ones_of_others_stay(shop):
    for state, body in (("read", b"x"), ("new", ANA.encode()), ("quarantined", ANA.encode()), ("new", b"y")):
        Delivery.objects.create(
            connection=shop, received_at=at(0), due_at=at(0), state=state, body=body, trace="t"
        )

    erasure.erase_person(shop, asks(), at(5))

    assert [bytes(each.body) for each in Delivery.objects.all()] == [b"y"]


def test_a_whole_storefront_leaves_products_and_what_others_told(shop):
    hear(shop.store, ticket(email=ANA))

    count = erasure.erase_storefront(shop, at(5))

    assert count == 10
    assert Product.objects.count() == 2
    assert Ticket.objects.get().vendor == "gorgias"
    assert [each.key for each in Customer.objects.all()] == [f"email:{ANA}"]
    assert not InboxEvent.objects.filter(connection=shop).exists()


def test_who_gave_a_number_alone_is_erased_by_it_too(shop):
    storefront.hear(shop.store, storefront.record(person=Person(id="9001", phone="+15551234567")))
    runlog.note(
        "connection_healthy", store_id=shop.store_id, subject="phone:+15551234567", finding="+15551234567"
    )

    erasure.erase_person(shop, asks(customer_id="9001", emails=(), phone="+1 555 123 4567"), at(5))

    entry = RunLogEntry.objects.get(code="connection_healthy")
    assert (entry.subject, entry.details["finding"]) == ("erased", "erased")
    assert not RunLogEntry.objects.filter(subject__contains="1234567").exists()
    assert not CustomerRecord.objects.exclude(phone="").exists()
