"""Why one customer got something, or did not: all that is known about them, in plain sentences."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db.models import QuerySet

from connectors.models import Store
from orchestrator.models import CustomerKey, OutboxAction, RunLogEntry, Suppression, Ticket, VendorState
from orchestrator.record import places, shopping, telling

EMAIL = "email:"  # how a customer's keys mark an address


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """``kind`` is that of the run log, or hold (a cause of the ledger), or waiting (still to come)."""

    at: datetime
    kind: str
    sentence: str
    notes: tuple[str, ...] = ()


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand now, and what led there. Without lines and addresses nobody heard of them."""

    emails: list[str]
    is_known: bool
    summary: list[str]
    lines: list[Line]


def timeline(store: Store, email: str, now: datetime) -> list[Line]:
    """What happened, what holds and what is still to come, oldest first."""
    return story(store, email, now).lines


def story(store: Store, email: str, now: datetime) -> Story:
    """Everything about a person under any of their addresses, in a constant number of queries."""
    asked = email.strip().lower()
    known = _addresses(store, asked)
    emails = sorted({asked, *known})
    tickets = _tickets(store, emails)
    causes = list(_causes(store, emails))
    states = list(_states(store, emails, {*places.NAMES, *(row.method for row in causes)}))
    waiting = list(_waiting(store, emails))
    lines = [
        *(_logged(entry) for entry in _entries(store, emails)),
        *(Line(at=row.opened_at, kind="hold", sentence=telling.cause(row)) for row in causes),
        *(Line(at=row.due_at, kind="waiting", sentence=telling.waiting(row, now)) for row in waiting),
    ]
    return Story(
        emails=emails,
        is_known=bool(known or lines or states),
        summary=[*telling.summary(causes, states, waiting, tickets, now), *shopping.sentences(store, emails)],
        lines=sorted(lines, key=lambda line: line.at),
    )


def _addresses(store: Store, email: str) -> list[str]:
    """All addresses of the person who has this one; none when the mirror does not know it."""
    keys = CustomerKey.objects.filter(customer__keys__store=store, customer__keys__value=f"{EMAIL}{email}")
    found = keys.filter(value__startswith=EMAIL).values_list("value", flat=True)
    return [value.removeprefix(EMAIL) for value in found]


def _tickets(store: Store, emails: list[str]) -> list[bool]:
    """For each ticket whether somebody has to answer."""
    keys = [f"{EMAIL}{email}" for email in emails]
    rows = Ticket.objects.filter(customer__keys__store=store, customer__keys__value__in=keys)
    return [needs_care for _, needs_care in rows.values_list("pk", "needs_care").distinct()]


def _causes(store: Store, emails: list[str]) -> QuerySet[Suppression]:
    customers = Suppression.objects.filter(store=store, subject_kind=Suppression.SubjectKind.CUSTOMER)
    return customers.filter(subject__in=emails).select_related("rule").order_by("opened_at", "id")


def _states(store: Store, emails: list[str], methods: set[str]) -> QuerySet[VendorState]:
    rows = VendorState.objects.filter(connection__store=store, key__in=methods, subject__in=emails)
    return rows.select_related("connection").order_by("connection_id", "key", "subject")


def _waiting(store: Store, emails: list[str]) -> QuerySet[OutboxAction]:
    rows = OutboxAction.objects.owed().filter(store=store, subject__in=emails)
    return rows.select_related("rule").order_by("due_at", "id")


def _entries(store: Store, emails: list[str]) -> list[RunLogEntry]:
    """Lines about them, and lines of the same traces that are about nobody else; in two queries.

    The store is compared here: asked in the query too, a database without statistics would rather walk
    through all of that store's log than use the index on people or traces.
    """
    own = RunLogEntry.objects.filter(subject__in=emails)
    shared = RunLogEntry.objects.filter(trace__in=own.exclude(trace="").values("trace"))
    found = {entry.pk: entry for entry in (*own, *shared)}
    mine = [each for each in found.values() if each.store_id == store.pk and each.subject in ("", *emails)]
    return sorted(mine, key=lambda entry: (entry.at, entry.pk))


def _logged(entry: RunLogEntry) -> Line:
    return Line(
        at=entry.at, kind=entry.kind, sentence=telling.logged(entry), notes=tuple(telling.noes(entry))
    )
