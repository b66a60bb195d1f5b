"""At the moment of sending a step is asked about once more: its hour, how much was heard, and its exits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from connectors.models import Store
from connectors.types import Person
from orchestrator.decide import due
from orchestrator.models import Enrolment, OutboxAction, RunLogEntry
from rules.models import Rule
from tests import scene
from tests.orchestrator.decide.shop import cart, hear, order, record
from tests.orchestrator.decide.test_steps import DAY, HOUR, furnished, pass_time
from tests.scene import at

pytestmark = pytest.mark.django_db
State = OutboxAction.State


def sends(store: Store, minutes: float) -> OutboxAction:
    """The time has come; nothing is known to have changed. What is to be sent meets no vendor here."""
    pass_time(store, minutes)
    due.dispatch(scene.connection(store, "klaviyo"), at(minutes))
    return reminder()


def reminder() -> OutboxAction:
    return OutboxAction.objects.filter(effect_key__startswith="step:").latest("pk")


def other(
    store: Store, minutes: float, subject: str = "ana@shop.test", state: State = State.DONE, **fields: Any
) -> OutboxAction:
    """A message of another rule."""
    rule = Rule.objects.get_or_create(store=store, name="Other", recipe="custom")[0]
    settled = at(minutes) if state is State.DONE else None
    values: dict[str, Any] = {
        "store": store,
        "rule": rule,
        "rule_version": 1,
        "connection": scene.connection(store, "klaviyo"),
        "key": f"other:{minutes}:{subject}",
        "action": "send_event",
        "arguments": "{}",
        "subject": subject,
        "planned_for": at(minutes),
        "due_at": at(minutes),
        "created_at": at(minutes),
        "settled_at": settled,
        "state": state,
        **fields,
    }
    return OutboxAction.objects.create(**values)


def deferred() -> list[tuple[str, str]]:
    rows = RunLogEntry.objects.filter(code="message_deferred").order_by("pk")
    return [(row.details["reason"], row.details["timezone_source"]) for row in rows]


def planned(store: Store) -> None:
    """The first step is decided, and not sent yet."""
    hear(store, cart())
    pass_time(store, HOUR)
    assert reminder().state == State.WAITING


def test_quiet_hours_that_began_since_keep_it_for_the_morning_and_never_drop_it():
    store = furnished(quiet_from="10:30", quiet_to="10:20")  # the story begins at nine
    hear(store, cart(minutes=20))
    pass_time(store, 20 + HOUR)
    assert reminder().planned_for == at(80)

    row = sends(store, 95)

    until = at(DAY + 80)
    assert (row.state, row.due_at, row.planned_for) == (State.WAITING, until, until)
    assert deferred() == [("quiet_hours", "client")]


def test_the_night_is_that_of_the_customers_own_address():
    store = furnished(quiet_from="21:00", quiet_to="08:00")
    hear(store, record(minutes=10, country="JP", sms_consent="subscribed"), cart(minutes=10))
    pass_time(store, 10 + HOUR)  # ten past ten here, ten past seven in the evening there
    assert reminder().state == State.WAITING

    row = sends(store, 10 + 3 * HOUR)

    assert row.due_at == datetime.fromisoformat("2026-11-01T23:00Z")
    assert deferred() == [("quiet_hours", "customer")]


@pytest.mark.parametrize("address", ["ana@shop.test", "anna@home.test"])
def test_what_other_rules_wrote_meanwhile_counts_under_any_address_of_the_person(address):
    store = furnished(most_per_day=1)
    both = Person(id="9001", name="Ana", emails=("ana@shop.test", "anna@home.test"))
    planned(store)
    hear(store, record(minutes=HOUR, person=both, sms_consent="subscribed"))
    other(store, HOUR + 1, subject=address)

    row = sends(store, HOUR + 2)

    assert (row.state, row.due_at) == (State.WAITING, at(HOUR + 1 + DAY))
    assert deferred() == [("sent_enough", "client")]


def test_what_others_heard_or_what_was_not_sent_does_not_count():
    store = furnished(most_per_day=1)
    planned(store)
    other(store, HOUR + 1, subject="ben@shop.test")
    other(store, HOUR + 1.1, state=State.SKIPPED)
    other(store, HOUR + 1.2, action="set_property")

    sends(store, HOUR + 2)

    assert deferred() == []


def test_of_two_that_wait_the_first_goes():
    store = furnished(most_per_day=1)
    planned(store)
    other(store, HOUR + 1, state=State.WAITING, due_at=at(2 * DAY))

    sends(store, HOUR + 2)

    assert deferred() == []


def test_the_cap_counts_every_address_when_the_step_is_decided_too():
    store = furnished(most_per_day=1)
    both = Person(id="9001", name="Ana", emails=("ana@shop.test", "anna@home.test"))
    hear(store, record(minutes=1, person=both, sms_consent="subscribed"), cart())
    other(store, 30, subject="anna@home.test")

    pass_time(store, HOUR)

    assert Enrolment.objects.get().due_at == at(30 + DAY)


def test_an_exit_that_is_found_at_sending_ends_the_sequence_at_once():
    store = furnished()
    planned(store)
    hear(store, order(minutes=HOUR, placed_at=at(HOUR)))

    row = sends(store, HOUR + 0.02)

    assert row.state == State.SKIPPED
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, enrolment.ended_because) == ("ended", "bought_meanwhile")
    assert enrolment.ended_at is not None
    entry = RunLogEntry.objects.get(code="sequence_ended")
    assert (entry.details["step"], entry.details["reason"]) == ("text", "bought_meanwhile")


def test_what_speaks_against_one_step_alone_lets_the_others_come():
    store = furnished()
    planned(store)
    pass_time(store, DAY)
    hear(store, record(minutes=DAY, sms_consent="unsubscribed", email_consent="subscribed"))

    row = sends(store, DAY + 0.02)

    assert (row.state, row.because) == (State.SKIPPED, "the customer has not agreed to text messages")
    assert Enrolment.objects.get().state == "waiting"
