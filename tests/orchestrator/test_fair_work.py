"""One client's vendor hangs; the other clients do not notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from connectors.sandbox.server import Sandbox, running
from orchestrator import work
from orchestrator.models import OutboxAction
from orchestrator.slots import slots
from rules.actions.internal_note import InternalNote
from tests.orchestrator.act.conftest import Shop, new_shop

__all__ = ["new_shop"]
State = OutboxAction.State
HANGS = 60.0  # seconds, on a machine however slow: it is over as soon as the test is


@pytest.fixture
def all_jobs_end() -> Iterator[None]:
    yield
    assert slots.until_idle(60)


@pytest.fixture
def sandbox(all_jobs_end: None) -> Iterator[Sandbox]:
    """Its own: when it ends, so does every call that hangs, and with it the last job."""
    with running() as server:
        yield server


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "It did not come true."
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_client_is_served_while_the_vendor_of_another_hangs(
    new_shop: Callable[..., Shop],  # the fixture
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
