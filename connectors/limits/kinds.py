"""The three kinds of limit that vendors have: a leaky bucket, a short burst, a window whose end they tell.

A limit is a value; what was used of it is a mark. Times are seconds since 1970, amounts are calls (or
whatever the vendor counts). ``share`` is the part of the limit that is ours to use, above 0 to 1.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import msgspec

SKEW = 5.0  # seconds by which the clocks of our machines may differ
JITTER = 0.1  # seconds by which calls may move closer together on their way
EDGE = 1.5  # seconds by which a vendor's rounded "resets in" may move without meaning anything
CRUMB = 1e-6  # of a call: what sums of fractions may be wrong by


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What was used of one limit."""

    amount: float = 0.0
    moment: float = 0.0  # what it means is the limit's own affair
    before: float = 0.0
    size: float = 0.0  # as the vendor told it; 0 = as declared
    per_second: float = 0.0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says about the last limit of its bucket; None where it says nothing.

    ``left`` and ``size`` count for all users of the account together. ``is_free``: the call counted for
    nothing, which a vendor says that tells nothing else. ``wait``: no such call for so many seconds.
    """

    left: float | None = None
    size: float | None = None
    per_second: float | None = None
    resets_in: float | None = None
    is_free: bool = False
    wait: float | None = None


class Limit(ABC):
    """Marks are first brought to now by ``at``; the other methods expect that."""

    @abstractmethod
    def at(self, mark: Mark, now: float) -> Mark:
        """The mark as it is now. A clock that was set back neither gives anything away nor blocks."""

    @abstractmethod
    def capacity(self, mark: Mark, share: float) -> float:
        """The most that we may have used at once."""

    @abstractmethod
    def used(self, mark: Mark) -> float: ...

    @abstractmethod
    def wait(self, mark: Mark, room: float, cost: float, now: float) -> float:
        """Seconds until ``cost`` fits into ``room``; 0 when it does now."""

    def pace(self, mark: Mark) -> float:
        """What comes back each second, where it does so bit by bit; else 0."""
        return 0.0

    def told(self, mark: Mark, known: Mark, told: Told, now: float) -> Mark:
        """The mark after what the vendor said to a call, of all who use the account.

        ``known`` is what we had counted with that call: what was taken since comes on top.
        """
        size = told.size or mark.size
        amount = mark.amount
        if told.left is not None and size:
            amount = max(0.0, size - told.left) + max(0.0, mark.amount - known.amount)
        return msgspec.structs.replace(
            mark, amount=amount, size=size, per_second=told.per_second or mark.per_second
        )


@dataclass(frozen=True)
class Leak(Limit):
    """A bucket that holds ``size`` and drains by ``per_second``. The mark's moment: when it was looked at.

    A share leaves room in the bucket, not in the stream: what others use raises the level, and we wait.
    """

    size: float
    per_second: float

    def at(self, mark: Mark, now: float) -> Mark:
        passed, moment = max(0.0, now - mark.moment), now
        if 0 < mark.moment - now <= SKEW:
            moment = mark.moment
        level = max(0.0, mark.amount - passed * self.pace(mark))
        return msgspec.structs.replace(mark, amount=level, moment=moment)

    def capacity(self, mark: Mark, share: float) -> float:
        return max(1.0, share * ((mark.size or self.size) - JITTER * self.pace(mark)))

    def used(self, mark: Mark) -> float:
        return mark.amount

    def wait(self, mark: Mark, room: float, cost: float, now: float) -> float:
        over = mark.amount + cost - room
        return over / self.pace(mark) if over > CRUMB else 0.0

    def pace(self, mark: Mark) -> float:
        return mark.per_second or self.per_second


@dataclass(frozen=True)
class Burst(Limit):
    """At most ``count`` in any ``seconds``, wherever the vendor's windows begin.

    Counted in slots a little longer than that. No such time touches more than two slots, so two together
    may hold ``count``: all of it at once, or half of it on and on. The mark's moment is the slot's number.
    """

    count: int
    seconds: float

    def at(self, mark: Mark, now: float) -> Mark:
        slot = math.floor(now / self._slot)
        ahead = (mark.moment - slot) * self._slot
        if mark.moment == slot or 0 < ahead <= SKEW:
            return mark
        if ahead > SKEW:
            return msgspec.structs.replace(mark, moment=slot)
        before = mark.amount if mark.moment == slot - 1 else 0.0
        return msgspec.structs.replace(mark, amount=0.0, before=before, moment=slot)

    def capacity(self, mark: Mark, share: float) -> float:
        return max(1.0, math.floor(self.count * share + CRUMB))

    def used(self, mark: Mark) -> float:
        return mark.amount + mark.before

    def wait(self, mark: Mark, room: float, cost: float, now: float) -> float:
        if mark.amount + mark.before + cost <= room + CRUMB:
            return 0.0
        slots = 1 if mark.amount + cost <= room + CRUMB else 2
        return max(0.0, (mark.moment + slots) * self._slot - now)

    @property
    def _slot(self) -> float:
        return self.seconds + JITTER


@dataclass(frozen=True)
class Window(Limit):
    """At most ``count`` until the window's end, which is the mark's moment.

    Until an answer tells the end, it is taken to be as far away as it can be.
    """

    count: int
    seconds: float

    def at(self, mark: Mark, now: float) -> Mark:
        if now >= mark.moment:
            return msgspec.structs.replace(mark, amount=0.0, moment=now + self.seconds)
        latest = now + self.seconds
        return msgspec.structs.replace(mark, moment=latest) if mark.moment > latest + SKEW else mark

    def capacity(self, mark: Mark, share: float) -> float:
        return max(1.0, math.floor((mark.size or self.count) * share + CRUMB))

    def used(self, mark: Mark) -> float:
        return mark.amount

    def wait(self, mark: Mark, room: float, cost: float, now: float) -> float:
        return 0.0 if mark.amount + cost <= room + CRUMB else mark.moment - now

    def told(self, mark: Mark, known: Mark, told: Told, now: float) -> Mark:
        found = super().told(mark, known, told, now)
        if told.resets_in is None:
            return found
        end = now + min(told.resets_in, self.seconds)
        return found if abs(end - found.moment) <= EDGE else msgspec.structs.replace(found, moment=end)
