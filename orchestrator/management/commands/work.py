"""Does the work without Celery: the same stages in a loop."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing.connection import wait  # select knows no descriptor above 1023
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from connectors import budget, timekeeper
from orchestrator import garbage, outage, pulse, tables, work
from orchestrator.act.clock import Clock, running
from orchestrator.models import RunLogEntry

FINAL = ["action_failed", "action_unknown", "action_no_connection", "event_set_aside", "delivery_quarantined"]
PAUSE = 0.5  # seconds between two looks


class Command(BaseCommand):
    help = "Poll, read, decide, perform and reconcile in a loop, without Celery."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-idle",
            action="store_true",
            help="stop when nothing is left to do now; 1 if work failed for good",
        )
        parser.add_argument("--poll-now", action="store_true", help="poll every connection first, due or not")
        parser.add_argument(
            "--now", metavar="ISO8601", help="pretend it is this time, for our own due times only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pretended = _time(options["now"]) if options["now"] else None
        clock = running(pretended) if pretended else timekeeper.now
        with _until_told() as stop, budget.pretending(pretended):
            if options["until_idle"]:
                _until_idle(clock, stop, everything=options["poll_now"])
            else:
                _for_ever(clock, stop, everything=options["poll_now"])


class Stop:
    """Set by a signal. A pipe wakes the waiting: a handler must not touch a lock that is waited on."""

    def __init__(self) -> None:
        self.is_told = False
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._rope, False)

    def tell(self, *_: object) -> None:
        self.is_told = True
        with suppress(BlockingIOError):  # a pipe that is full has been rung enough
            os.write(self._rope, b".")

    def wait(self, seconds: float) -> None:
        wait([self._bell], seconds)
        with suppress(BlockingIOError):
            os.read(self._bell, 65_536)

    def close(self) -> None:
        os.close(self._bell)
        os.close(self._rope)


@contextmanager
def _until_told() -> Iterator[Stop]:
    """SIGINT and SIGTERM let the round in hand end; afterwards they mean what they meant before."""
    stop = Stop()
    before = {each: signal.signal(each, stop.tell) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        stop.close()


def _until_idle(clock: Clock, stop: Stop, *, everything: bool) -> None:
    """Raises CommandError when something failed for good, and what the database raises when it is away."""
    if count := tables.missing():
        raise CommandError(f"{tables.told(count)} first.")
    begun = RunLogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if everything:
        work.poll_everything(clock())
    while not stop.is_told:
        if sum(stage(clock()) for stage in work.ALL):
            continue
        if not work.is_pacing(clock()):
            break
        stop.wait(PAUSE)
    _report(begun)


def _for_ever(clock: Clock, stop: Stop, *, everything: bool) -> None:
    """A database that goes away is waited for, at the start and at any time later."""
    tables.wait(stop.wait, lambda: stop.is_told)
    garbage.settle()
    pulse.start("work")
    if everything and not stop.is_told:
        outage.endure(lambda: work.poll_everything.begin(clock()))
    while not stop.is_told:
        outage.endure(lambda: _begin(clock))
        stop.wait(PAUSE)


def _begin(clock: Clock) -> None:
    """What is due now. A job begins what follows from it by itself, so nobody waits for the next look."""
    for stage in work.ALL:
        stage.begin(clock())


def _report(begun: int) -> None:
    failed = RunLogEntry.objects.filter(pk__gt=begun, code__in=FINAL).count()
    if failed:
        raise CommandError(f"{failed} of the things to do failed for good; the run log says which and why.")


def _time(text: str) -> datetime:
    try:
        value = parse_datetime(text)
    except ValueError:
        value = None
    if value is None:
        raise CommandError(f"--now needs a time such as 2026-11-22T09:00:00Z, not “{text}”.")
    return value if value.tzinfo else timezone.make_aware(value, timezone.get_default_timezone())
