"""Secrets that stood too long are told of, until they are replaced."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import override_settings

from connectors.models import Connection
from orchestrator.models import Attention
from orchestrator.record import rotation
from tests.orchestrator.admin import examples

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Connection:
    return examples.healthy(examples.store(), "klaviyo")


def later(row: Connection, days: int) -> datetime:
    return row.created_at + timedelta(days=days)


def told() -> list[str]:
    return list(Attention.objects.open().filter(code="credentials_old").values_list("sentence", flat=True))


def test_old_secrets_are_told_of_once_and_no_more_when_they_are_new(row: Connection) -> None:
    rotation.look(row, later(row, 179))
    young = told()
    for day in (180, 181):
        rotation.look(row, later(row, day))
    [old] = told()
    row.replace({"private_key": "pk_another"}, later(row, 182))
    rotation.look(row, later(row, 182))

    assert young == []
    assert "its secrets are 181 days old" in old
    assert told() == []


def test_the_agency_says_how_old_is_too_old(row: Connection) -> None:
    with override_settings(ROTATE_CREDENTIALS_DAYS=30):
        rotation.look(row, later(row, 31))

    assert len(told()) == 1


def test_only_another_secret_counts_as_new(row: Connection) -> None:
    gorgias = examples.connection(row.store, "gorgias")
    stored = gorgias.credentials()

    gorgias.replace({**stored, "email": "new@agency.test"}, later(row, 9))
    same = gorgias.rotated_at
    gorgias.replace({"api_key": "another"}, later(row, 10))

    assert same is None
    assert gorgias.rotated_at == later(row, 10)
