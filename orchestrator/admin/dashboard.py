"""The front page: what is well, what needs a person, and every client at a glance.

Figures come from short spans of indexed columns and from small tables; nothing counts the whole log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Count, Min, Q

from connectors.models import Connection, Store
from orchestrator.admin import chart, clients, display, places, scope, waiting
from orchestrator.models import Enrolment, OutboxAction, RunLogEntry, Suppression

Health = Connection.Health


class Card(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    value: str
    note: str = ""
    tone: str = ""
    url: str = ""
    model: Any  # what it counts; shown to whoever may see that


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    cards: list[Card]
    chart: chart.Chart
    backlog: list[waiting.Line]
    lines: list[clients.Line]


def build(user: Any, now: datetime) -> Dashboard:
    stores = list(clients.stores(user, now))
    entries = scope.limit(RunLogEntry.objects.all(), "store", user)
    figures = clients.figures(stores, entries, now)
    known = [row for found in figures.connections.values() for row in found]
    cards = [
        _healthy(known),
        _card("Suppressed now", sum(figures.suppressed.values()), Suppression, note="by at least one cause"),
        _card(
            "Events, last hour",
            sum(figures.events.values()),
            RunLogEntry,
            filters={"kind__exact": "event", "last": "1h"},
        ),
        _failed(figures.failures),
        _steps(user, now),
        _waiting(user, now),
    ]
    return Dashboard(
        cards=[card for card in cards if scope.may_see(user, card.model)],
        chart=chart.build(entries, now),
        backlog=_backlog(user, stores, known, now),
        lines=[clients.line(user, store, figures, now) for store in stores],
    )


def _backlog(
    user: Any, stores: Iterable[Store], connections: Iterable[Connection], now: datetime
) -> list[waiting.Line]:
    if not scope.may_see(user, Connection):
        return []
    return waiting.board(connections, {store.pk: store.name for store in stores}, now)


def _healthy(connections: Iterable[Connection]) -> Card:
    rows = [row for row in connections if row.is_enabled]
    healthy = sum(row.health == Health.HEALTHY for row in rows)
    failing = sum(row.health == Health.ATTENTION for row in rows)
    return Card(
        label="Connections healthy",
        value=f"{healthy} of {len(rows)}",
        note=f"{failing} failing" if failing else "none failing",
        tone="bad" if failing else "",
        url=places.list_url(Connection),
        model=Connection,
    )


def _card(
    label: str, count: int, model: Any, *, note: str = "", filters: Mapping[str, str] | None = None
) -> Card:
    url = places.list_url(model, **(filters or {}))
    return Card(label=label, value=f"{count:,}", note=note, url=url, model=model)


def _failed(failures: Counter[tuple[int | None, str]]) -> Card:
    count = sum(number for (_, kind), number in failures.items() if kind == RunLogEntry.Kind.ACTION)
    return Card(
        label="Failed actions, 24 h",
        value=f"{count:,}",
        note="see each in the run log" if count else "none",
        tone="bad" if count else "",
        url=places.list_url(RunLogEntry, outcome__exact="failed", kind__exact="action", last="24h"),
        model=RunLogEntry,
    )


def _steps(user: Any, now: datetime) -> Card:
    due = scope.limit(clients.steps_to_come().filter(due_at__lte=now + timedelta(hours=1)), "store", user)
    found = due.aggregate(count=Count("pk"), first=Min("due_at"))
    first = found["first"]
    return Card(
        label="Steps due, next hour",
        value=f"{found['count']:,}",
        note="" if first is None else f"first {display.ahead(first, now)}",
        url=places.list_url(Enrolment),
        model=Enrolment,
    )


def _waiting(user: Any, now: datetime) -> Card:
    waiting = scope.limit(OutboxAction.objects.owed(), "store", user)
    late = now - timedelta(minutes=5)
    by_time = ~Q(state=OutboxAction.State.PARKED)
    found = waiting.aggregate(count=Count("pk"), first=Min("due_at", filter=by_time))
    first = found["first"]
    return Card(
        label="Waiting actions",
        value=f"{found['count']:,}",
        note="" if first is None else "overdue" if first < late else f"next due {first:%H:%M} UTC",
        tone="warn" if first is not None and first < late else "",
        url=places.list_url(OutboxAction),
        model=OutboxAction,
    )
