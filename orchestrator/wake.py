"""Wakes workers by task name. A wake-up that is lost costs time, never work: the tables are the queue."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from prometheus_client import Counter

from connectors import timekeeper
from orchestrator.celery import app

log = logging.getLogger(__name__)
failures = Counter("orchestrator_wake_failures", "Wake-ups that the broker did not take")

# Seconds between two equal wake-ups of one process. A lone change never waits; in a stream the pause lets
# several share a round, whose price is much the same for one and for many. Rounds that come faster than they
# can be worked off only wait for each other.
APART = 0.05
STALE = 60  # seconds after which a wake-up is not worth running: the ticks have long done it
COMPLAIN_EVERY = 60.0
STUCK = 2.0  # seconds after which a wake-up that is being sent counts as not taken
LAST_WORDS = 1.0  # how long an ending process waits for its last wake-ups to leave


class Wake(NamedTuple):
    name: str
    ids: tuple[tuple[str, int | str], ...]


class Bell:
    """Sends from a thread of its own, so that a slow broker never holds up a caller.

    Equal wake-ups are sent at most every ``APART`` seconds. One that comes in between waits for its
    turn instead of being dropped, so a worker always wakes after the last change.
    """

    def __init__(self, send: Callable[[Wake], object]) -> None:
        self._send = send
        self._changed = threading.Condition()
        self._waiting: dict[Wake, None] = {}
        self._sent_at: dict[Wake, float] = {}
        self._sending = False
        self._thread: threading.Thread | None = None
        self._complained_at = -COMPLAIN_EVERY
        self.failed = 0  # wake-ups that the broker did not take
        self._sending_since = 0.0
        self._has_failed = False

    def ring(self, wake: Wake) -> None:
        with self._changed:
            if wake in self._waiting:
                return  # it is on its way, and leaves after what was committed just now
            self._waiting[wake] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="wake", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait until nothing is left to send; False when it took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._sending, seconds)

    def is_heard(self) -> bool:
        """Whether the broker took the latest wake-up, or may still take the one that is being sent."""
        with self._changed:
            is_stuck = self._sending and time.monotonic() - self._sending_since > STUCK
            return not (self._has_failed or is_stuck)

    def _run(self) -> None:
        while True:
            wake = self._next()
            try:
                self._send(wake)
                self._has_failed = False
            except Exception as error:  # whatever a broker's driver raises: the caller must not care
                self._complain(error)
            with self._changed:
                self._sending = False
                self._changed.notify_all()

    def _next(self) -> Wake:
        with self._changed:
            while True:
                now = time.monotonic()
                self._sent_at = {wake: at for wake, at in self._sent_at.items() if now - at < APART}
                for wake in self._waiting:
                    if wake not in self._sent_at:
                        del self._waiting[wake]
                        self._sent_at[wake] = now
                        self._sending, self._sending_since = True, now
                        return wake
                first = min((self._sent_at[wake] for wake in self._waiting), default=None)
                self._changed.wait(None if first is None else first + APART - now)

    def _complain(self, error: Exception) -> None:
        self._has_failed = True
        failures.inc()
        self.failed += 1
        now = time.monotonic()
        if now - self._complained_at >= COMPLAIN_EVERY:
            self._complained_at = now
            log.warning(
                "The broker takes no wake-ups (%s); work goes on with the next tick", type(error).__name__
            )


def after_commit(name: str, **ids: int | str) -> None:
    """Run the task ``name`` soon after the current transaction is committed."""
    if settings.WAKE and not timekeeper.is_virtual():
        transaction.on_commit(partial(bell.ring, Wake(name, tuple(sorted(ids.items())))))


def send(wake: Wake) -> None:
    app.send_task(wake.name, kwargs=dict(wake.ids), expires=STALE, ignore_result=True, retry=False)


bell = Bell(send)


def _start_over() -> None:
    """A forked process has no thread yet, and none of its parent's wake-ups to send."""
    global bell
    bell = Bell(send)


os.register_at_fork(after_in_child=_start_over)
atexit.register(lambda: bell.flush(LAST_WORDS))
