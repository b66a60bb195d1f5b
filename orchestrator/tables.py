"""Whether the database has the tables of this program. Who works waits until it has."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orchestrator import outage

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0  # seconds


def missing() -> int:
    """How many migrations are still to be run. Raises DatabaseError while the database is away."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def told(count: int) -> str:
    return f"{count} migrations are missing: run “python manage.py migrate”"


def wait(pause: Callable[[float], object] = time.sleep, is_over: Callable[[], bool] = lambda: False) -> None:
    """Until the database answers and has our tables, or ``is_over`` says that nobody waits any more."""
    has_said = False
    while not is_over():
        count = outage.endure(missing)
        if count == 0:
            return
        if count and not has_said:
            log.error("%s. Work begins by itself once that is done", told(count))
            has_said = True
        pause(LOOK_EVERY)
