"""Fills the log, measures, and prints what came out as JSON: ``python -m bench.growth ROWS``."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from statistics import quantiles
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.growth import ledgers, log, pages  # noqa: E402
from connectors.models import Connection  # noqa: E402
from orchestrator.models import Delivery, RunLogEntry  # noqa: E402
from orchestrator.record import export, retention  # noqa: E402
from orchestrator.staff_login import BACKEND  # noqa: E402
from tests.orchestrator.admin import examples  # noqa: E402

TIMES = 15  # each main page; the best counts, for the machine may be busy
OTHERS = 3  # … and each of the others
PURGED = 20.0  # seconds that each client's lines are purged at most
STORED = 150  # deliveries, at about twenty a second


def main(count: int) -> dict[str, Any]:
    now, world = timezone.now(), examples.world()
    log.fill(world.store, count, now)
    ledgers.fill(world.others, count, now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does
    client = Client(SERVER_NAME="localhost")
    client.force_login(world.root, BACKEND)
    found = {name: _page(client, path, TIMES) for name, path in pages.main(world).items()}
    others = {name: _page(client, path, OTHERS) for name, path in pages.others(world).items()}
    return {"pages": found, "others": others, "export": _export(), "purge": _purge(world.gorgias)}


def _page(client: Client, path: str, times: int) -> dict[str, float]:
    client.get(path)
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        answer = client.get(path)
    if answer.status_code >= 400:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    # Where the database is part of the process, others on the machine do not count; else the clock does.
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    took = min(_timed(lambda: client.get(path), clock) for _ in range(times))
    return {"ms": took, "queries": len(asked)}


def _timed(do: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    do()
    return (clock() - began) * 1000


def _export() -> dict[str, float]:
    """As the admin streams it. Its own memory is counted in a second, shorter going."""
    began, rows = time.perf_counter(), RunLogEntry.objects.all()
    chunks = export.stream_csv(rows)
    next(chunks), next(chunks)
    first = time.perf_counter() - began
    for _ in chunks:
        pass
    seconds = time.perf_counter() - began
    tracemalloc.start()
    for _, _ in zip(range(50), export.stream_csv(rows), strict=False):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"first": first, "rate": rows.count() / seconds, "mib": peak / 2**20}


def _purge(place: Connection) -> dict[str, float]:
    """How long storing a delivery takes, idle and while a tenth of the log goes."""
    idle, gone = _p95(place), 0

    def work() -> None:
        nonlocal gone
        for owner in retention.everybody():
            gone += retention.purge(owner, timezone.now(), retention.Budget(PURGED))
        connection.close()

    thread = threading.Thread(target=work)
    began = time.perf_counter()
    thread.start()
    busy = _p95(place)
    thread.join()
    return {"idle": idle, "busy": busy, "gone": gone, "seconds": time.perf_counter() - began}


def _p95(place: Connection) -> float:
    waits = []
    for _ in range(STORED):
        waits.append(_timed(lambda: _store(place)))
        time.sleep(0.05)
    return quantiles(waits, n=20)[-1]


def _store(place: Connection) -> None:
    now = timezone.now()
    Delivery.objects.create(connection=place, received_at=now, due_at=now, body=b"x" * 6_000, trace="t")


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
