"""What monitoring sees: alive, ready, how much of everything, and nothing personal."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors.models import Connection
from orchestrator import pulse, vitals
from orchestrator.act import stops
from orchestrator.models import Attention, Delivery, Heartbeat, InboxEvent, OutboxAction, VendorState
from tests import scene
from tests.processes import manage

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(minutes=30)
ASK = """
from django.test import Client
ready = Client().get("/readyz", HTTP_HOST="localhost")
print("/readyz", ready.status_code, ready.json()["failing"])
print("/healthz", Client().get("/healthz", HTTP_HOST="localhost").status_code)
"""


@pytest.fixture(autouse=True)
def celery_runs(settings: Any) -> None:
    """Both parts showed a sign of life just now."""
    settings.WAKE = True
    for part in (vitals.WORKER, vitals.BEAT):
        vitals.beat(part, timezone.now())


@pytest.fixture
def gorgias() -> Connection:
    return scene.connection(scene.client(), "gorgias")


def late_delivery(gorgias: Connection) -> Delivery:
    then = timezone.now() - LONG_AGO
    return Delivery.objects.create(connection=gorgias, received_at=then, due_at=then, body=b"{}", trace="t")


def late_state(row: Connection) -> VendorState:
    then = timezone.now() - LONG_AGO
    return VendorState.objects.create(
        connection=row,
        key="hold_list",
        subject="ana@shop.test",
        wanted=True,
        due_at=then,
        trace="t",
        changed_at=then,
    )


def test_alive_asks_no_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_ready_when_everything_moves(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["ready"] is True


@pytest.mark.parametrize("part", [vitals.WORKER, vitals.BEAT])
def test_silent_part_is_named(client: Client, part: str) -> None:
    vitals.beat(part, timezone.now() - LONG_AGO)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["failing"] == [part]
    assert answer.json()["checks"][part]["age_seconds"] >= 1800


def test_part_that_never_spoke_is_given_its_time_and_no_more(client: Client, settings: Any) -> None:
    Heartbeat.objects.all().delete()
    settings.HEARTBEAT_LIMIT = 10**6
    assert client.get("/readyz").status_code == 200

    settings.HEARTBEAT_LIMIT = -1.0

    assert client.get("/readyz").json()["failing"] == ["worker", "beat"]


def test_without_celery_no_heartbeat_is_expected(client: Client, settings: Any) -> None:
    settings.WAKE = False
    vitals.beat(vitals.WORKER, timezone.now() - LONG_AGO)

    assert client.get("/readyz").status_code == 200


def test_work_that_waits_too_long_is_named_with_its_age(client: Client, gorgias: Connection) -> None:
    late_delivery(gorgias)

    answer = client.get("/readyz").json()

    assert answer["failing"] == ["deliveries"]
    assert answer["checks"]["deliveries"]["waiting"] == 1
    assert answer["checks"]["deliveries"]["oldest_seconds"] >= 1800


def test_undecided_events_count_by_when_they_came(client: Client, gorgias: Connection) -> None:
    then = timezone.now() - LONG_AGO
    InboxEvent.objects.create(
        store=gorgias.store,
        connection=gorgias,
        key="gorgias:ticket:5",
        kind="ticket",
        object_id="5",
        source_at=then,
        received_at=then,
        origin=InboxEvent.Origin.POLL,
        body=b"{}",
        trace="t",
    )

    assert client.get("/readyz").json()["failing"] == ["events"]


def test_action_that_is_due_counts_and_one_for_later_does_not(client: Client, gorgias: Connection) -> None:
    now = timezone.now()
    for key, due_at in (("due", now - LONG_AGO), ("later", now + LONG_AGO)):
        OutboxAction.objects.create(
            store=gorgias.store,
            connection=gorgias,
            key=key,
            action="tag_ticket",
            arguments="{}",
            trace="t",
            planned_for=due_at,
            due_at=due_at,
            created_at=now,
        )

    assert client.get("/readyz").json()["checks"]["actions"]["waiting"] == 1


@pytest.mark.parametrize(
    "stopped",
    [
        {"is_enabled": False},
        {"health": Connection.Health.ATTENTION},
    ],
)
def test_work_that_waits_for_a_person_or_a_vendor_is_not_late(
    client: Client, gorgias: Connection, stopped: dict[str, Any]
) -> None:
    late_state(gorgias)
    Connection.objects.update(**stopped)

    assert client.get("/readyz").status_code == 200


def test_ready_asks_a_handful_of_queries(
    client: Client, gorgias: Connection, django_assert_max_num_queries: Any
) -> None:
    late_state(gorgias)
    client.get("/readyz")

    with django_assert_max_num_queries(7):
        client.get("/readyz")


@pytest.mark.parametrize(
    ("database", "failing"),
    [
        ("sqlite:///{folder}/empty.sqlite3", "migrations"),
        ("postgres://ana:hunter22@127.0.0.1:1/shop", "database"),
    ],
)
def test_database_that_is_not_as_it_should_be_is_named(tmp_path: Path, database: str, failing: str) -> None:
    """Asked in a process of its own, whose database it is."""
    ended = manage("shell", "--no-imports", "-c", ASK, DATABASE_URL=database.format(folder=tmp_path))

    assert ended.stdout.splitlines()[-2:] == [f"/readyz 503 ['{failing}']", "/healthz 200"], ended.stderr
    assert "hunter22" not in ended.stdout + ended.stderr


def test_stop_is_told_of_and_fails_nothing(client: Client, gorgias: Connection) -> None:
    late_state(gorgias)
    stops.stop(because="Wrong text.", by="maya", now=timezone.now(), store=gorgias.store)

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"]["stops"] == {"ok": True, "in_force": 1, "everything": False}
    assert 'orchestrator_stops{scope="store"} 1.0' in client.get("/metrics").content.decode()


def test_metrics_tell_of_each_client_and_of_the_processes(client: Client, gorgias: Connection) -> None:
    late_delivery(gorgias)
    pulse.Pulse("worker").beat()

    text = client.get("/metrics").content.decode()

    [age] = re.findall(r'orchestrator_store_oldest_seconds\{store="north-ridge"\} (\S+)', text)
    assert float(age) >= 1800
    assert 'orchestrator_processes{part="worker"} 1.0' in text
    assert 'orchestrator_actions{state="waiting"} 0.0' in text
    assert "orchestrator_database_bytes " in text
    assert "orchestrator_disk_free_bytes " in text


def test_metrics_ask_the_same_of_many_clients(
    client: Client, gorgias: Connection, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        scene.client(f"client-{number}")

    with django_assert_max_num_queries(23):
        client.get("/metrics")


def test_metrics_tell_the_state_of_the_work(client: Client, gorgias: Connection) -> None:
    late_delivery(gorgias)
    Attention.objects.create(code="x", sentence="x", since=timezone.now(), seen_at=timezone.now())

    text = client.get("/metrics").content.decode()

    assert 'orchestrator_waiting{queue="deliveries"} 1.0' in text
    assert 'orchestrator_connections{health="untested"} 2.0' in text
    assert "orchestrator_attention 1.0" in text
    assert 'orchestrator_heartbeat_seconds{part="worker"}' in text


def test_metrics_are_cheap_and_name_no_person(
    client: Client, gorgias: Connection, django_assert_max_num_queries: Any
) -> None:
    late_state(gorgias)

    with django_assert_max_num_queries(23):
        text = client.get("/metrics").content.decode()

    assert "ana@shop.test" not in text
    assert gorgias.store.name not in text


@pytest.mark.parametrize(
    ("token", "production", "given", "status"),
    [
        ("", False, "", 200),
        ("", True, "", 404),
        ("s3cr3t", True, "", 401),
        ("s3cr3t", True, "Bearer wrong", 401),
        ("s3cr3t", True, "Bearer s3cr3t", 200),
        ("s3cr3t", False, "Bearer ä", 401),
    ],
)
def test_metrics_open_with_the_token(
    client: Client, settings: Any, token: str, production: bool, given: str, status: int
) -> None:
    settings.METRICS_TOKEN, settings.IS_PRODUCTION = token, production

    assert client.get("/metrics", headers={"authorization": given}).status_code == status


def test_details_of_ready_are_for_those_who_know_the_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cr3t"

    assert "checks" not in client.get("/readyz").json()
    assert "checks" in client.get("/readyz", headers={"authorization": "Bearer s3cr3t"}).json()
