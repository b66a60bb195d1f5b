"""What decides holds is decided first, however much of the same client waits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from connectors.types import OrderSnapshot, Person
from connectors.types.snapshots import Money
from orchestrator.decide import drain
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, RunLogEntry
from tests import scene

pytestmark = pytest.mark.django_db


def test_a_ticket_goes_before_the_orders_that_wait() -> None:
    store = scene.client(vendors=("gorgias", "klaviyo", "shopify"))
    scene.live_rule(store)
    person = Person(id="1", emails=("buyer@shop.test",))
    orders = [
        OrderSnapshot(
            id=str(number),
            source_at=scene.at(number / 60),
            customer=person,
            total=Money(amount=Decimal(30), currency="USD"),
        )
        for number in range(5)
    ]
    origin, now = InboxEvent.Origin.WEBHOOK, scene.at(10)
    inbox.accept(scene.connection(store, "shopify"), orders, origin=origin, now=now)
    inbox.accept(scene.connection(store, "gorgias"), [scene.ticket(minutes=9)], origin=origin, now=now)

    drain.drain(store, now)

    told = list(RunLogEntry.objects.filter(kind="event").order_by("pk").values_list("reference", flat=True))
    assert told[0] == "gorgias:ticket:555"
    assert len(told) == 6
    assert scene.held(store) == {"ana@shop.test"}


def test_who_finds_the_client_taken_is_served_by_whoever_has_it() -> None:
    store = scene.client()
    later = timezone.now() + timedelta(minutes=5)
    type(store).objects.filter(pk=store.pk).update(drain_token="another worker", drain_until=later)
    inbox.accept(
        scene.connection(store, "gorgias"),
        [scene.ticket()],
        origin=InboxEvent.Origin.WEBHOOK,
        now=scene.at(1),
    )

    assert drain.drain(store, scene.at(1)) == 0
    assert InboxEvent.objects.get().state == InboxEvent.State.NEW
