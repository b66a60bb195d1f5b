"""The tasks: each does one stage, takes tomorrow's arguments, and goes on where that saves time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orchestrator import schedule, tasks, vitals
from orchestrator.celery import app
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent
from tests import scene

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", sorted(tick.task for tick in schedule.WANTED))
def test_task_runs_when_nothing_is_to_do(name: str) -> None:
    app.loader.import_default_modules()

    result = app.tasks[name].apply(kwargs={"argument_of_tomorrow": 1})

    assert result.successful(), result.traceback


def test_heartbeat_is_written_by_the_worker() -> None:
    before = timezone.now()

    tasks.heartbeat()

    assert vitals.beats()[vitals.WORKER] - before < timedelta(seconds=5)


def test_drain_decides_what_was_heard() -> None:
    store = scene.client()
    inbox.accept(
        scene.connection(store, "gorgias"),
        [scene.ticket()],
        origin=InboxEvent.Origin.POLL,
        now=timezone.now(),
    )

    tasks.drain()

    assert set(InboxEvent.objects.values_list("state", flat=True)) == {InboxEvent.State.DONE}
