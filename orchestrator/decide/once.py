"""What is done once for a thing, whichever change asks for it, such as the first answer on a ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from orchestrator.decide.wishes import Reasons
from orchestrator.models import OutboxAction, RunLogEntry


class Once(NamedTuple):
    """``row`` is planned unless its key is known; ``no`` makes the line that then replaces ``yes``."""

    row: OutboxAction
    yes: RunLogEntry
    no: Callable[[Reasons], RunLogEntry]


class Onces:
    """The outbox remembers the keys, so one query answers for the whole batch."""

    def __init__(self) -> None:
        self._new: list[Once] = []

    def add(self, once: Once) -> None:
        self._new.append(once)

    def settle(self, entries: list[RunLogEntry]) -> list[OutboxAction]:
        """The effects that are the first of their kind."""
        if not self._new:
            return []
        keys = {each.row.key for each in self._new}
        known = set(OutboxAction.objects.seen().filter(key__in=keys).values_list("key", flat=True))
        planned = []
        for each in self._new:
            if each.row.key in known:
                entries[entries.index(each.yes)] = each.no({"done_before": [each.row.effect_key]})
            else:
                known.add(each.row.key)
                planned.append(each.row)
        self._new = []
        return planned
