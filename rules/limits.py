"""How many customers a rule may reach: now, later, or only after a person said yes. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from rules.sentences import listed

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
Place = tuple[datetime, str]  # when a customer hears of a rule


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The safety belt of one rule; None is no limit. The share is in percent of the known customers."""

    customers_per_hour: int | None = None
    share_of_customers: int | None = None
    approve_above: int | None = None

    @property
    def is_any(self) -> bool:
        return self != Limits()

    def most_of(self, customers: int) -> int | None:
        """How many customers the share is, of so many; at least one, so that a small shop can begin."""
        if self.share_of_customers is None:
            return None
        return max(1, customers * self.share_of_customers // 100)

    def exceeded_by(self, count: int, customers: int) -> str:
        """The limit that so many customers at once are above, of so many known ones; "" when none is."""
        if self.approve_above is not None and count > self.approve_above:
            return "approve_above"
        share = self.most_of(customers)
        return "share_of_customers" if share is not None and count > share else ""

    def sentence(self) -> str:
        """At most 50 customers an hour and 5 % of the known customers in 24 hours; …"""
        most = []
        if self.customers_per_hour is not None:
            most.append(_people(self.customers_per_hour, "an hour"))
        if self.share_of_customers is not None:
            most.append(f"{self.share_of_customers} % of the known customers in 24 hours")
        asks = "" if self.approve_above is None else _people(self.approve_above, "in an hour")
        said = [f"at most {listed(most)}"] if most else []
        said += [f"above {asks} a person has to approve"] if asks else []
        text = "; ".join(said)
        return f"{text[:1].upper()}{text[1:]}." if text else ""


def _people(count: int, span: str) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'} {span}"


class Turn(msgspec.Struct, frozen=True):
    """When it may happen. ``needs`` is the limit that asks for a person's yes first, "" when none does."""

    at: datetime
    needs: str = ""


class Reached:
    """The customers of one span of time: how many, and which of those that are asked about now."""

    def __init__(self, count: int = 0, among: Iterable[str] = ()) -> None:
        self.count = count
        self._among = set(among)

    def is_over(self, most: int | None, subject: str) -> bool:
        return most is not None and subject not in self._among and self.count >= most

    def add(self, subject: str) -> None:
        if subject not in self._among:
            self._among.add(subject)
            self.count += 1


class Tally:
    """Whom one rule reached of late, and so who may be reached next.

    ``hour`` and ``day`` count what was decided in that span, or since a person last said yes.
    """

    def __init__(
        self, limits: Limits, hour: Reached, day: Reached, *, most_a_day: int | None, queue: Queue
    ) -> None:
        self.limits = limits
        self.hour = hour
        self.day = day
        self.queue = queue
        self.most_a_day = most_a_day

    def turn(self, subject: str, at: datetime) -> Turn:
        """Whether this customer may be reached at ``at``. Who may is counted."""
        if self.day.is_over(self.most_a_day, subject):
            return Turn(at, "share_of_customers")
        if self.hour.is_over(self.limits.approve_above, subject):
            return Turn(at, "approve_above")
        self.hour.add(subject)
        self.day.add(subject)
        return Turn(self.queue.place(subject, at))


class Queue:
    """When customers hear of one rule, so that no hour, wherever it begins, has more than ``most``.

    Who hears twice takes two places for everybody else, and stands only in their own way.
    """

    def __init__(self, most: int | None, taken: Iterable[Place] = ()) -> None:
        self._most = most
        self._taken = sorted(taken)

    def place(self, subject: str, at: datetime) -> datetime:
        """The first moment from ``at`` on that is free; it is taken by this customer."""
        if self._most is None:
            return at
        others = [when for when, whose in self._taken if whose != subject]
        free = first_free(others, at, self._most)
        insort(self._taken, (free, subject))
        return free


def first_free(taken: Sequence[datetime], at: datetime, most: int) -> datetime:
    """The first moment from ``at`` on whose hours have a place left; ``taken`` is sorted."""
    while (full := _full_hour(taken, at, most)) is not None:
        at = full + HOUR
    return at


def _full_hour(taken: Sequence[datetime], at: datetime, most: int) -> datetime | None:
    """When the last hour begins that holds ``at`` and has no place left."""
    first, after = bisect_right(taken, at - HOUR), bisect_left(taken, at)
    for begin in range(min(bisect_right(taken, at), len(taken) - 1), first - 1, -1):
        last = begin + most - 1
        since = taken[begin] if begin < after else at
        if last < len(taken) and taken[last] < since + HOUR:
            return taken[begin]
    return None
