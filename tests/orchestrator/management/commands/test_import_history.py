"""Asking for a client's history on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from connectors import registry
from orchestrator.models import Import
from tests import scene
from tests.orchestrator.intake.ledger import Book, Ledger

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ledger() -> Iterator[None]:
    Ledger.book = Book()
    registry.all_vendors()[Ledger.slug] = Ledger
    yield
    del registry.all_vendors()[Ledger.slug]


def test_it_is_asked_for_and_the_worker_reads_it() -> None:
    scene.client(vendors=["ledger", "klaviyo"])
    out = StringIO()

    call_command("import_history", store="north-ridge", stdout=out)

    assert out.getvalue() == "North Ridge – Ledger: its history will be read.\n"
    assert {row.state for row in Import.objects.all()} == {Import.State.WANTED}


def test_a_client_without_a_history_is_told() -> None:
    scene.client(vendors=["klaviyo"])

    with pytest.raises(CommandError, match="no connection whose history can be read"):
        call_command("import_history", store="north-ridge")
