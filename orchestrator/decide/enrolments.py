"""Sequences that a batch begins: one at a time for each cause, whichever change asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Q

from orchestrator.decide.people import People
from orchestrator.decide.wishes import Reasons
from orchestrator.models import Enrolment, RunLogEntry


class Begun(NamedTuple):
    """``owners`` are the person's keys; ``no`` makes the line that replaces ``yes`` when it runs already."""

    row: Enrolment
    owners: frozenset[str]
    yes: RunLogEntry
    no: Callable[[Reasons], RunLogEntry]


class Enrolments:
    """One query tells for the whole batch what runs already."""

    def __init__(self) -> None:
        self._new: list[Begun] = []

    def add(self, begun: Begun) -> None:
        self._new.append(begun)

    def save(self, people: People, entries: list[RunLogEntry]) -> None:
        """After the people are written, so that joined ones are one; the caller holds the transaction."""
        if not self._new:
            return
        for each in self._new:
            each.row.customer = people.of(each.owners)
        known = self._known()
        for each in self._new:
            if reason := _why_not(each.row, known):
                entries[entries.index(each.yes)] = each.no({reason: [each.row.step]})
            else:
                known.append(each.row)
                each.row.pk = None
        kept = [row for row in known if row.pk is None]
        Enrolment.objects.bulk_create(kept, ignore_conflicts=True)
        self._new = []

    def _known(self) -> list[Enrolment]:
        rows = [each.row for each in self._new]
        alike = Q(key__in={row.key for row in rows}) | Q(
            Q(reference__in={row.reference for row in rows})
            | Q(subject__in={row.subject for row in rows})
            | Q(customer__in={row.customer_id for row in rows if row.customer_id}),
            state=Enrolment.State.WAITING,
        )
        return list(Enrolment.objects.filter(alike, store_id=rows[0].store_id))


def _why_not(row: Enrolment, known: list[Enrolment]) -> str:
    mine = [each for each in known if each.rule_id == row.rule_id]
    if any(
        each.key == row.key or (each.state == row.state and each.reference == row.reference) for each in mine
    ):
        return "enrolled_already"
    return "another_running" if row.is_alone and any(is_same_person(row, each) for each in mine) else ""


def is_same_person(one: Enrolment, other: Enrolment) -> bool:
    """Both on their way, and one person's by identity or by address."""
    is_theirs = one.subject == other.subject or (
        one.customer_id is not None and one.customer_id == other.customer_id
    )
    return is_theirs and one.state == other.state == Enrolment.State.WAITING
