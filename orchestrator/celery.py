"""Celery: carries wake-ups from the web to the workers, and the beat's ticks. It never carries work."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task, signals
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
TRANSPORT_ALIASES["filesystem"] = "orchestrator.spool:Transport"

app = Celery("orchestrator")
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
