"""One client's vendor hangs; the other clients do not notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from orchestrator import work
from orchestrator.models import OutboxAction
from orchestrator.slots import slots
from rules.actions.internal_note import InternalNote
from tests.orchestrator.act.conftest import Shop, new_shop

__all__ = ["new_shop"]
State = OutboxAction.State
HANGS = 4.0  # seconds


@pytest.fixture
def all_jobs_end() -> Iterator[None]:
    yield
    assert slots.until_idle(60)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "It did not come true."
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_client_is_served_while_the_vendor_of_another_hangs(
    new_shop: Callable[..., Shop],  # the fixture
    all_jobs_end: None,
) -> None:
    slow, quick = new_shop(), new_shop()
    hang = {"vendor": "gorgias", "account": slow.slug, "path": "/api/tickets", "kind": "hang"}
    slow.control("POST", "faults", {**hang, "seconds": HANGS, "times": 1})
    first = slow.owe(slow.gorgias, InternalNote(ticket_id="1", text="Slow."), "slow")

    work.perform_due.begin(timezone.now())
    until(lambda: OutboxAction.objects.get(pk=first.pk).state == State.CLAIMED)
    second = quick.owe(quick.gorgias, InternalNote(ticket_id="1", text="Quick."), "quick")
    work.perform_due.begin(timezone.now())
    until(lambda: OutboxAction.objects.get(pk=second.pk).state == State.DONE)

    assert OutboxAction.objects.get(pk=first.pk).state == State.CLAIMED
