"""What becomes of effects when a lease, a look or a stored row goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.errors import NeedsAttention, Refused, TryLater, VendorError
from connectors.models import Connection
from orchestrator.act import asking, outbox, settling
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, RunLogEntry
from rules import registry
from rules.actions.alert import Alert
from rules.actions.base import AnyAction, NotTried
from rules.actions.internal_note import InternalNote
from rules.actions.send_event import SendEvent
from rules.actions.set_property import SetProperty
from tests.journeys.conftest import Client, new_client  # noqa: F401
from tests.scene import at, client, connection

pytestmark = pytest.mark.django_db
State = OutboxAction.State

PROPERTY = SetProperty(email="ana@shop.test", name="tier", value="gold")


class Answers:
    """A vendor that answers each question with the same error."""

    def __init__(self, error: VendorError) -> None:
        self.error = error

    def is_settled(self, receipt: str) -> bool:
        raise self.error

    def has_note(self, ticket_id: str, key: str) -> bool:
        raise self.error


def planned(account: Connection, key: str, action: AnyAction, **fields: Any) -> OutboxAction:
    slug, arguments = registry.store_action(action)
    moment = fields.pop("at", at(0))
    values = {"planned_for": moment, "due_at": moment, "created_at": moment, "trace": "", **fields}
    row = OutboxAction(
        store_id=account.store_id, connection=account, key=key, action=slug, arguments=arguments, **values
    )
    outbox.plan([row])
    return OutboxAction.objects.get(key=key)


def claimed(account: Connection, minutes: float = 0) -> list[OutboxAction]:
    return outbox.claim(account, at(minutes))


def states() -> dict[str, str]:
    return dict(OutboxAction.objects.values_list("key", "state"))


def codes() -> list[str]:
    return list(RunLogEntry.objects.order_by("pk").values_list("code", flat=True))


@pytest.fixture
def account(db: None) -> Connection:
    return connection(client(), "klaviyo")


def test_what_was_accepted_is_claimed_by_one_worker_at_a_time(account: Connection) -> None:
    planned(account, "a", PROPERTY, state=State.ACCEPTED, receipt="job:1")

    first, second = claimed(account), claimed(account)

    assert [len(first), len(second)] == [1, 0]


def test_what_was_accepted_is_claimed_again_when_its_worker_died(account: Connection) -> None:
    planned(account, "a", PROPERTY, state=State.ACCEPTED, receipt="job:1")
    claimed(account)
    OutboxAction.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))

    again = claimed(account)

    assert [row.state for row in again] == [State.ACCEPTED]


def test_bad_key_while_confirming_does_not_make_a_failure_of_what_the_vendor_took(
    account: Connection,
) -> None:
    planned(account, "a", PROPERTY, state=State.ACCEPTED, receipt="job:1")
    vendor: Any = Answers(NeedsAttention("The key is refused.", code="credentials_rejected"))

    goes_on = asking.confirm(account, vendor, SetProperty, claimed(account), at(0))

    assert not goes_on
    assert states() == {"a": State.ACCEPTED}
    assert Connection.objects.get(pk=account.pk).health == Connection.Health.ATTENTION


def test_refused_look_ends_in_an_alarm_not_in_looking_for_ever(account: Connection) -> None:
    note = InternalNote(ticket_id="1", text="Called back")
    planned(account, "a", note, state=State.IN_DOUBT, was_in_doubt=True)
    vendor: Any = Answers(Refused("This ticket cannot be read.", code="refused"))

    asking.look(account, vendor, InternalNote, claimed(account), at(0))

    assert states() == {"a": State.FAILED}
    assert codes() == ["action_unknown"]
    assert Attention.objects.filter(code="action_failed").count() == 1


def test_vendor_that_stays_away_is_looked_at_less_and_less_often(account: Connection, settings: Any) -> None:
    settings.SETTLE_SECONDS = 30.0
    note = InternalNote(ticket_id="1", text="Called back")
    planned(account, "a", note, state=State.IN_DOUBT, was_in_doubt=True, attempts=9)
    vendor: Any = Answers(TryLater("It is down.", code="vendor_error"))

    asking.look(account, vendor, InternalNote, claimed(account), at(0))

    row = OutboxAction.objects.get()
    assert row.state == State.IN_DOUBT
    assert timedelta(minutes=5) < row.due_at - at(0) <= timedelta(minutes=15)


def test_what_was_never_tried_goes_back_when_the_lease_ran_out(account: Connection) -> None:
    planned(account, "a", PROPERTY)
    rows = claimed(account)
    nothing: Sequence[Any] = [NotTried()]

    settling.settle(account, rows, nothing, at(0))

    assert states() == {"a": State.WAITING}
    assert Connection.objects.get(pk=account.pk).healthy_at is None


def test_staff_may_send_again_what_could_not_be_looked_up(account: Connection) -> None:
    planned(account, "a", Alert(text="Look"), state=State.FAILED, was_in_doubt=True)
    planned(account, "b", InternalNote(ticket_id="1", text="x"), state=State.FAILED, was_in_doubt=True)

    outbox.retry(list(OutboxAction.objects.values_list("pk", flat=True)), at(0))

    assert dict(OutboxAction.objects.values_list("key", "was_in_doubt")) == {"a": False, "b": True}


@pytest.mark.django_db(transaction=True)
def test_row_that_cannot_be_read_any_more_holds_up_nobody_else(new_client: Any) -> None:  # noqa: F811
    here: Client = new_client()
    marketing = Connection.objects.select_related("store").get(store__slug=here.slug, vendor="klaviyo")
    now = timezone.now()
    event = SendEvent(metric="Told", email="ana@shop.test", at=now)
    bad = planned(marketing, "bad", event, at=now)
    OutboxAction.objects.filter(pk=bad.pk).update(arguments='{"metric": 7}')
    planned(marketing, "unknown", event, at=now)
    OutboxAction.objects.filter(key="unknown").update(action="fax_the_customer")
    planned(marketing, "good", event, at=now)

    due.dispatch(marketing, now)

    assert states() == {"bad": State.FAILED, "unknown": State.FAILED, "good": State.DONE}
    assert Attention.objects.open().filter(code="action_failed").count() == 2


class Faulty:
    """A vendor whose file has a fault of ours."""

    def post(self, text: str) -> None:
        raise ZeroDivisionError


def test_fault_of_our_own_leaves_a_doubt_and_no_claim(account: Connection) -> None:
    vendor: Any = Faulty()

    results = outbox._send(Alert, vendor, [(Alert(text="Look"), "a")], False, lambda: True)

    assert [(type(each), getattr(each, "in_doubt", None)) for each in results] == [(TryLater, True)]
