"""Bodies are small on the disk, the same in Python, and readable when they were stored before."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.utils import timezone

from orchestrator.models import Delivery
from tests.scene import client, connection

pytestmark = pytest.mark.django_db
BODY = b'{"line_items": [' + b'{"title": "Trail Boot", "price": "60.25"}, ' * 100 + b"{}]}"


def stored(body: bytes) -> Delivery:
    now = timezone.now()
    return Delivery.objects.create(
        connection=connection(client(), "gorgias"), received_at=now, due_at=now, body=body, trace="t"
    )


def on_the_disk() -> bytes:
    with database.cursor() as cursor:
        cursor.execute("SELECT body FROM orchestrator_delivery")
        return bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("body", [BODY, b"", b"\x78\x01", b"\x00\xff"])
def test_what_is_read_is_what_was_stored(body: bytes) -> None:
    stored(body)

    assert Delivery.objects.get().body == body


def test_a_body_takes_a_fraction_of_its_size() -> None:
    stored(BODY)

    assert len(on_the_disk()) < len(BODY) / 5


@pytest.mark.parametrize("body", [BODY, b"", b"\x78\x01 not packed at all"])
def test_what_was_stored_unpacked_is_read_as_it_is(body: bytes) -> None:
    stored(b"{}")
    with database.cursor() as cursor:
        cursor.execute("UPDATE orchestrator_delivery SET body = %s", [body])

    assert Delivery.objects.get().body == body
