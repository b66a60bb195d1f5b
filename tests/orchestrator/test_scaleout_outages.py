"""The database goes away under a running system and comes back: everything lives on, with few words."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis

from bench.processes import free_port
from tests.orchestrator.served import Served
from tests.processes import Child, manage, running, until
from tests.servers import OwnPostgres, OwnRedis
from tests.test_house import ROOT

pytestmark = pytest.mark.scaleout
LINES = 4  # of the log, for one outage in one process: the cause, and what its own end may say


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    server = OwnPostgres()
    yield server
    server.stop()


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    yield server
    server.stop()


def away(postgres: OwnPostgres) -> None:
    postgres.process.send_signal(signal.SIGQUIT)
    postgres.process.wait()


def complaints(child: Child) -> list[str]:
    lines = [json.loads(line) for line in child.said().splitlines() if line.startswith("{")]
    return [line["message"] for line in lines if line["level"] in {"error", "warning"}]


def is_younger(served: Served, part: str, began: float) -> bool:
    """Whether the part's last sign of life is from after ``began`` (on the monotonic clock)."""
    sign = served.signs().get(part)
    return sign is not None and float(sign["age_seconds"]) < time.monotonic() - began


def ask(postgres: OwnPostgres, sql: str) -> int:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute(sql).fetchone()
        return int(row[0]) if row else 0


def test_web_worker_and_beat_outlive_the_database(
    postgres: OwnPostgres, redis: OwnRedis, tmp_path: Path
) -> None:
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with running(command, tmp_path / "log", DATABASE_URL=postgres.url, CELERY_BROKER_URL=redis.url) as child:
        served = Served(child, port)
        until(served.works, 90)
        pids = {part: served.pid(part) for part in ("web", "worker", "beat")}

        away(postgres)
        until(lambda: served.get("/readyz").json()["failing"] == ["database"], 30)
        door = served.get("/admin/login/?next=/admin/")
        hook = served.post("/hooks/nobody/")
        until(lambda: "The database does not answer" in child.said(), 30)
        postgres.start()

        back = time.monotonic()
        for part in ("worker", "beat"):  # each shows life that is younger than the database's return
            until(partial(is_younger, served, part, back), 60)
        assert hook == 503
        assert door.status_code in {200, 503}
        assert {part: served.pid(part) for part in pids} == pids  # nobody ended
        assert "Traceback" not in child.said()
        until(
            lambda: ask(postgres, "SELECT count(*) FROM orchestrator_runlogentry WHERE code = 'outage'"), 60
        )
        assert len(complaints(child)) <= LINES * len(pids)


def test_work_without_celery_outlives_the_database_and_waits_for_its_tables(
    postgres: OwnPostgres, tmp_path: Path
) -> None:
    command = [sys.executable, "manage.py", "work"]
    with running(command, tmp_path / "log", DATABASE_URL=postgres.url, WAKE="false") as child:
        until(lambda: "migrations are missing: run “python manage.py migrate”" in child.said(), 60)
        manage("migrate", DATABASE_URL=postgres.url, WAKE="false").check_returncode()
        away(postgres)
        until(lambda: "The database does not answer" in child.said(), 60)
        postgres.start()

        until(
            lambda: ask(postgres, "SELECT count(*) FROM orchestrator_runlogentry WHERE code = 'outage'"), 60
        )
        child.process.send_signal(signal.SIGTERM)
        assert child.process.wait(30) == 0
        assert "Traceback" not in child.said()
        assert len(complaints(child)) <= LINES


def test_until_idle_refuses_to_work_on_tables_that_are_missing(postgres: OwnPostgres) -> None:
    ended = manage("work", "--until-idle", DATABASE_URL=postgres.url)

    assert ended.returncode == 1
    assert "migrations are missing: run “python manage.py migrate” first." in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_our_connections_to_the_database_give_up_in_time(postgres: OwnPostgres) -> None:
    asked = "from django.db import connection as c; k = c.cursor(); " + "; ".join(
        f"k.execute('SHOW {name}'); print(k.fetchone()[0])"
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    )

    ended = manage("shell", "--no-imports", "-c", asked, DATABASE_URL=postgres.url)

    assert ended.stdout.split() == ["30s", "10s", "1min"]


@pytest.mark.parametrize("part", ["web", "worker", "beat"])
def test_each_part_of_the_procfile_ends_in_order_within_ten_seconds(
    part: str, postgres: OwnPostgres, redis: OwnRedis, tmp_path: Path
) -> None:
    port = free_port()
    values: dict[str, Any] = {
        "DATABASE_URL": postgres.url,
        "CELERY_BROKER_URL": redis.url,
        "PORT": str(port),
    }
    manage("migrate", **values).check_returncode()
    manage("sync_schedule", **values).check_returncode()
    lines = (line.partition(": ") for line in (ROOT / "Procfile").read_text().splitlines())
    commands = {name: f"exec {sys.executable} -m {command}" for name, _, command in lines}
    is_up = {
        "web": lambda child: Served(child, port).answers(),
        "worker": lambda _: Redis.from_url(redis.url).exists("_kombu.binding.orchestrator"),  # it listens
        "beat": lambda _: ask(postgres, "SELECT count(*) FROM orchestrator_heartbeat WHERE name = 'beat'"),
    }

    with running(["sh", "-c", commands[part]], tmp_path / "log", **values) as child:
        until(lambda: is_up[part](child), 60)
        pids = child.descendants()
        child.process.send_signal(signal.SIGTERM)

        assert child.seconds_until_all_gone(pids) < 10
        assert child.process.returncode == 0
        assert "Traceback" not in child.said()
