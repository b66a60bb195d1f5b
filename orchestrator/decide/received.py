"""What people hear or heard from us of late: messages of every rule, to any address of theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from orchestrator.models import OutboxAction
from orchestrator.record import addresses
from rules import pacing, registry

State = OutboxAction.State
NEVER = (State.PARKED, State.SKIPPED, State.FAILED)


class Received:
    """The messages of the people of one batch: a constant number of queries, however many they are.

    Somebody without an address is nobody we know: what strangers heard does not count for them.
    """

    def __init__(self, store_id: int, subjects: Iterable[str], now: datetime) -> None:
        self._person, known = _people(store_id, {each for each in subjects if each})
        self._rows: defaultdict[str, list[OutboxAction]] = defaultdict(list)
        self._taken: defaultdict[str, list[datetime]] = defaultdict(list)
        heard = [slug for slug, kind in registry.all_actions().items() if kind.is_heard]
        rows = (
            OutboxAction.objects.seen()
            .filter(
                store=store_id, subject__in=known, action__in=heard, planned_for__gt=now - 2 * pacing.WINDOW
            )
            .exclude(state__in=NEVER)
        )
        for row in rows.only("subject", "state", "planned_for", "settled_at"):
            self._rows[self._name(row.subject)].append(row)

    def times(self, subject: str) -> list[datetime]:
        """All that was sent or is owed, and what was decided meanwhile."""
        name = self._name(subject)
        return [_sent_at(row) for row in self._rows[name]] + self._taken[name]

    def before(self, mine: OutboxAction) -> list[datetime]:
        """What was sent, and what is owed and goes first: of two that wait only one waits for the other."""
        turn = (mine.planned_for, mine.pk)
        rows = (row for row in self._rows[self._name(mine.subject)] if row.pk != mine.pk)
        return [_sent_at(row) for row in rows if row.settled_at or (row.planned_for, row.pk) < turn]

    def take(self, subject: str, at: datetime) -> None:
        """One more is decided now."""
        if subject:
            self._taken[self._name(subject)].append(at)

    def _name(self, subject: str) -> str:
        return self._person.get(subject, subject)


def _sent_at(row: OutboxAction) -> datetime:
    return row.settled_at or row.planned_for


def _people(store_id: int, subjects: set[str]) -> tuple[dict[str, str], set[str]]:
    """Subject → the person's name for all who share a customer, and every subject of theirs."""
    owners = addresses.owners(store_id, subjects)
    theirs = [*addresses.emails(owners).items(), *addresses.own_phones(owners).items()]
    person = {subject: f"customer:{owner}" for owner, names in theirs for subject in names}
    return person, subjects | person.keys()
