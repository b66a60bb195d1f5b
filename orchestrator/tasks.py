"""The tasks that wake-ups and ticks call: each begins what is due in one stage of the work, without waiting.

So a task ends at once, whatever a vendor does, and work never takes the threads of Celery.
"""

from __future__ import annotations

from typing import Any

from celery import signals

from connectors import timekeeper
from orchestrator import garbage, pulse, vitals, work
from orchestrator.celery import app


@signals.worker_ready.connect
def show_life(**_: Any) -> None:
    garbage.settle()
    pulse.start("worker")


@app.task(name="poll")
def poll(**_: Any) -> None:
    work.poll_due.begin(timekeeper.now())


@app.task(name="import_history")
def import_history(**_: Any) -> None:
    work.import_due.begin(timekeeper.now())


@app.task(name="read")
def read(**_: Any) -> None:
    work.read_new.begin(timekeeper.now())


@app.task(name="drain")
def drain(**_: Any) -> None:
    work.decide_new.begin(timekeeper.now())


@app.task(name="dispatch")
def dispatch(**_: Any) -> None:
    work.perform_due.begin(timekeeper.now())


@app.task(name="reconcile")
def reconcile(**_: Any) -> None:
    work.reconcile_due.begin(timekeeper.now())


@app.task(name="set_up")
def set_up(**_: Any) -> None:
    work.set_up_due.begin(timekeeper.now())


@app.task(name="sweep")
def sweep(**_: Any) -> None:
    work.sweep.begin(timekeeper.now())


@app.task(name="check_webhooks")
def check_webhooks(**_: Any) -> None:
    work.look_after_webhooks.begin(timekeeper.now())


@app.task(name="post_alerts")
def post_alerts(**_: Any) -> None:
    work.post_alerts.begin(timekeeper.now())


@app.task(name="look_after_assessments")
def look_after_assessments(**_: Any) -> None:
    work.look_after_assessments.begin(timekeeper.now())


@app.task(name="play_backtests")
def play_backtests(**_: Any) -> None:
    work.play_backtests.begin(timekeeper.now())


@app.task(name="write_exports")
def write_exports(**_: Any) -> None:
    work.write_exports.begin(timekeeper.now())


@app.task(name="purge")
def purge(**_: Any) -> None:
    work.purge.begin(timekeeper.now())


@app.task(name="heartbeat")
def heartbeat(**_: Any) -> None:
    """It came through the queue and reached the database: the worker is well."""
    vitals.beat(vitals.WORKER, timekeeper.now())
