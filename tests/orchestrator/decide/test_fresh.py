"""What is asked again at the moment of sending, and what it waits for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.models import Connection, Store
from orchestrator.decide import due
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, OutboxAction, RunLogEntry, Ticket
from rules.models import Rule
from tests.scene import at, client, connection, hear, live_rule, ticket

pytestmark = pytest.mark.django_db
State = OutboxAction.State

OPEN: dict[str, Any] = {"all": [{"field": "ticket.priority", "op": "ne", "value": "low"}]}
UNDECIDED = "Newer changes of this object are still being decided."
EVENT = {"action": "send_event", "with": {"metric": "Ticket opened", "properties": {}}}


def told_later(after: str = "PT1H", **rule: str) -> Store:
    """A client with one event planned for the ticket that was opened at the beginning."""
    store = client()
    step = {**EVENT, "after": after} if after else EVENT
    params: dict[str, Any] = {"when": "ticket.opened", "if": OPEN, "then": [step]}
    live_rule(store, "custom", **params)
    hear(store, ticket(1, priority="normal"))
    return store


def dispatch(store: Store, minutes: float) -> None:
    due.dispatch(connection(store, "klaviyo"), at(minutes))


def outcome() -> tuple[str, str]:
    row = OutboxAction.objects.get()
    return row.state, row.because


def test_message_waits_while_a_newer_story_is_undecided_however_fresh_the_mirror_looks() -> None:
    store = told_later()
    Ticket.objects.update(confirmed_at=at(61))
    newer = ticket(1, minutes=60, priority="low")  # read by somebody who did not come to decide it
    inbox.accept(connection(store, "gorgias"), [newer], origin=InboxEvent.Origin.POLL, now=at(61))
    Store.objects.update(drain_token="somebody", drain_until=timezone.now() + timedelta(minutes=1))

    dispatch(store, 61)
    while_undecided = outcome()
    Store.objects.update(drain_token="", drain_until=None)
    Ticket.objects.update(confirmed_at=at(65))
    dispatch(store, 65)

    assert while_undecided == (State.WAITING, UNDECIDED)
    assert outcome()[0] == State.SKIPPED


def test_message_waits_while_two_stories_with_one_stamp_are_unresolved() -> None:
    store = told_later()
    hear(store, ticket(1, priority="low"))
    Ticket.objects.update(confirmed_at=at(61))

    dispatch(store, 61)

    assert InboxEvent.objects.filter(state=InboxEvent.State.REREAD).count() == 1
    assert outcome() == (State.WAITING, UNDECIDED)


def test_what_the_vendor_has_taken_is_not_called_skipped() -> None:
    store = told_later()
    Rule.objects.update(mode="paused")
    OutboxAction.objects.update(state=State.ACCEPTED, receipt="job:1")

    dispatch(store, 61)

    assert not RunLogEntry.objects.filter(code="action_skipped").exists()
    assert outcome()[0] == State.ACCEPTED


def test_message_that_had_to_wait_is_asked_again() -> None:
    store = told_later(after="")
    hear(store, ticket(1, minutes=0.5, priority="low"))
    Ticket.objects.update(confirmed_at=at(61))

    dispatch(store, 61)

    assert outcome() == (State.SKIPPED, RunLogEntry.objects.get(code="action_skipped").details["because"])


def test_message_of_a_rule_that_was_just_paused_is_not_sent_however_fresh_it_is() -> None:
    store = told_later(after="")
    Rule.objects.update(mode="paused")

    dispatch(store, 1.5)

    assert outcome() == (State.SKIPPED, "the rule is paused")


def test_message_that_is_sent_at_once_is_not_asked_again() -> None:
    store = told_later(after="")
    hear(store, ticket(1, minutes=0.5, priority="low"))

    dispatch(store, 1.5)

    assert outcome()[0] == State.WAITING  # for the credentials that this connection lacks
    assert Connection.objects.get(vendor="klaviyo").error_code == "credentials_missing"
