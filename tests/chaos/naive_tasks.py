"""A task for each effect, acknowledged late. The broker is the queue, and what it held can be gone."""

from __future__ import annotations

import os

import requests
from celery import Celery

from tests.chaos.naive import BlindRetry

app = Celery("naive", broker=os.environ.get("NAIVE_BROKER", "memory://"))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)


@app.task(name="leave", autoretry_for=(requests.RequestException,), max_retries=5)
def leave(url: str, email: str, api_key: str, ticket: int, key: str) -> None:
    BlindRetry(url, email, api_key).leave([(ticket, key)])
