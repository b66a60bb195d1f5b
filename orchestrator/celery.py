"""Celery: carries wake-ups from the web to the workers, and the beat's ticks. It never carries work."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import Any

from celery import Celery, Task, signals
from django.db import DatabaseError, close_old_connections
from kombu.transport import TRANSPORT_ALIASES

from connectors import timekeeper
from orchestrator import outage, tables

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
TRANSPORT_ALIASES["filesystem"] = "orchestrator.spool:Transport"


class WakeUp(Task[Any, Any]):
    """A task whose database gave way is given up; the next tick asks the tables again."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return outage.endure(partial(super().__call__, *args, **kwargs))


app: Celery[Task[Any, Any]] = Celery("orchestrator", task_cls=WakeUp)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["orchestrator"])


@signals.setup_logging.connect
def keep_our_log(**_: Any) -> None:
    """A receiver alone keeps Celery from setting up a log of its own."""


@signals.task_prerun.connect
@signals.task_postrun.connect
def drop_stale_connections(sender: Task[Any, Any], **_: Any) -> None:
    """Django's rules for connections, as around a request. A task called in place is part of its caller."""
    if not sender.request.is_eager:
        close_old_connections()


@signals.worker_init.connect
def wait_for_tables(**_: Any) -> None:
    """A worker of a new release that starts before its migration has run waits for it."""
    tables.wait()


@signals.worker_init.connect
def look_at_the_clock(**_: Any) -> None:
    """One that is far ahead takes every wake-up for stale and runs nothing: it has to say so before."""
    with suppress(DatabaseError):
        timekeeper.now()
