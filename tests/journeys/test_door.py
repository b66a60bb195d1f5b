"""What comes to the webhook door, good and bad: nothing is lost, nothing strange gets in."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from connectors.models import Connection
from orchestrator.models import Delivery, InboxEvent, RunLogEntry, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def test_unverified_delivery_leaves_no_row(new_client):
    client = new_client()

    answers = [client.post_webhook(b'{"ticket_id": "1"}', secret) for secret in ("wrong", "secret-")]

    assert answers == [401, 401]
    assert not Delivery.objects.exists()


def test_unknown_token_is_not_found(new_client):
    client = new_client()

    answer = client.session.post(f"{client.web}/hooks/nobody/", data=b"{}", timeout=5)

    assert answer.status_code == 404


def test_reading_the_address_is_not_allowed(new_client):
    client = new_client()

    answer = client.session.get(f"{client.web}/hooks/hook-{client.slug}/", timeout=5)

    assert answer.status_code == 405


def test_twenty_megabytes_are_too_much(new_client):
    client = new_client()

    assert client.post_webhook(b"x" * 20_000_000) == 413
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"\xff{not json",
        b"",
        b"[]",
        b'{"ticket_id": null}',
        b'{"ticket_id": "../1"}',
        b"[" * 100_000,
        b'{"ticket_id": ' + b"9" * 5000 + b"}",
    ],
)
def test_unreadable_body_is_kept_and_shown(new_client, body):
    client = new_client()

    answer = client.post_webhook(body)
    with pytest.raises(CommandError, match="failed for good"):
        call_command("work", "--until-idle")

    delivery = Delivery.objects.get()
    assert answer == 200
    assert delivery.state == Delivery.State.QUARANTINED
    assert bytes(delivery.body) == body
    codes = Connection.objects.get(vendor="gorgias").attention.open().values_list("code", flat=True)
    assert list(codes) == ["delivery_quarantined"]


def test_the_rest_goes_on_beside_a_bad_delivery(new_client):
    client = new_client()
    client.post_webhook(b"nonsense")
    client.open_ticket()
    client.webhooks_delivered()

    with pytest.raises(CommandError):
        call_command("work", "--until-idle")

    assert client.on_hold_list() == {"ana@shop.test"}


def test_nul_in_text_is_cleaned(new_client):
    client = new_client()
    client.open_ticket(subject="A\x00B <script>alert(1)</script>")
    client.webhooks_delivered()

    call_command("work", "--until-idle")

    body = json.loads(bytes(Ticket.objects.get().body))
    assert body["subject"] == "AB <script>alert(1)</script>"


def test_hook_for_a_ticket_that_never_was_changes_nothing(new_client):
    client = new_client()

    client.post_webhook(b'{"ticket_id": "999999"}')
    call_command("work", "--until-idle")

    assert Delivery.objects.get().state == Delivery.State.READ
    assert not RunLogEntry.objects.filter(code="hold_opened").exists()


@pytest.mark.parametrize("kind", ["html", "cut", "reset", "status"])
def test_delivery_waits_while_the_vendor_cannot_be_read(new_client, kind):
    client = new_client()
    call_command("work", "--until-idle")
    fields = {"status": 500} if kind == "status" else {}
    client.fault("gorgias", "/api/tickets", kind=kind, when="before", times=1, **fields)
    client.open_ticket()
    client.webhooks_delivered()

    call_command("work", "--until-idle")
    waiting = Delivery.objects.filter(state=Delivery.State.NEW).count()
    call_command("work", "--until-idle", "--now", "2036-01-01T00:00:00Z")

    assert waiting > 0
    assert not Delivery.objects.filter(state=Delivery.State.NEW).exists()
    assert InboxEvent.objects.count() == 1
