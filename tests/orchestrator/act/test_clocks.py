"""Workers on machines whose clocks are minutes apart respect each other's leases and pauses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from connectors import timekeeper
from orchestrator import work
from orchestrator.act import outbox
from orchestrator.decide import lease
from orchestrator.models import OutboxAction
from rules.actions.set_priority import SetPriority
from tests.orchestrator.act.conftest import Shop

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite means one machine, so one clock"),
]
APART = [timedelta(minutes=3), timedelta(minutes=-3)]


@pytest.fixture(autouse=True)
def by_the_database(settings: Any) -> Iterator[None]:
    settings.CLOCK_LOOK_EVERY = 30.0
    timekeeper.forget()
    yield
    timekeeper.forget()


@pytest.mark.parametrize("apart", APART)
def test_what_one_holds_is_not_taken_by_another(shop: Shop, apart: timedelta) -> None:
    assert connection.vendor == "postgresql"
    shop.owe(shop.gorgias, SetPriority(ticket_id="1", priority="high"), "a")
    right = timezone.now()

    with time_machine.travel(right + apart):
        held = outbox.claim(shop.gorgias, timekeeper.now())
        timekeeper.forget()
    with time_machine.travel(right - apart):
        taken = outbox.claim(shop.gorgias, timekeeper.now())

    assert [row.key for row in held] == ["a"]
    assert taken == []
    assert OutboxAction.objects.get().state == OutboxAction.State.CLAIMED


@pytest.mark.parametrize("apart", APART)
def test_a_store_is_decided_by_one(shop: Shop, apart: timedelta) -> None:
    right = timezone.now()

    with time_machine.travel(right + apart), lease.held(shop.store.pk) as first:
        timekeeper.forget()
        with time_machine.travel(right - apart), lease.held(shop.store.pk) as second:
            assert first is not None
            assert second is None


def test_what_waits_is_not_due_earlier_on_a_machine_that_is_ahead(shop: Shop) -> None:
    row = shop.owe(shop.gorgias, SetPriority(ticket_id="1", priority="high"), "a")
    OutboxAction.objects.filter(pk=row.pk).update(due_at=timezone.now() + timedelta(minutes=1))

    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        done = work.perform_due(timekeeper.now())

    assert done == 0
    assert shop.requests("gorgias") == []
