"""Whether the database has the tables of this program. Who works waits until it has."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from orchestrator import outage

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0  # seconds


def missing() -> int:
    """How many migrations are still to be run. Raises DatabaseError while the database is away."""
    return len(_program() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def _program() -> frozenset[tuple[str, str]]:
    """What the program brings along, read once: it does not change while that runs."""
    return frozenset(MigrationLoader(None).graph.nodes)


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
