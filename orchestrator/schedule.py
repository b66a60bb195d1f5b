"""The beat: which ticks there are, and a scheduler that shows it is alive."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from celery import signals
from django.db import connection, transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from connectors import timekeeper
from orchestrator import outage, pulse, tables, vitals, wake

OURS = "Kept by the orchestrator. How often it runs and whether it runs is yours to change."
SIGN_OF_LIFE = 15.0  # seconds
LOOK_EVERY = 1.0  # seconds from one look at whether staff changed the ticks to the next
PAUSE = 1.0  # seconds until a database that is away is asked again


@signals.beat_init.connect
def show_life(**_: Any) -> None:
    pulse.start("beat")


class Tick(NamedTuple):
    name: str
    task: str
    every: int  # seconds


WANTED = (
    Tick("Poll connections", "poll", 5),
    Tick("Read histories", "import_history", 5),
    Tick("Read deliveries", "read", 5),
    Tick("Decide events", "drain", 5),
    Tick("Send what is due", "dispatch", 5),
    Tick("Bring vendors in line", "reconcile", 5),
    Tick("Post alerts", "post_alerts", 5),
    Tick("Show a sign of life", "heartbeat", 15),
    Tick("Look for drift", "sweep", 60),
    Tick("Set up marketing tools", "set_up", 15),
    Tick("Play backtests", "play_backtests", 15),
    Tick("Look after webhooks", "check_webhooks", 300),
    Tick("Look after assessments", "look_after_assessments", 60),
    Tick("Write exports", "write_exports", 15),
    Tick("Delete what is over its time", "purge", 600),
)


@transaction.atomic
def sync() -> None:
    """Make the ticks that are missing. What staff changed stays; what we no longer want is switched off."""
    for tick in WANTED:
        _keep(tick)
    dropped = PeriodicTask.objects.filter(description=OURS, enabled=True)
    for row in dropped.exclude(name__in=[tick.name for tick in WANTED]):
        row.enabled = False
        row.save()  # row by row: saving tells a running beat to read the schedule again


def _keep(tick: Tick) -> None:
    row = PeriodicTask.objects.filter(name=tick.name).first()
    if row is None:
        PeriodicTask.objects.create(
            name=tick.name,
            task=tick.task,
            interval=_interval(tick.every),
            expire_seconds=_good_for(tick),
            description=OURS,
        )
    elif (row.task, row.expire_seconds) != (tick.task, _good_for(tick)):
        row.task, row.expire_seconds = tick.task, _good_for(tick)
        row.save()


def _good_for(tick: Tick) -> int:
    """Seconds after which a worker drops a tick, so that few wait when nobody worked for long.

    Not shorter for frequent ones: a worker whose clock is a little ahead of the beat's would drop them all.
    """
    return max(tick.every, wake.STALE)


def _interval(seconds: int) -> IntervalSchedule:
    known = {"every": seconds, "period": IntervalSchedule.SECONDS}
    return IntervalSchedule.objects.filter(**known).first() or IntervalSchedule.objects.create(**known)


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # the package has no types
    """Celery's scheduler over the tables. Worker and beat can so be told apart when one is silent."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._shown_at = -SIGN_OF_LIFE
        self._looked_at = -LOOK_EVERY
        super().__init__(*args, **options)

    def setup_schedule(self) -> None:
        """The first thing that a beat does: it waits for its tables."""
        tables.wait()
        super().setup_schedule()

    def tick(self, *args: Any, **options: Any) -> float:
        """Without a database nobody could do the work that a tick calls for."""
        if not outage.endure(_answers):
            return PAUSE
        delay: float = super().tick(*args, **options)
        if time.monotonic() - self._shown_at >= SIGN_OF_LIFE:
            outage.endure(self.show_life)
        return delay

    def schedule_changed(self) -> bool:
        """The package asks the database several times for each tick."""
        if time.monotonic() - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = time.monotonic()
        return bool(super().schedule_changed())

    def show_life(self) -> None:
        vitals.beat(vitals.BEAT, timekeeper.now())
        self._shown_at = time.monotonic()


def _answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True
