"""Events and properties in bulk, and what happens when the bulk call fails."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.roles import MarketingEvent
from rules.actions.base import Accepted, Done, Missing, NotTried
from rules.actions.send_event import SendEvent
from rules.actions.set_property import SetProperty
from tests.rules.actions.platforms import Mailer
from tests.rules.examples import CUSTOMER, NOW, facts

LATER = TryLater("Too many calls.", code="throttled", after=3)
DUPLICATE = Refused("One key is known.", code="duplicate")
LOCKED_OUT = NeedsAttention("The key is not valid.", code="credentials_rejected")


def batch(count: int) -> list[tuple[SendEvent, str]]:
    return [(SendEvent(metric="Seen", email=f"p{n}@shop.test", at=NOW), f"key-{n}") for n in range(count)]


def event(number: int) -> MarketingEvent:
    return MarketingEvent(metric="Seen", email=f"p{number}@shop.test", key=f"key-{number}", at=NOW)


def test_events_go_in_as_few_calls_as_the_vendor_allows():
    mailer = Mailer()

    results = SendEvent.perform_many(mailer, batch(7))

    assert results == [Done()] * 7
    assert mailer.calls == [[event(0), event(1), event(2)], [event(3), event(4), event(5)], event(6)]


def test_after_a_doubt_events_go_one_by_one_with_their_keys():
    mailer = Mailer()

    results = SendEvent.perform_many(mailer, batch(2), again=True)

    assert results == [Done()] * 2
    assert mailer.calls == [event(0), event(1)]


def test_a_bulk_call_that_one_event_spoils_is_made_good_one_by_one():
    def fault(call: Any) -> Refused | None:
        spoilt = call if isinstance(call, list) else [call]
        return DUPLICATE if event(1) in spoilt else None

    mailer = Mailer(fault)

    results = SendEvent.perform_many(mailer, batch(5))

    assert results == [Done(), DUPLICATE, Done(), Done(), Done()]
    assert mailer.calls[1:4] == [event(0), event(1), event(2)]


@pytest.mark.parametrize("error", [LATER, LOCKED_OUT])
def test_after_a_throttle_or_a_dead_key_the_rest_is_not_tried(error):
    mailer = Mailer(lambda call: error if isinstance(call, list) and event(3) in call else None)

    results = SendEvent.perform_many(mailer, batch(8))

    assert results == [Done()] * 3 + [error] * 3 + [NotTried()] * 2
    assert len(mailer.calls) == 2


def test_one_by_one_a_throttle_stops_the_rest_too():
    mailer = Mailer(lambda call: LATER if call == event(1) else None)

    results = SendEvent.perform_many(mailer, batch(4), again=True)

    assert results == [Done(), LATER, NotTried(), NotTried()]
    assert mailer.calls == [event(0), event(1)]


@pytest.mark.parametrize(("again", "sent", "calls"), [(False, 6, 2), (True, 2, 2)])
def test_each_call_is_made_only_while_the_batch_is_ours(again, sent, calls):
    leases = iter([True, True, False, False, False, False, False, False])
    mailer = Mailer()

    results = SendEvent.perform_many(mailer, batch(8), again=again, may_call=lambda: next(leases))

    assert results == [Done()] * sent + [NotTried()] * (8 - sent)
    assert len(mailer.calls) == calls


def properties(*wishes: tuple[str, str, Any]) -> list[tuple[SetProperty, str]]:
    return [(SetProperty(email=email, name=name, value=value), name) for email, name, value in wishes]


def test_properties_of_everybody_go_in_one_call_and_the_last_wish_counts():
    mailer = Mailer()
    wishes = properties(
        ("a@x.test", "n", 1), ("b@x.test", "n", 2), ("a@x.test", "m", 3), ("a@x.test", "n", 4)
    )

    results = SetProperty.perform_many(mailer, wishes)

    assert results == [Accepted("job-1")] * 4
    assert mailer.calls == [{"a@x.test": {"n": 4, "m": 3}, "b@x.test": {"n": 2}}]
    assert SetProperty.is_settled(mailer, "job-1")


def test_one_property_is_set_for_one_person():
    mailer = Mailer()

    SetProperty(email="a@x.test", name="n", value=1).perform(mailer, "key-1")

    assert mailer.calls == [{"a@x.test": {"n": 1}}]


def test_properties_without_a_job_are_done_at_once():
    assert SetProperty.perform_many(Mailer(receipt=""), properties(("a@x.test", "n", 1))) == [Done()]


def test_one_person_whom_the_vendor_refuses_does_not_stop_the_others():
    mailer = Mailer(lambda people: DUPLICATE if "b@x.test" in people else None)
    wishes = properties(("a@x.test", "n", 1), ("b@x.test", "n", 2), ("c@x.test", "n", 3))

    results = SetProperty.perform_many(mailer, wishes)

    assert results == [Accepted("job-1"), DUPLICATE, Accepted("job-1")]


def test_a_throttle_stops_the_way_one_by_one_too():
    errors = iter([DUPLICATE, None, LATER])
    mailer = Mailer(lambda people: next(errors))
    wishes = properties(("a@x.test", "n", 1), ("b@x.test", "n", 2), ("c@x.test", "n", 3))

    results = SetProperty.perform_many(mailer, wishes)

    assert results == [Accepted("job-1"), LATER, NotTried()]


def test_the_way_one_by_one_ends_when_the_batch_is_no_longer_ours():
    leases = iter([True, True, False, False])
    mailer = Mailer(lambda people: DUPLICATE if "b@x.test" in people else None)
    wishes = properties(("a@x.test", "n", 1), ("b@x.test", "n", 2), ("c@x.test", "n", 3))

    results = SetProperty.perform_many(mailer, wishes, may_call=lambda: next(leases))

    assert results[-1] == NotTried()
    assert {"b@x.test": {"n": 2}} not in mailer.calls


def test_a_bulk_call_that_has_to_wait_waits_for_all():
    mailer = Mailer(lambda people: LATER)

    results = SetProperty.perform_many(mailer, properties(("a@x.test", "n", 1), ("b@x.test", "n", 2)))

    assert results == [LATER, LATER]
    assert len(mailer.calls) == 1


@pytest.mark.parametrize(
    ("consent", "named"),
    [("subscribed", ("", "+15551234567")), ("never", "no_sms_consent"), (None, "no_sms_consent")],
)
def test_who_gave_a_number_alone_is_told_of_only_if_they_want_to_be_written_to_there(consent, named):
    by_phone = {"email": None, "emails": (), "phone": "+15551234567", "sms_consent": consent}
    known = facts(customer=msgspec.structs.replace(CUSTOMER, **by_phone), ticket=None)

    built = SendEvent.build({"metric": "Seen", "properties": {}}, known, NOW)

    assert (built.reason if isinstance(built, Missing) else (built.email, built.phone)) == named
