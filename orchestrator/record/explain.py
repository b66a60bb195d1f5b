"""Why one customer got something, or did not: all that is known about them, in plain sentences."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from django.db.models import Model, QuerySet

from connectors.models import Store
from orchestrator.models import (
    Enrolment,
    OutboxAction,
    RunLogEntry,
    Suppression,
    Ticket,
    VendorState,
)
from orchestrator.record import addresses, places, shopping, telling
from rules import subjects


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """``kind`` is that of the run log, or hold (a cause of the ledger), or waiting (still to come)."""

    at: datetime
    kind: str
    sentence: str
    row: Model  # where the raw facts are
    notes: tuple[str, ...] = ()


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand now, and what led there. Without lines and addresses nobody heard of them.

    ``subjects`` are their addresses, and their telephone number where it is nobody else's.
    """

    subjects: list[str]
    is_known: bool
    summary: list[str]
    held: list[Suppression]  # the causes that are open
    lines: list[Line]


def timeline(store: Store, asked: str, now: datetime) -> list[Line]:
    """What happened, what holds and what is still to come, oldest first."""
    return story(store, asked, now).lines


def story(store: Store, asked: str, now: datetime) -> Story:
    """Everything about a person by an address or a number of theirs, in a constant number of queries."""
    person = addresses.person(store.pk, subjects.typed(asked))
    names = list(person.subjects)
    tickets = _tickets(person.owners)
    causes = list(_causes(store, names))
    states = list(_states(store, names, {*places.NAMES, *(row.method for row in causes)}))
    waiting = list(_waiting(store, names))
    lines = [
        *(_logged(entry) for entry in _entries(store, names)),
        *(Line(at=row.opened_at, kind="hold", sentence=telling.cause(row), row=row) for row in causes),
        *(
            Line(at=row.due_at, kind="waiting", sentence=telling.waiting(row, now), row=row)
            for row in waiting
        ),
        *(
            Line(at=row.due_at, kind="waiting", sentence=telling.sequence(row, now), row=row)
            for row in _running(store, names)
        ),
    ]
    return Story(
        subjects=names,
        is_known=bool(person.owners or lines or states),
        summary=[*telling.summary(causes, states, waiting, tickets, now), *shopping.sentences(person.owners)],
        held=[row for row in causes if row.closed_at is None],
        lines=sorted(lines, key=lambda line: line.at),
    )


def _tickets(owners: Collection[int]) -> list[bool]:
    """For each ticket whether somebody has to answer."""
    return list(Ticket.objects.filter(customer__in=owners).values_list("needs_care", flat=True))


def _causes(store: Store, names: list[str]) -> QuerySet[Suppression]:
    customers = Suppression.objects.filter(store=store, subject_kind=Suppression.SubjectKind.CUSTOMER)
    return customers.filter(subject__in=names).select_related("rule").order_by("opened_at", "id")


def _states(store: Store, names: list[str], methods: set[str]) -> QuerySet[VendorState]:
    rows = VendorState.objects.filter(connection__store=store, key__in=methods, subject__in=names)
    return rows.select_related("connection").order_by("connection_id", "key", "subject")


def _waiting(store: Store, names: list[str]) -> QuerySet[OutboxAction]:
    rows = OutboxAction.objects.owed().filter(store=store, subject__in=names)
    return rows.select_related("rule").order_by("due_at", "id")


def _running(store: Store, names: list[str]) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(store=store, subject__in=names, state=Enrolment.State.WAITING)
    return rows.select_related("rule").order_by("due_at", "id")


def _entries(store: Store, names: list[str]) -> list[RunLogEntry]:
    """Lines about them, and lines of the same traces that are about nobody else; in two queries.

    The store is compared here: asked in the query too, a database without statistics would rather walk
    through all of that store's log than use the index on people or traces.
    """
    own = RunLogEntry.objects.filter(subject__in=names)
    shared = RunLogEntry.objects.filter(trace__in=own.exclude(trace="").values("trace"))
    found = {entry.pk: entry for entry in (*own, *shared)}
    mine = [each for each in found.values() if each.store_id == store.pk and each.subject in ("", *names)]
    return sorted(mine, key=lambda entry: (entry.at, entry.pk))


def _logged(entry: RunLogEntry) -> Line:
    return Line(
        at=entry.at,
        kind=entry.kind,
        sentence=telling.logged(entry),
        row=entry,
        notes=tuple(telling.noes(entry)),
    )
