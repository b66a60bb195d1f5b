"""What leaves first: first in, first out; of two wishes for the same thing the newest has the last word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from connectors.models import Connection
from orchestrator.act import outbox
from orchestrator.decide import due
from orchestrator.models import OutboxAction, RunLogEntry
from rules.actions.internal_note import InternalNote
from rules.actions.set_priority import SetPriority
from rules.actions.set_property import SetProperty
from rules.actions.tag_customer import TagCustomer
from rules.actions.untag_customer import UntagCustomer
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
State = OutboxAction.State


def priority(level: str, ticket: int = 1) -> SetPriority:
    return SetPriority(ticket_id=str(ticket), priority=level)


def states() -> dict[str, str]:
    return dict(OutboxAction.objects.values_list("key", "state"))


def priority_there(shop: Shop, ticket: int = 1) -> str:
    tickets = {each["id"]: each for each in shop.state("gorgias")["tickets"]}
    return str(tickets[ticket]["priority"])


def writes(shop: Shop) -> int:
    return sum(each["method"] == "PUT" for each in shop.requests("gorgias"))


def test_of_two_priorities_for_one_ticket_only_the_newest_is_sent(shop: Shop) -> None:
    shop.owe(shop.gorgias, priority("high"), "older")
    shop.owe(shop.gorgias, priority("low"), "newer")

    due.dispatch(shop.gorgias, timezone.now())

    assert states() == {"older": State.SKIPPED, "newer": State.DONE}
    assert (priority_there(shop), writes(shop)) == ("low", 1)
    line = RunLogEntry.objects.get(code="action_skipped")
    assert line.details["because"] == "something newer was decided for the same thing"


def test_an_older_wish_that_comes_back_from_a_retry_does_not_undo_a_newer_one(shop: Shop) -> None:
    fault = {"vendor": "gorgias", "account": shop.slug, "path": "/api/tickets/1", "kind": "status"}
    shop.control("POST", "faults", {**fault, "status": 503, "when": "before", "times": 1})
    shop.owe(shop.gorgias, priority("high"), "older")
    due.dispatch(shop.gorgias, timezone.now())
    OutboxAction.objects.update(
        state=State.WAITING, was_in_doubt=False
    )  # the vendor told that it did nothing
    shop.owe(shop.gorgias, priority("low"), "newer")
    due.dispatch(shop.gorgias, timezone.now())

    due.dispatch(shop.gorgias, timezone.now() + timedelta(hours=1))

    assert states() == {"older": State.SKIPPED, "newer": State.DONE}
    assert priority_there(shop) == "low"


def test_a_newer_wish_waits_until_one_in_doubt_is_settled(shop: Shop) -> None:
    fault = {"vendor": "gorgias", "account": shop.slug, "path": "/api/tickets/1", "kind": "reset"}
    shop.control("POST", "faults", {**fault, "when": "after", "times": 1})
    shop.owe(shop.gorgias, priority("high"), "older")
    due.dispatch(shop.gorgias, timezone.now())
    shop.owe(shop.gorgias, priority("low"), "newer")
    due.dispatch(shop.gorgias, timezone.now())
    before = states()

    due.dispatch(shop.gorgias, timezone.now() + timedelta(seconds=2 * settings.SETTLE_SECONDS))
    due.dispatch(shop.gorgias, timezone.now() + timedelta(seconds=3 * settings.SETTLE_SECONDS))

    assert before == {"older": State.IN_DOUBT, "newer": State.WAITING}
    assert states() == {"older": State.DONE, "newer": State.DONE}
    assert priority_there(shop) == "low"


def test_wishes_for_different_things_leave_each_other_alone(shop: Shop) -> None:
    shop.owe(shop.gorgias, priority("high", ticket=1), "one")
    shop.owe(shop.gorgias, priority("low", ticket=2), "two")
    shop.owe(shop.gorgias, InternalNote(ticket_id="1", text="Seen."), "note")
    shop.owe(shop.gorgias, InternalNote(ticket_id="1", text="Seen."), "same note")

    due.dispatch(shop.gorgias, timezone.now())

    assert set(states().values()) == {State.DONE}


def test_a_wish_that_is_planned_for_later_replaces_nothing_yet(shop: Shop) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    shop.owe(shop.gorgias, priority("high"), "now")
    shop.owe(shop.gorgias, priority("low"), "tomorrow", planned_for=tomorrow, due_at=tomorrow)

    due.dispatch(shop.gorgias, timezone.now())

    assert states() == {"now": State.DONE, "tomorrow": State.WAITING}


def test_putting_a_tag_on_and_taking_it_off_are_wishes_for_the_same() -> None:
    on, off = TagCustomer(customer_id="7", tag="VIP"), UntagCustomer(customer_id="7", tag="vip")
    other = TagCustomer(customer_id="7", tag="returns")

    assert on.sets == off.sets
    assert on.sets != other.sets


def test_the_fingerprint_of_a_property_tells_nobodys_address(shop: Shop) -> None:
    row = shop.owe(shop.klaviyo, SetProperty(email="ana@shop.test", name="tier", value="gold"), "tier")

    assert row.setting
    assert "ana" not in row.setting


def test_what_was_kept_back_leaves_before_what_came_after_it(shop: Shop) -> None:
    now = timezone.now()
    first = {"planned_for": now - timedelta(seconds=9), "due_at": now}  # it found no room until now
    second = {"planned_for": now - timedelta(seconds=5), "due_at": now - timedelta(seconds=5)}
    shop.owe(shop.gorgias, InternalNote(ticket_id="2", text="Second."), "second", **second)
    shop.owe(shop.gorgias, InternalNote(ticket_id="1", text="First."), "first", **first)

    claimed = outbox.claim(shop.gorgias, now + timedelta(seconds=1), limit=1)

    assert [row.key for row in claimed] == ["first"]


def test_nothing_is_claimed_while_an_account_without_room_catches_its_breath(shop: Shop) -> None:
    shop.owe(shop.gorgias, priority("high"), "kept")
    Connection.objects.filter(pk=shop.gorgias.pk).update(next_send_at=timezone.now() + timedelta(minutes=1))

    claimed = outbox.claim(shop.gorgias, timezone.now())

    assert claimed == []
    assert states() == {"kept": State.WAITING}
