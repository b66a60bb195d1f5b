"""The buttons on a connection's page: each does one thing at the vendor and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from connectors.models import Connection
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.admin import examples, pages


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_test_button_makes_one_real_call(client: Client, gorgias: FakeAccount) -> None:
    row = examples.connection(examples.store(), "gorgias", api_root=f"{gorgias.url}/gorgias")
    row.seal(gorgias.credentials)
    row.save()
    before = len(gorgias.requests())

    answer = client.post(reverse("admin:connectors_connection_test", args=[row.pk]))

    assert answer.status_code == 302
    assert len(gorgias.requests()) > before
    row.refresh_from_db()
    assert row.finding in said(answer)


def test_buttons_answer_to_a_click_only(client: Client) -> None:
    row = examples.connection(examples.store(), "gorgias")

    for name in ("test", "webhooks", "hold-list"):
        address = reverse(f"admin:connectors_connection_{name}", args=[row.pk])
        assert client.get(address).status_code == 405


def test_webhooks_are_set_up_with_one_click(client: Client, gorgias: FakeAccount) -> None:
    row = examples.connection(examples.store(), "gorgias", api_root=f"{gorgias.url}/gorgias")
    row.seal(gorgias.credentials)
    row.save()

    answer = client.post(reverse("admin:connectors_connection_webhooks", args=[row.pk]))

    [told] = said(answer)
    assert "webhooks at Gorgias are active" in told
    row.refresh_from_db()
    assert row.webhooks_checked_at is not None


def test_webhooks_that_cannot_be_set_up_say_why(client: Client, gorgias: FakeAccount) -> None:
    row = examples.connection(examples.store(), "gorgias", api_root=f"{gorgias.url}/gorgias")

    answer = client.post(reverse("admin:connectors_connection_webhooks", args=[row.pk]))

    row.refresh_from_db()
    assert said(answer) == [row.finding]
    assert row.health == Connection.Health.ATTENTION


def test_a_lost_hold_list_can_be_set_up_again(client: Client) -> None:
    lost = {"hold_list": "X1", "hold_list_gone": True}
    row = examples.connection(examples.store(), "klaviyo", resources=lost)

    page = client.get(pages.change(row)).content.decode()
    client.post(reverse("admin:connectors_connection_hold-list", args=[row.pk]))

    assert "Set up the hold list again" in page
    row.refresh_from_db()
    assert row.resources == {}


def test_staff_say_that_recipients_are_determined_when_sent_and_take_it_back(client: Client) -> None:
    row = examples.connection(examples.store(), "klaviyo", resources={"hold_list": "X1"})
    button = reverse("admin:connectors_connection_recipients", args=[row.pk])

    before = client.get(pages.change(row)).content.decode()
    answer = client.post(button)
    row.refresh_from_db()
    noted = row.resources["recipients_at_send"]
    client.post(button)

    assert "Recipients are determined when sent" in before
    assert said(answer) == ["Noted: recipients are determined when a campaign is sent."]
    row.refresh_from_db()
    assert (noted, row.resources["recipients_at_send"]) == (True, False)
