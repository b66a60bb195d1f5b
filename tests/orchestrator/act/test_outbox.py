"""Effects are claimed by one worker, and each result is written down as what it is."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.utils import timezone

from connectors.models import Connection
from orchestrator.act import outbox
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, RunLogEntry
from rules.actions.internal_note import InternalNote
from rules.actions.send_event import SendEvent
from rules.actions.set_property import SetProperty
from tests.chaos import truth
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
State = OutboxAction.State


def note(ticket: int = 1, text: str = "Seen.") -> InternalNote:
    return InternalNote(ticket_id=str(ticket), text=text)


def states() -> dict[str, str]:
    return dict(OutboxAction.objects.values_list("key", "state"))


@pytest.mark.django_db(transaction=True)
def test_no_effect_is_claimed_by_two_workers(shop: Shop) -> None:
    for number in range(60):
        shop.owe(shop.gorgias, note(), f"n{number}")
    claimed: list[str] = []
    start = Barrier(4)

    def worker() -> None:
        start.wait()
        while rows := outbox.claim(shop.gorgias, timezone.now(), limit=7):
            claimed.extend(row.key for row in rows)
        connections.close_all()

    workers = [Thread(target=worker) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert sorted(claimed) == sorted(f"n{number}" for number in range(60))


def test_planning_twice_is_planning_once(shop: Shop) -> None:
    shop.owe(shop.gorgias, note(), "n")
    shop.owe(shop.gorgias, note(text="Another text."), "n")

    due.dispatch(shop.gorgias, timezone.now())

    assert truth.notes_by_text(shop.state("gorgias")) == {"Seen.": 1}


def test_refusal_fails_one_and_the_others_go_on(shop: Shop) -> None:
    for key, ticket in (("a", 1), ("b", 999), ("c", 2)):
        shop.owe(shop.gorgias, note(ticket), key)

    due.dispatch(shop.gorgias, timezone.now())

    assert states() == {"a": State.DONE, "b": State.FAILED, "c": State.DONE}
    assert Attention.objects.open().get(code="action_failed").store == shop.store


def test_rejected_key_stops_the_batch_and_shows(shop: Shop) -> None:
    for key in "abc":
        shop.owe(shop.gorgias, note(), key)
    shop.gorgias.seal({"subdomain": shop.slug, "email": "ops@agency.test", "api_key": "wrong"})
    shop.gorgias.save()
    before = timezone.now()

    due.dispatch(shop.gorgias, before)

    rows = OutboxAction.objects.order_by("key")
    assert {row.state for row in rows} == {State.WAITING}
    assert sorted(row.attempts for row in rows) == [0, 0, 1]
    assert min(row.due_at for row in rows) >= before + timedelta(minutes=4)
    assert Attention.objects.open().filter(code="connection_failing", connection=shop.gorgias).exists()
    assert Connection.objects.get(pk=shop.gorgias.pk).health == Connection.Health.ATTENTION


def test_throttled_call_waits_as_long_as_the_vendor_asks_and_the_rest_goes_back_untouched(shop: Shop) -> None:
    for key in "abc":
        shop.owe(shop.gorgias, note(), key)
    shop.fault("gorgias", "/messages", kind="status", status=429, seconds=40, method="POST")
    before = timezone.now()

    due.dispatch(shop.gorgias, before)

    tried, *untried = OutboxAction.objects.order_by("-attempts")
    assert tried.state == State.WAITING
    assert tried.due_at >= before + timedelta(seconds=40)
    assert [(row.attempts, row.state, row.claim_token, row.because) for row in untried] == [
        (0, State.WAITING, "", "")
    ] * 2
    assert RunLogEntry.objects.filter(code="action_retry").count() == 1


def test_property_of_several_people_is_accepted_then_confirmed(shop: Shop) -> None:
    for name in ("ana", "ben"):
        shop.owe(shop.klaviyo, SetProperty(email=f"{name}@shop.test", name="Tier", value="gold"), name)

    due.dispatch(shop.klaviyo, timezone.now())
    accepted = states()
    shop.control("POST", "limits", {"job_seconds": 0})
    _until_done(shop)

    assert set(accepted.values()) == {State.ACCEPTED}
    assert set(states().values()) == {State.DONE}
    profiles = {each["email"]: each["properties"] for each in shop.state("klaviyo")["profiles"]}
    assert profiles["ana@shop.test"] == profiles["ben@shop.test"] == {"Tier": "gold"}
    assert shop.calls().count("POST /api/profile-bulk-import-jobs") == 1


def test_job_that_fails_is_shown(shop: Shop) -> None:
    for name in ("no address", "none either"):
        shop.owe(shop.klaviyo, SetProperty(email=name, name="Tier", value="gold"), name)

    due.dispatch(shop.klaviyo, timezone.now())
    _until_done(shop)

    assert set(states().values()) == {State.FAILED}
    assert Attention.objects.open().filter(code="action_failed").count() == 2


def test_events_of_a_batch_are_one_call(shop: Shop) -> None:
    now = timezone.now()
    for number in range(120):
        event = SendEvent(metric="Seen", email="ana@shop.test", at=now, properties={"number": number})
        shop.owe(shop.klaviyo, event, f"e{number}")

    due.dispatch(shop.klaviyo, timezone.now())

    assert shop.calls() == ["POST /api/event-bulk-create-jobs"]
    assert set(states().values()) == {State.DONE}


@pytest.mark.parametrize("hours", [25, 23])
def test_message_of_yesterday_is_not_said_any_more(shop: Shop, hours: int) -> None:
    late = timezone.now() - timedelta(hours=hours)
    shop.owe(shop.gorgias, note(), "n", planned_for=late, due_at=late)

    due.dispatch(shop.gorgias, timezone.now())

    assert states() == {"n": State.SKIPPED if hours > 24 else State.DONE}


def _until_done(shop: Shop) -> None:
    """Confirms again and again, as if each time some seconds had passed."""
    now = timezone.now()
    while OutboxAction.objects.filter(state=State.ACCEPTED).exists():
        now += timedelta(seconds=60)
        due.dispatch(shop.klaviyo, now)
        assert now < timezone.now() + timedelta(days=1)
