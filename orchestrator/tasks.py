"""The tasks that wake-ups and ticks call. Each makes one stage of the work do what is due now."""

from __future__ import annotations

from typing import Any

from celery import signals

from connectors import timekeeper
from orchestrator import pulse, vitals, wake, work
from orchestrator.celery import app

PURGE_SECONDS = 10.0  # of one thread, most of them resting


@signals.worker_ready.connect
def show_life(**_: Any) -> None:
    pulse.start("worker")


@app.task(name="poll")
def poll(**_: Any) -> None:
    if work.poll_due(timekeeper.now()):
        drain()


@app.task(name="import_history")
def import_history(**_: Any) -> None:
    """A slice at a time; as long as there is more it wakes itself, so that others get in between."""
    if work.import_due(timekeeper.now()):
        wake.after_commit("import_history")


@app.task(name="read")
def read(**_: Any) -> None:
    """Goes on to decide in the same breath: a way through the queue would only cost time."""
    if work.read_new(timekeeper.now()):
        drain()


@app.task(name="drain")
def drain(**_: Any) -> None:
    work.decide_new(timekeeper.now())


@app.task(name="dispatch")
def dispatch(**_: Any) -> None:
    work.perform_due(timekeeper.now())


@app.task(name="reconcile")
def reconcile(**_: Any) -> None:
    work.reconcile_due(timekeeper.now())


@app.task(name="sweep")
def sweep(**_: Any) -> None:
    work.sweep(timekeeper.now())


@app.task(name="check_webhooks")
def check_webhooks(**_: Any) -> None:
    work.look_after_webhooks(timekeeper.now())


@app.task(name="post_alerts")
def post_alerts(**_: Any) -> None:
    work.post_alerts(timekeeper.now())


@app.task(name="look_after_assessments")
def look_after_assessments(**_: Any) -> None:
    work.look_after_assessments(timekeeper.now())


@app.task(name="purge")
def purge(**_: Any) -> None:
    """Some seconds at a time; as long as there is more it wakes itself."""
    if work.purge(timekeeper.now(), seconds=PURGE_SECONDS):
        wake.after_commit("purge")


@app.task(name="heartbeat")
def heartbeat(**_: Any) -> None:
    """It came through the queue and reached the database: the worker is well."""
    now = timekeeper.now()
    vitals.beat(vitals.WORKER, now)
    work.tell_outages(now)
