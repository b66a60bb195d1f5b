"""Another try of what was set aside, and alarms that somebody has dealt with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client

from orchestrator.admin import places
from orchestrator.models import Attention, Delivery, InboxEvent, OutboxAction, RunLogEntry
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World


@pytest.fixture
def client(ours: World, enter: Callable[[User], Client]) -> Client:
    return enter(ours.root)


def act(client: Client, action: str, *rows: Model) -> list[str]:
    sent = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer: Any = client.post(pages.changelist(type(rows[0])) + "?state=all", sent)
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_delivery_is_read_again(ours: World, client: Client) -> None:
    row = Delivery.objects.get()
    examples.attention(ours.store, "delivery_quarantined", "x", reference=f"delivery:{row.pk}")

    told = act(client, "read_again", row)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("new", 0, "")
    assert told == ["You asked for another reading of 1 delivery."]
    assert not Attention.objects.open().filter(code="delivery_quarantined").exists()


def test_an_event_is_decided_again(ours: World, client: Client) -> None:
    row = InboxEvent.objects.get()

    told = act(client, "decide_again", row)

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("new", 0)
    assert told == ["You asked for another decision on 1 event."]


def test_failed_actions_are_tried_again(ours: World, client: Client) -> None:
    rows = [OutboxAction.objects.get(), examples.action(ours.klaviyo, 77)]
    done = examples.action(ours.klaviyo, 78, "done")

    told = act(client, "try_again", *rows, done)

    assert set(OutboxAction.objects.filter(state="waiting")) == set(rows)
    assert told == ["You asked for another try of 2 actions."]


def test_what_is_done_is_not_done_again(ours: World, client: Client) -> None:
    done = examples.action(ours.klaviyo, 78, "done")
    read = examples.delivery(ours.gorgias, "read")

    told = act(client, "try_again", done)
    act(client, "read_again", read)

    assert told == ["There was nothing to do about these."]
    assert (OutboxAction.objects.get(pk=done.pk).state, Delivery.objects.get(pk=read.pk).state) == (
        "done",
        "read",
    )


def test_who_asked_is_noted_for_each_client(ours: World, theirs: World, client: Client) -> None:
    act(client, "try_again", *OutboxAction.objects.all())

    noted = RunLogEntry.objects.filter(code="work_retried")
    assert {entry.store for entry in noted} == {ours.store, theirs.store}
    assert {entry.details["told"] for entry in noted} == {"asked for another try of 1 action"}


def test_an_alarm_can_be_marked_as_dealt_with(ours: World, client: Client) -> None:
    rows = list(Attention.objects.open())

    told = act(client, "settle", *rows)

    assert told == ["You marked as dealt with 2 alarms."]
    assert not Attention.objects.open().exists()
    assert "Nothing needs a person" in client.get(pages.changelist(Attention)).content.decode()


def test_looking_is_not_enough_to_try_again(ours: World, enter: Callable[[User], Client]) -> None:
    reviewer = User.objects.create_user("reviewer", password=examples.PASSWORD, is_staff=True)
    ours.store.staff.add(reviewer)
    reviewer.user_permissions.set(examples.permissions("view_outboxaction", "view_delivery"))
    client = enter(reviewer)

    act(client, "try_again", OutboxAction.objects.get())
    act(client, "read_again", Delivery.objects.get())

    assert OutboxAction.objects.get().state == "failed"
    assert Delivery.objects.get().state == "quarantined"
    assert "read_again" not in client.get(pages.changelist(Delivery)).content.decode()


@pytest.mark.parametrize(
    ("reference", "page"),
    [
        ("rule:5", "/admin/rules/rule/5/change/"),
        ("rule:5:marketing", "/admin/rules/rule/5/change/"),
        ("action:7", "/admin/orchestrator/outboxaction/7/change/"),
        ("delivery:7", "/admin/orchestrator/delivery/7/change/"),
        ("event:7", "/admin/orchestrator/inboxevent/7/change/"),
        ("hold:7", "/admin/orchestrator/vendorstate/7/change/"),
        ("klaviyo:flow:X1", "/admin/connectors/connection/3/change/"),
        ("rule:x", "/admin/connectors/connection/3/change/"),
    ],
)
def test_an_alarm_leads_to_the_place_to_mend_it(reference: str, page: str) -> None:
    assert places.fix_url(Attention(store_id=1, connection_id=3, reference=reference)) == page


def test_an_alarm_without_a_place_leads_to_its_client_or_the_list() -> None:
    assert places.fix_url(Attention(store_id=4, reference="gorgias:ticket:1")).endswith("/store/4/change/")
    assert places.fix_url(Attention(reference="sweep:1")).endswith("/attention/")
