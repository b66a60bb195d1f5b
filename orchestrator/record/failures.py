"""Effects that failed, gathered by what they have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from orchestrator.models import OutboxAction

NAMED = re.compile(
    r"“[^”]*”|\S*\d\S*|\S+@\S+"
)  # what tells one effect from the next: names, numbers, addresses


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one connection and action that failed for the same reason, the oldest first."""

    key: str
    because: str  # as the newest of them says it
    rows: Sequence[OutboxAction]

    @property
    def newest_at(self) -> datetime:
        return max(row.settled_at for row in self.rows if row.settled_at)


def gathered(rows: Iterable[OutboxAction]) -> list[Failure]:
    """The largest first."""
    groups: dict[str, list[OutboxAction]] = {}
    for row in sorted(rows, key=lambda row: row.pk):
        groups.setdefault(cause_of(row), []).append(row)
    found = [Failure(key=key, because=group[-1].because, rows=group) for key, group in groups.items()]
    return sorted(found, key=lambda each: (-len(each.rows), each.rows[0].pk))


def cause_of(row: OutboxAction) -> str:
    """Alike for rows that failed in the same way."""
    because = NAMED.sub("…", row.because)
    return sha256(f"{row.connection_id}|{row.action}|{because}".encode()).hexdigest()[:16]


def by_key(found: Iterable[Failure]) -> Mapping[str, Failure]:
    return {each.key: each for each in found}
