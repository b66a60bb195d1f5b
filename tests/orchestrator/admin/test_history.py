"""How far a history was read stands on the connection's page, and it can be asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors import registry
from connectors.models import Connection
from orchestrator.intake import importing
from orchestrator.models import Import, RunLogEntry
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.intake.ledger import Book, Ledger


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


@pytest.fixture
def row(db: None) -> Iterator[Connection]:
    Ledger.book = Book()
    registry.all_vendors()[Ledger.slug] = Ledger
    yield Connection.objects.create(store=examples.store(), vendor="ledger")
    del registry.all_vendors()[Ledger.slug]


def shown(client: Client, row: Connection, **values: Any) -> str:
    """The page, while the customers stand like this."""
    importing.want(row, timezone.now())
    Import.objects.filter(kind="customer").update(**values)
    return client.get(pages.change(row)).content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Customers: none read yet"),
        ({"state": "running", "total": 1200}, "Customers: Ledger prepares them, 1,200 found so far"),
        ({"state": "reading", "read": 1240, "total": 50_000}, "Customers: 1,240 of about 50,000 read"),
        ({"state": "reading", "read": 1240}, "Customers: 1,240 read"),
        ({"state": "done", "read": 50_000, "total": 50_000}, "Customers: 50,000 read"),
        ({"state": "failed", "told": "The file is gone."}, "The file is gone."),
    ],
)
def test_progress_is_told_in_words(client: Client, row: Connection, values: Any, words: str) -> None:
    assert words in shown(client, row, **values)


def test_one_click_reads_it_again(client: Client, row: Connection) -> None:
    shown(client, row, state="done", position="9", read=9)

    answer = client.post(reverse("admin:connectors_connection_history-again", args=[row.pk]))

    assert Import.objects.get(kind="customer").state == Import.State.WANTED
    [told] = [str(message) for message in get_messages(answer.wsgi_request)]
    assert told.startswith("The history at Ledger is read again.")
    assert "asked for the history" in RunLogEntry.objects.get(code="work_retried").details["told"]


def test_a_tool_without_a_history_has_no_such_button(client: Client) -> None:
    row = examples.connection(examples.store(), "klaviyo")

    assert "Read the history again" not in client.get(pages.change(row)).content.decode()


def test_until_when_the_token_is_valid_is_told_and_the_token_is_not(client: Client, row: Connection) -> None:
    row.renewed = {"access_token": "sealed-token"}
    row.renewed_until = timezone.now() + timedelta(hours=5)
    row.save()

    page = shown(client, row)

    assert "renewed by itself" in page
    assert "sealed-token" not in page
