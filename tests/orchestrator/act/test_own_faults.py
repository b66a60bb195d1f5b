"""An effect that fails by our own fault, every time: it is set aside, and holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest
from django.utils import timezone

from connectors.types import Transition
from orchestrator.act import settling
from orchestrator.admin import again
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, Ticket
from rules.actions.internal_note import InternalNote
from rules.facts import Change
from tests.chaos import truth
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
State = OutboxAction.State
LATER = timedelta(days=30)
ASKED_FOR = Change(
    transition=Transition.TICKET_OPENED,
    vendor="gorgias",
    kind="ticket",
    object_id="2",
    at=timezone.now(),
)


@pytest.fixture
def poisoned(shop: Shop) -> Shop:
    """Three notes are owed. What we stored of the ticket that one of them depends on cannot be read."""
    now = timezone.now()
    stamps = {"source_at": now, "confirmed_at": now + LATER, "needs_care": True}
    Ticket.objects.create(store=shop.store, vendor="gorgias", object_id="2", body=b'{"old": 1}', **stamps)
    change = msgspec.json.encode(ASKED_FOR).decode()
    for key, asked_for in (("a", ""), ("bad", change), ("c", "")):
        note = InternalNote(ticket_id="1", text=f"Note {key}.")
        shop.owe(shop.gorgias, note, key, change=asked_for, is_rechecked=bool(asked_for))
    return shop


def states() -> dict[str, str]:
    return dict(OutboxAction.objects.values_list("key", "state"))


def day_of_work(shop: Shop, is_over: Callable[[], bool]) -> datetime:
    """The worker comes by every half hour until it is over."""
    now = timezone.now()
    for round_ in range(40):
        if is_over():
            break
        due.dispatch(shop.gorgias, now + timedelta(minutes=30 * round_))
    return now + timedelta(minutes=30 * round_)


def test_the_others_go_out_though_they_were_taken_together(poisoned: Shop) -> None:
    day_of_work(poisoned, lambda: [states()[key] for key in "ac"] == [State.DONE, State.DONE])

    assert truth.notes_by_text(poisoned.state("gorgias")) == {"Note a.": 1, "Note c.": 1}


def test_it_is_set_aside_after_a_few_tries_and_shown(poisoned: Shop) -> None:
    day_of_work(poisoned, lambda: states()["bad"] == State.FAILED)

    bad = OutboxAction.objects.get(key="bad")
    assert bad.state == State.FAILED
    assert bad.attempts < settling.TRIES + 1
    assert Attention.objects.open().get(code="action_failed").reference == f"action:{bad.pk}"


def test_another_try_sends_it_once_its_cause_is_gone(poisoned: Shop) -> None:
    now = day_of_work(poisoned, lambda: states()["bad"] == State.FAILED)
    OutboxAction.objects.filter(key="bad").update(change="", is_rechecked=False)

    again.send([OutboxAction.objects.get(key="bad").pk], now, by="maya")
    due.dispatch(poisoned.gorgias, now)

    assert set(states().values()) == {State.DONE}
    assert not Attention.objects.open().filter(code="action_failed").exists()
