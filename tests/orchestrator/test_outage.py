"""Bad days of the database: the door says "later", the log stays short, staff are told, and work goes on."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone

from connectors.models import Connection
from orchestrator import outage, work
from orchestrator.models import Attention, Delivery, RunLogEntry
from orchestrator.outage import Cause
from orchestrator.record import outages
from tests import scene

pytestmark = pytest.mark.django_db(transaction=True)
sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="Limits the file of SQLite")
SECRET = "hook-secret"


@pytest.fixture(autouse=True)
def nothing_met_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers begins anew, as in a fresh process."""
    monkeypatch.setattr(outage, "_memory", outage._Memory())


@pytest.fixture
def helpdesk() -> Connection:
    helpdesk = scene.connection(scene.client(), "gorgias")
    login = {"subdomain": "n", "email": "ops@agency.test", "api_key": "k", "webhook_secret": SECRET}
    helpdesk.seal(login)
    helpdesk.save()
    return helpdesk


def post(helpdesk: Connection) -> int:
    """One delivery that stays large, however well it is packed."""
    body = b'{"ticket_id": "1", "more": "%s"}' % secrets.token_hex(200_000).encode()
    headers = {"X-Orchestrator-Secret": SECRET}
    address = f"/hooks/{helpdesk.token}/"
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


@contextmanager
def full() -> Iterator[None]:
    """The file of the database may not grow any more."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no free pages are left in it
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def table_missing(name: str) -> Iterator[None]:
    """As with a new program before its migration has run."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO elsewhere")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE elsewhere RENAME TO {name}")


@sqlite_only
def test_full_disk_is_answered_with_later_and_the_delivery_is_taken_once_there_is_room(
    helpdesk: Connection,
) -> None:
    with full():
        during = post(helpdesk)
    after = post(helpdesk)

    assert (during, after) == (503, 200)
    assert Delivery.objects.count() == 1


@sqlite_only
def test_staff_are_told_of_a_full_disk_as_soon_as_a_row_can_be_written(helpdesk: Connection) -> None:
    with full():
        assert post(helpdesk) == 503

    outages.tell(timezone.now())

    line = Attention.objects.open().get(code="outage")
    assert line.reference == Cause.FULL
    assert "A disk is full" in line.sentence
    assert RunLogEntry.objects.filter(code="outage").count() == 1


@sqlite_only
def test_what_is_told_is_told_once(helpdesk: Connection) -> None:
    with full():
        post(helpdesk)
    outages.tell(timezone.now())

    assert outages.tell(timezone.now()) == 0


@sqlite_only
def test_what_two_processes_met_is_one_line_for_staff(
    helpdesk: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = outage._Memory(), outage._Memory()
    with full():
        for memory in (one, other):
            monkeypatch.setattr(outage, "_memory", memory)
            assert post(helpdesk) == 503

    for memory in (other, one):
        monkeypatch.setattr(outage, "_memory", memory)
        assert outages.tell(timezone.now()) == 1
    assert RunLogEntry.objects.filter(code="outage").count() == 1


@sqlite_only
def test_the_log_has_one_line_a_minute_however_often_it_fails(
    helpdesk: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    with full(), caplog.at_level(logging.ERROR):
        assert [post(helpdesk) for _ in range(5)] == [503] * 5

    told = [record for record in caplog.records if "A disk is full" in record.message]
    assert len(told) == 1


def test_tables_of_another_release_are_a_plain_page_that_names_what_to_do() -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("ops"))

    with table_missing("connectors_store"):
        during = client.get("/admin/connectors/store/")
    after = client.get("/admin/connectors/store/")

    assert during.status_code == 503
    assert "manage.py migrate" in during.content.decode()
    assert after.status_code == 200


def test_a_round_of_work_over_missing_tables_is_given_up_and_goes_on_later() -> None:
    with table_missing("orchestrator_delivery"):
        during = outage.endure(lambda: work.read_new(timezone.now()))

    assert during is None
    assert outage.endure(lambda: work.read_new(timezone.now())) == 0


def test_a_fault_of_ours_is_no_outage() -> None:
    with pytest.raises(ZeroDivisionError):
        outage.endure(lambda: 1 // 0)


def test_a_full_disk_is_told_from_other_trouble_with_files(tmp_path: Path) -> None:
    assert outage.cause_of(OSError(28, "No space left on device")) is Cause.FULL
    assert outage.cause_of(FileNotFoundError(2, "No such file")) is None
