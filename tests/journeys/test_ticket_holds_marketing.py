"""The main job: a ticket opened in Gorgias holds marketing in Klaviyo until the last one closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from connectors.models import Connection
from orchestrator.models import RunLogEntry, Suppression, VendorState

pytestmark = pytest.mark.django_db(transaction=True)


def work(*flags, minutes=0):
    """Everything there is to do, as if so many minutes had passed."""
    now = timezone.now() + timedelta(minutes=minutes)
    call_command("work", "--until-idle", "--now", now.isoformat(), *flags)


def test_ticket_opened_by_webhook_puts_the_customer_on_the_hold_list(new_client):
    client = new_client()
    client.open_ticket()
    client.webhooks_delivered()

    work()

    assert client.on_hold_list() == {"ana@shop.test"}
    traces = set(RunLogEntry.objects.filter(code__in=["event_heard", "hold_applied"]).values_list("trace"))
    assert len(traces) == 1


def test_closing_the_last_ticket_takes_the_customer_off(new_client):
    client = new_client()
    first, second = client.open_ticket(), client.open_ticket()
    client.webhooks_delivered()
    work()

    client.do("gorgias", "ticket_close", id=first)
    client.webhooks_delivered()
    work()
    after_first = client.on_hold_list()
    client.do("gorgias", "ticket_close", id=second)
    client.webhooks_delivered()
    work()

    assert after_first == {"ana@shop.test"}
    assert client.on_hold_list() == set()


def test_polling_fills_what_webhooks_missed(new_client):
    client = new_client()
    client.control("POST", "webhooks", {"delivery": "paused"})
    client.open_ticket()

    work("--poll-now")
    held = client.on_hold_list()
    client.control("POST", "webhooks", {"delivery": "double"})
    client.webhooks_delivered()
    work("--poll-now")

    assert held == {"ana@shop.test"}
    assert Suppression.objects.count() == 1


def test_trashed_and_merged_tickets_release(new_client):
    client = new_client()
    one, two = client.open_ticket("ana@shop.test"), client.open_ticket("ben@shop.test")
    client.webhooks_delivered()
    work()

    client.do("gorgias", "ticket_trash", id=one)
    client.do("gorgias", "ticket_merge", id=two, into=client.open_ticket("ana@shop.test"))
    client.webhooks_delivered()
    work("--poll-now")

    assert client.on_hold_list() == {"ana@shop.test"}


def test_customer_unknown_to_klaviyo_is_looked_at_again(new_client):
    client = new_client(people=["ben@shop.test"])
    client.open_ticket("ana@shop.test")
    client.webhooks_delivered()
    work()
    before = VendorState.objects.get().state

    client.do("klaviyo", "profile_create", email="ana@shop.test")
    work(minutes=15)

    assert before == VendorState.State.NOT_POSSIBLE
    assert client.on_hold_list() == {"ana@shop.test"}


def test_whoever_was_on_the_list_before_us_stays(new_client):
    client = new_client()
    client.open_ticket("ben@shop.test")
    client.webhooks_delivered()
    work()
    client.do("klaviyo", "list_member_add", list=f"Orchestrator hold: {client.slug}", email="ana@shop.test")

    ticket = client.open_ticket("ana@shop.test")
    client.webhooks_delivered()
    work()
    client.do("gorgias", "ticket_close", id=ticket)
    client.webhooks_delivered()
    work()

    assert client.on_hold_list() == {"ana@shop.test", "ben@shop.test"}


def test_removed_by_hand_is_put_back_once_then_shown(new_client):
    client = new_client()
    client.open_ticket()
    client.webhooks_delivered()
    work()
    listed = {"list": f"Orchestrator hold: {client.slug}", "email": "ana@shop.test"}

    client.do("klaviyo", "list_member_remove", **listed)
    work(minutes=61)
    put_back = client.on_hold_list()
    client.do("klaviyo", "list_member_remove", **listed)
    work(minutes=122)

    assert put_back == {"ana@shop.test"}
    assert client.on_hold_list() == set()
    assert VendorState.objects.get().state == VendorState.State.LOST


def test_flow_that_ignores_the_list_is_shown(new_client):
    client = new_client()
    client.do("klaviyo", "flow_create", name="Welcome series", status="live")
    client.open_ticket()
    client.webhooks_delivered()

    work()

    shown = Connection.objects.get(vendor="klaviyo").attention.open().get(code="hold_not_respected")
    assert "Welcome series" in shown.sentence


@pytest.mark.parametrize(
    ("kind", "when"), [("reset", "before"), ("reset", "after"), ("cut", "after"), ("status", "after")]
)
def test_call_in_doubt_is_settled_by_looking(new_client, kind, when):
    client = new_client()
    fields = {"status": 503} if kind == "status" else {}
    client.fault("klaviyo", "/relationships/profiles", kind=kind, when=when, times=1, method="POST", **fields)
    client.open_ticket()
    client.webhooks_delivered()

    work()
    work(minutes=5)

    assert client.on_hold_list() == {"ana@shop.test"}
    assert VendorState.objects.get().state == VendorState.State.APPLIED


def test_deleted_hold_list_is_shown_and_nothing_is_lost(new_client):
    client = new_client()
    client.open_ticket("ana@shop.test")
    client.webhooks_delivered()
    work()
    client.do("klaviyo", "list_delete", list=f"Orchestrator hold: {client.slug}")

    client.open_ticket("ben@shop.test")
    client.webhooks_delivered()
    work()

    codes = set(Connection.objects.get(vendor="klaviyo").attention.open().values_list("code", flat=True))
    assert "hold_list_missing" in codes
    assert VendorState.objects.get(subject="ben@shop.test").state == VendorState.State.PENDING


def test_rejected_key_needs_attention_and_the_hold_waits(new_client):
    client = new_client()
    connection = Connection.objects.get(vendor="klaviyo")
    connection.seal({"private_key": "pk_wrong"})
    connection.save()
    client.open_ticket()
    client.webhooks_delivered()

    work()
    connection.refresh_from_db()
    connection.seal({"private_key": f"pk_{client.slug}"})
    connection.save()
    work(minutes=10)

    assert connection.health == Connection.Health.ATTENTION
    assert client.on_hold_list() == {"ana@shop.test"}
