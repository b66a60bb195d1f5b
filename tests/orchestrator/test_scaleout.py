"""The large form: PostgreSQL and Redis. A broker that freezes or restarts delays work and breaks nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from bench.processes import free_port
from tests.orchestrator.served import Served
from tests.processes import running, until
from tests.servers import OwnRedis

pytestmark = pytest.mark.scaleout
MISSED = 20.0  # seconds: longer than from one sign of life to the next
POSTGRES = os.environ.get("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a database that is gone afterwards."""
    name = f"orchestrator_{uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield f"{POSTGRES.rpartition('/')[0]}/{name}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def broker() -> Iterator[OwnRedis]:
    broker = OwnRedis()
    yield broker
    broker.stop()


@pytest.fixture
def served(database: str, broker: OwnRedis, tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with running(command, tmp_path / "log", DATABASE_URL=database, CELERY_BROKER_URL=broker.url) as child:
        served = Served(child, port)
        until(served.works, 60)
        yield served


def has_beaten(served: Served) -> Callable[[], bool]:
    """Whether the worker's sign of life is from after now."""
    began = time.monotonic()
    return lambda: served.signs()["worker"]["age_seconds"] < time.monotonic() - began


def test_signs_of_life_come_through_redis(served: Served) -> None:
    until(has_beaten(served), 40)


def test_web_answers_while_the_broker_is_frozen_and_work_goes_on_after(
    served: Served, broker: OwnRedis
) -> None:
    broker.freeze()
    began = time.monotonic()

    assert served.answers()
    assert time.monotonic() - began < 1
    until(lambda: served.signs()["worker"]["age_seconds"] > MISSED, 60)
    broker.thaw()
    until(has_beaten(served), 180)  # who waited for an answer gives up first, then tries anew


def test_broker_that_lost_everything_costs_nothing_but_time(served: Served, broker: OwnRedis) -> None:
    broker.wipe()

    until(has_beaten(served), 60)
