"""The tasks that wake-ups and ticks call. Each makes one stage of the work do what is due now."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from orchestrator import vitals, wake, work
from orchestrator.celery import app


@app.task(name="poll")
def poll(**_: Any) -> None:
    if work.poll_due(timezone.now()):
        drain()


@app.task(name="import_history")
def import_history(**_: Any) -> None:
    """A slice at a time; as long as there is more it wakes itself, so that others get in between."""
    if work.import_due(timezone.now()):
        wake.after_commit("import_history")


@app.task(name="read")
def read(**_: Any) -> None:
    """Goes on to decide in the same breath: a way through the queue would only cost time."""
    if work.read_new(timezone.now()):
        drain()


@app.task(name="drain")
def drain(**_: Any) -> None:
    work.decide_new(timezone.now())


@app.task(name="dispatch")
def dispatch(**_: Any) -> None:
    work.perform_due(timezone.now())


@app.task(name="reconcile")
def reconcile(**_: Any) -> None:
    work.reconcile_due(timezone.now())


@app.task(name="sweep")
def sweep(**_: Any) -> None:
    work.sweep(timezone.now())


@app.task(name="check_webhooks")
def check_webhooks(**_: Any) -> None:
    work.look_after_webhooks(timezone.now())


@app.task(name="post_alerts")
def post_alerts(**_: Any) -> None:
    work.post_alerts(timezone.now())


@app.task(name="look_after_assessments")
def look_after_assessments(**_: Any) -> None:
    work.look_after_assessments(timezone.now())


@app.task(name="heartbeat")
def heartbeat(**_: Any) -> None:
    """It came through the queue and reached the database: the worker is well."""
    now = timezone.now()
    vitals.beat(vitals.WORKER, now)
    work.tell_outages(now)
