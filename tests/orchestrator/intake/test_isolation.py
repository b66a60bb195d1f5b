"""One delivery that cannot be read holds up no other, and a reader that dies holds up nobody for long."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.models import Connection
from orchestrator.intake import inbox, polling, reading
from orchestrator.models import Attention, Delivery, InboxEvent
from tests.orchestrator.act.conftest import Shop, new_shop, shop  # noqa: F401
from tests.scene import at, client, connection, ticket

pytestmark = pytest.mark.django_db
State = Delivery.State


def deliver(account: Connection, *tickets: int, now: Any = None) -> None:
    moment = now or timezone.now()
    for number in tickets:
        body = json.dumps({"ticket_id": str(number)}).encode()
        Delivery.objects.create(
            connection=account, received_at=moment, due_at=moment, body=body, trace=f"t{number}"
        )


def states() -> dict[str, str]:
    return dict(Delivery.objects.values_list("trace", "state"))


def test_ticket_that_the_vendor_refuses_to_show_holds_up_no_other(shop: Shop) -> None:  # noqa: F811
    deliver(shop.gorgias, 1, 999, 2)
    shop.fault("gorgias", "/api/tickets/999", kind="status", status=400, times=None)

    for minutes in range(0, 60, 6):
        reading.read_new(shop.gorgias, timezone.now() + timedelta(minutes=minutes))

    assert states() == {"t1": State.READ, "t2": State.READ, "t999": State.QUARANTINED}
    assert set(InboxEvent.objects.values_list("object_id", flat=True)) == {"1", "2"}
    assert Attention.objects.filter(code="delivery_quarantined").count() == 1


def test_second_reading_waits_while_the_connection_cannot_be_used(db: None) -> None:
    account = connection(client(), "gorgias")
    inbox.accept(account, [ticket()], origin=InboxEvent.Origin.POLL, now=at(1))
    InboxEvent.objects.update(state=InboxEvent.State.REREAD)

    handled = reading.read_new(account, at(2))

    assert handled == 0
    assert Connection.objects.get(pk=account.pk).health == Connection.Health.ATTENTION


def test_deliveries_of_a_reader_that_died_on_a_pretended_day_are_read_on_the_real_one(db: None) -> None:
    account = connection(client(), "gorgias")
    deliver(account, 1)

    reading._take(account, timezone.now() + timedelta(days=400))

    assert reading.with_work(timezone.now() + timedelta(minutes=10)) == [account.pk]


def test_poller_that_died_is_followed_after_one_lease(db: None, settings: Any) -> None:
    settings.LEASE_SECONDS = 90.0
    account = connection(client(), "gorgias")

    polling._lease(account)

    until = Connection.objects.get(pk=account.pk).poll_until
    assert until is not None
    assert until - timezone.now() <= timedelta(seconds=90)


def test_poller_whose_lease_was_taken_over_stops_and_leaves_the_watermark(shop: Shop) -> None:  # noqa: F811
    polling._lease(shop.gorgias)
    other = connection(shop.store, "gorgias")
    Connection.objects.update(poll_until=timezone.now() - timedelta(seconds=1))
    polling._lease(other)

    found = polling._run(shop.gorgias, frozenset(), timezone.now())

    assert found == 0
    assert not shop.gorgias.cursors.exclude(watermark="").exists()
