"""The ticks are made by name; what staff changed survives every start."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from orchestrator import schedule, vitals
from orchestrator.celery import app
from tests.processes import until

pytestmark = pytest.mark.django_db


def test_every_wanted_tick_is_made_once() -> None:
    call_command("sync_schedule")
    call_command("sync_schedule")

    made = {(row.name, row.task, row.interval.every) for row in PeriodicTask.objects.all()}
    assert made == set(schedule.WANTED)


def test_every_tick_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()

    assert {tick.task for tick in schedule.WANTED} <= set(app.tasks)


def test_tick_that_waits_too_long_is_dropped() -> None:
    schedule.sync()

    assert PeriodicTask.objects.get(task="read").expire_seconds == 60


def test_worker_whose_clock_is_half_a_minute_ahead_of_the_beat_drops_no_tick() -> None:
    schedule.sync()
    PeriodicTask.objects.filter(task="poll").update(expire_seconds=5)  # as it was made once
    schedule.sync()

    assert min(PeriodicTask.objects.values_list("expire_seconds", flat=True)) > 30


def test_edits_of_staff_survive() -> None:
    schedule.sync()
    slow = IntervalSchedule.objects.create(every=10, period=IntervalSchedule.MINUTES)
    PeriodicTask.objects.filter(task="sweep").update(interval=slow, enabled=False)

    schedule.sync()

    row = PeriodicTask.objects.get(task="sweep")
    assert (row.interval, row.enabled) == (slow, False)


def test_task_that_was_renamed_is_put_right() -> None:
    schedule.sync()
    PeriodicTask.objects.filter(name="Read deliveries").update(task="an older name")

    schedule.sync()

    assert PeriodicTask.objects.get(name="Read deliveries").task == "read"


def test_tick_we_no_longer_want_is_switched_off_and_kept() -> None:
    every = IntervalSchedule.objects.create(every=9, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(name="Old", task="old", interval=every, description=schedule.OURS)
    PeriodicTask.objects.create(name="Of staff", task="read", interval=every)

    schedule.sync()

    assert PeriodicTask.objects.get(name="Old").enabled is False
    assert PeriodicTask.objects.get(name="Of staff").enabled is True


def test_beat_shows_that_it_lives() -> None:
    schedule.sync()
    beat = schedule.Scheduler(app=app, lazy=True)

    beat.show_life()

    assert vitals.beats()[vitals.BEAT] <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_what_staff_change_is_heard_by_a_running_beat_that_looks_once_a_second() -> None:
    schedule.sync()
    beat = schedule.Scheduler(app=app, lazy=True)
    beat.schedule_changed()
    with CaptureQueriesContext(connection) as queries:
        seen = [beat.schedule_changed() for _ in range(3)]

    PeriodicTask.objects.get(name="Poll connections").save()
    until(beat.schedule_changed)

    assert (seen, len(queries)) == ([False] * 3, 0)
