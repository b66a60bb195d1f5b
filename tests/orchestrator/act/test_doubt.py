"""A call that may have landed is looked at before it is made again; what cannot be seen is made once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from orchestrator.act import asking, outbox
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, RunLogEntry
from rules.actions.alert import Alert
from rules.actions.internal_note import InternalNote
from rules.actions.send_event import SendEvent
from tests.chaos import truth
from tests.orchestrator.act.conftest import Shop
from tests.rules.actions.platforms import Office

pytestmark = pytest.mark.django_db
State = OutboxAction.State
SETTLE = 30
NOTE = InternalNote(ticket_id="1", text="Seen.")


@pytest.fixture(autouse=True)
def settle(settings: Any) -> None:
    settings.SETTLE_SECONDS = SETTLE


def codes() -> list[str]:
    told = RunLogEntry.objects.filter(kind="action").order_by("pk")
    return list(told.values_list("code", flat=True))


@pytest.mark.parametrize("has_landed", [True, False])
def test_note_of_a_dead_worker_is_there_once(shop: Shop, has_landed: bool) -> None:
    shop.owe(shop.gorgias, NOTE, "n")
    (row,) = outbox.claim(shop.gorgias, timezone.now())
    if has_landed:
        NOTE.perform(connect.open(shop.gorgias), row.key)  # type: ignore[arg-type]
    OutboxAction.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    now = timezone.now()

    due.dispatch(shop.gorgias, now)
    at_once = shop.calls("gorgias").count("GET /api/messages")
    due.dispatch(shop.gorgias, now + timedelta(seconds=SETTLE + 5))

    assert at_once == 0
    assert truth.notes(shop.state("gorgias")) == {"n": 1}
    assert codes() == ["action_found" if has_landed else "action_done"]


@pytest.mark.parametrize(("kind", "when"), [("reset", "after"), ("cut", "after"), ("reset", "before")])
def test_note_in_doubt_is_there_once(shop: Shop, kind: str, when: str) -> None:
    shop.owe(shop.gorgias, NOTE, "n")
    shop.fault("gorgias", "/messages", kind=kind, when=when, method="POST")
    now = timezone.now()

    due.dispatch(shop.gorgias, now)
    due.dispatch(shop.gorgias, now + timedelta(seconds=SETTLE + 5))

    assert truth.notes(shop.state("gorgias")) == {"n": 1}
    assert codes() == ["action_in_doubt", "action_found" if when == "after" else "action_done"]


def test_doubt_settles_from_its_own_beginning_not_from_that_of_the_batch(shop: Shop) -> None:
    for key in ("a", "b"):
        shop.owe(shop.gorgias, NOTE, key)
    shop.fault("gorgias", "/messages", kind="hang", seconds=1.5, method="POST")
    shop.fault("gorgias", "/messages", kind="reset", when="after", method="POST")
    begun = timezone.now()

    due.dispatch(shop.gorgias, begun)

    row = OutboxAction.objects.get(state=State.IN_DOUBT)
    assert row.due_at >= begun + timedelta(seconds=SETTLE + 1.5)


def test_look_that_fails_keeps_the_doubt(shop: Shop) -> None:
    shop.owe(shop.gorgias, NOTE, "n")
    shop.fault("gorgias", "/messages", kind="reset", when="after", method="POST")
    shop.fault("gorgias", "/api/messages", kind="status", status=500, method="GET")
    now = timezone.now()

    for seconds in (0, SETTLE + 5, 3 * SETTLE):
        due.dispatch(shop.gorgias, now + timedelta(seconds=seconds))

    assert truth.notes(shop.state("gorgias")) == {"n": 1}
    assert codes() == ["action_in_doubt", "action_in_doubt", "action_found"]


def test_events_in_doubt_are_sent_again_under_their_keys(shop: Shop) -> None:
    shop.control("POST", "limits", {"job_seconds": 0})
    for number in range(3):
        event = SendEvent(metric="Seen", email="ana@shop.test", at=timezone.now())
        shop.owe(shop.klaviyo, event, f"e{number}")
    shop.fault("klaviyo", "/event-bulk-create-jobs", kind="cut", when="after")
    now = timezone.now()

    due.dispatch(shop.klaviyo, now)
    due.dispatch(shop.klaviyo, now + timedelta(seconds=SETTLE + 5))

    events = truth.events(shop.state("klaviyo"), "Seen")
    assert Counter(each["unique_id"] for each in events) == {"e0": 1, "e1": 1, "e2": 1}
    assert not OutboxAction.objects.exclude(state=State.DONE).exists()


def test_what_cannot_be_looked_up_is_sent_at_most_once(shop: Shop) -> None:
    office = Office()
    row = shop.owe(shop.gorgias, Alert(text="A ticket waits."), "alert", was_in_doubt=True)

    again = asking.look(shop.gorgias, office, Alert, [row], timezone.now())

    assert (again, office.calls) == ([], [])
    assert OutboxAction.objects.get().state == State.FAILED
    assert codes() == ["action_unknown"]
    assert "cannot be looked up" in Attention.objects.open().get(code="action_failed").sentence


def test_worker_that_slept_through_its_lease_sends_nothing(shop: Shop) -> None:
    shop.owe(shop.gorgias, NOTE, "n")
    rows = outbox.claim(shop.gorgias, timezone.now())
    rows[0].claimed_until = timezone.now() - timedelta(seconds=1)
    rows[0].save()
    outbox.claim(shop.gorgias, timezone.now())  # another worker notices

    outbox.perform(shop.gorgias, rows, timezone.now())

    assert OutboxAction.objects.get().state == State.IN_DOUBT
    assert truth.notes(shop.state("gorgias")) == {}
    assert codes() == []
