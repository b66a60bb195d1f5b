"""Where work is done: a bounded number of threads, of which no client can take more than its share.

A job is one thing to do for one row: poll this connection, decide for that client. Whoever begins a job
does not wait for it, so a vendor that hangs holds up nobody but its own client. A job that is asked for
while the same one runs comes once more after it; asked for twice before it began, it comes once.

Nothing here is work that could be lost: jobs only name rows, and the next tick finds what is due again.
Between processes the rows' own claims and leases decide who does it.
"""

from __future__ import annotations

import atexit
import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from typing import NamedTuple

from django.conf import settings
from django.db import close_old_connections, connections

log = logging.getLogger(__name__)

GATHER = 0.1  # seconds that a job which gathers waits at most
WELL_FOR = 5.0  # seconds for which a database connection that worked is not asked whether it still does
LINGER = 10.0  # seconds that a thread keeps its database connection without work
LAST_JOBS = 20.0  # how long an ending process waits for what it has begun


class Rank(IntEnum):
    """Who comes first. What nobody waits for takes half of the threads at most."""

    FOREGROUND = 0
    BACKGROUND = 1


class Job(NamedTuple):
    """``owner`` is the client whose share it takes, 0 = nobody's. What ``gathers`` lets others of its client
    end first, but not for long: what arrives meanwhile is done with it, in one round instead of several.
    """

    name: str
    row: int
    owner: int
    rank: Rank
    run: Callable[[], int]
    gathers: bool = False

    @property
    def key(self) -> tuple[str, int]:
        return (self.name, self.row)


class Begun(NamedTuple):
    job: Job
    at: float  # on the monotonic clock, not before
    done: Future[int]

    @property
    def times(self) -> tuple[float, ...]:
        """When it may become ready by itself."""
        return (self.at, self.at + GATHER) if self.job.gathers else (self.at,)


class Slots:
    """``size`` threads, started when there is work for them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.share = max(2, size // 4)  # of one client
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._waiting: dict[tuple[str, int], Begun] = {}  # in the order of their arrival
        self._running: dict[tuple[str, int], Job] = {}
        self.threads = 0  # that there are now
        self._coming = 0  # threads that were started or called, and have not looked yet
        self._resting: list[threading.Condition] = []  # a bell for each, the last to rest at the end
        self._clock = math.inf  # when one of them looks by itself, for all
        self._is_closed = False

    def begin(self, job: Job, after: float = 0.0) -> Future[int]:
        """Have it done, not before ``after`` seconds have passed; answers how much it did, one day."""
        at = time.monotonic() + after
        with self._lock:
            known = self._waiting.get(job.key)
            begun = Begun(job, min(at, known.at), known.done) if known else Begun(job, at, Future())
            self._waiting[job.key] = begun  # an equal one keeps its place in the row
            if known is None or begun.at < known.at:
                self._call()
        return begun.done

    def close(self, seconds: float) -> bool:
        """Begin nothing more, and wait for what runs; False when it took too long."""
        with self._lock:
            self._is_closed = True
            self._waiting.clear()
            for bell in self._resting:
                bell.notify()
            self._ended.notify_all()
        return self.until_idle(seconds)

    def until_idle(self, seconds: float) -> bool:
        """Wait until nothing runs and nothing waits; False when it took too long."""
        with self._lock:
            return self._ended.wait_for(lambda: not self._running and not self._waiting, seconds)

    def _call(self) -> None:
        """The thread that rests for the shortest time: the others end when they are not needed for long.

        A thread takes memory and a database connection, so one is started only when none is free.
        """
        if self._resting:
            self._coming += 1
            self._resting.pop().notify()
        elif not self._coming and self.threads < self.size:
            # Counted once it is there: a machine may refuse another thread, and has room for one later.
            threading.Thread(target=self._work, name=f"slot-{self.threads + 1}", daemon=True).start()
            self._coming += 1
            self.threads += 1

    def _work(self) -> None:
        looked_at = -WELL_FOR
        with self._lock:
            self._coming -= 1
        try:
            while (begun := self._next()) is not None:
                if time.monotonic() - looked_at >= WELL_FOR or _had_trouble():
                    close_old_connections()
                    looked_at = time.monotonic()
                self._do(begun)
        finally:
            connections.close_all()

    def _do(self, begun: Begun) -> None:
        try:
            result, error = begun.job.run(), None
        except Exception as trouble:
            log.exception("A job failed", extra={"stage": begun.job.name, "row": begun.job.row})
            result, error = 0, trouble
        with self._lock:
            del self._running[begun.job.key]
            self._ended.notify_all()
        if error is None:
            begun.done.set_result(result)
        else:
            begun.done.set_exception(error)

    def _next(self) -> Begun | None:
        """The next job for this thread, or None when it is not needed any more.

        Whoever takes one calls the next thread, for what may be done too by now or has a time to wait for.
        """
        with self._lock:
            is_needed = True
            while not self._is_closed:
                now = time.monotonic()
                if (begun := self._first(now)) is not None:
                    del self._waiting[begun.job.key]
                    self._running[begun.job.key] = begun.job
                    if self._waiting:
                        self._call()
                    return begun
                if not is_needed:
                    break
                is_needed = self._rest(now)
            self.threads -= 1
            return None

    def _rest(self, now: float) -> bool:
        """Until it is called, or its time comes if it is the clock; False after a long rest for nothing."""
        soonest = min(
            (at for each in self._waiting.values() for at in each.times if at > now), default=math.inf
        )
        is_clock = soonest < self._clock
        if is_clock:
            self._clock = soonest
        bell = threading.Condition(self._lock)
        self._resting.append(bell)
        bell.wait(soonest - now if is_clock else LINGER)
        is_called = bell not in self._resting
        if is_called:
            self._coming -= 1
        else:
            self._resting.remove(bell)
        if is_clock and self._clock == soonest:
            self._clock = math.inf
        return is_called or is_clock

    def _first(self, now: float) -> Begun | None:
        """Of those whose time has come and whose client has room: by rank, then in order of arrival."""
        taken = Counter(job.owner for job in self._running.values() if job.owner)
        next_up = [each.job for each in self._waiting.values() if each.at <= now and not each.job.gathers]
        at_work = {
            job.owner
            for job in (*self._running.values(), *next_up)
            if job.owner and job.rank is Rank.FOREGROUND
        }
        behind = sum(job.rank is Rank.BACKGROUND for job in self._running.values())
        ready = [
            each
            for each in self._waiting.values()
            if each.at <= now
            and each.job.key not in self._running
            and taken[each.job.owner] < self.share
            and (each.job.rank is Rank.FOREGROUND or behind < max(1, self.size // 2))
            and (each.times[-1] <= now or each.job.owner not in at_work)
        ]
        return min(ready, key=lambda each: each.job.rank, default=None)


def _had_trouble() -> bool:
    """Whether a connection of this thread failed since it was looked at."""
    return any(each.errors_occurred for each in connections.all(initialized_only=True))


slots = Slots(settings.WORKER_THREADS)
atexit.register(lambda: slots.close(LAST_JOBS))
