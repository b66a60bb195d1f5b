"""One budget of a vendor: all limits that a call has to keep, and what is left of them. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from connectors.limits.kinds import SKEW, Limit, Mark, Told

LONGEST_WAIT = 86_400.0  # seconds; the vendors' longest windows are days
SOON_BACK = 3.0  # seconds in which a limit mends by itself what we thought it used too much


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was used of one bucket. ``until``: the vendor wants no call before."""

    marks: tuple[Mark, ...] = ()
    until: float = 0.0
    at: float = 0.0  # when it was last taken from

    def is_older(self, moment: float) -> bool:
        return max(self.at, self.until) < moment


class Left(msgspec.Struct, frozen=True):
    """For people: ``left`` of ``capacity``, and how the limit that is nearest its end works."""

    left: int
    capacity: int
    limit: Limit
    per_second: float = 0.0  # where it comes back bit by bit
    wait: float = 0.0


@dataclass(frozen=True)
class Bucket:
    """Calls that share their limits. ``method`` and ``path`` are patterns that match the whole of both.

    Where there are several limits, a vendor's answers tell about the last one.
    """

    name: str
    limits: tuple[Limit, ...]
    method: str = r".*"
    path: str = r".*"

    def counts(self, method: str, path: str) -> bool:
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path, path))

    def take(
        self, state: State, now: float, *, share: float, cost: float = 1.0, keep: float = 0.0
    ) -> tuple[State, float]:
        """The state with ``cost`` taken and 0, or the seconds to wait. ``keep`` is a part to leave there."""
        marks = self._marks(state, now)
        waits = [_blocked(state, now)]
        for limit, mark in zip(self.limits, marks, strict=True):
            capacity = limit.capacity(mark, share)
            room = capacity - math.floor(capacity * keep)
            waits.append(limit.wait(mark, room, min(cost, room), now))
        if (wait := max(waits)) > 0:
            return State(marks, state.until, state.at), wait
        taken = [msgspec.structs.replace(mark, amount=mark.amount + cost) for mark in marks]
        return State(tuple(taken), state.until, now), 0.0

    def told(self, state: State, known: State, told: Told, now: float, taken: float = 1.0) -> State:
        """The state after what an answer said. ``known``: after ``taken`` was taken for that call."""
        marks, before = self._marks(state, now), self._marks(known, now)
        if told.is_free:
            marks = tuple(_given_back(mark, taken) for mark in marks)
        elif told.size and told.left is not None and told.left >= told.size:
            marks = tuple(msgspec.structs.replace(mark, amount=0.0, before=0.0) for mark in marks)
        *others, last = marks
        until = state.until
        if told.wait is not None:
            until = max(until, now + min(told.wait, LONGEST_WAIT))
        return State((*others, self.limits[-1].told(last, before[-1], told, now)), until, state.at)

    def differs(self, one: State, other: State, now: float) -> bool:
        """Whether a mark changed in its size, pace or end, rose by a call, or fell by much.

        Much is a tenth of it all, and more than comes back by itself in a moment.
        """
        for limit, old, new in zip(self.limits, self._marks(one, now), self._marks(other, now), strict=True):
            rise, tenth = new.amount - old.amount, limit.capacity(new, 1) / 10
            much = max(1.0, tenth, SOON_BACK * limit.pace(new))
            if _shape(old) != _shape(new) or rise >= 1 or -rise >= much:
                return True
        return False

    def left(self, state: State, now: float, *, share: float) -> Left:
        """Of the limit that has least left."""
        found = []
        for limit, mark in zip(self.limits, self._marks(state, now), strict=True):
            capacity = limit.capacity(mark, share)
            left = max(0, math.floor(capacity - limit.used(mark)))
            pace = limit.pace(mark)
            found.append(Left(left, math.floor(capacity), limit, pace, _blocked(state, now)))
        return min(found, key=lambda each: (each.left / each.capacity, each.capacity))

    def _marks(self, state: State, now: float) -> tuple[Mark, ...]:
        known = state.marks if len(state.marks) == len(self.limits) else (Mark(),) * len(self.limits)
        return tuple(limit.at(mark, now) for limit, mark in zip(self.limits, known, strict=True))


def bucket_of(buckets: Sequence[Bucket], method: str, path: str) -> Bucket | None:
    """The first that counts this call."""
    return next((each for each in buckets if each.counts(method, path)), None)


def _shape(mark: Mark) -> tuple[float, float, float]:
    return (mark.size, mark.per_second, mark.moment)


def _given_back(mark: Mark, taken: float) -> Mark:
    return msgspec.structs.replace(mark, amount=max(0.0, mark.amount - taken))


def _blocked(state: State, now: float) -> float:
    """After a clock was set back nobody knows how long it would have been."""
    wait = state.until - now
    return wait if 0 < wait <= LONGEST_WAIT and now >= state.at - SKEW else 0.0
