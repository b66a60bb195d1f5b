"""Every client at a glance: what the front page's figures and its table are made of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.urls import reverse

from connectors.models import Connection, Store
from orchestrator.admin import display, places, scope
from orchestrator.models import Enrolment, RunLogEntry, Suppression
from orchestrator.record import rollout
from rules.models import Rule

Health = Connection.Health
MARKS = {Health.HEALTHY: "✓", Health.ATTENTION: "✕", Health.WAITING: "…", Health.UNTESTED: "?"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One client. An address is empty where this person may not go."""

    store: Store
    url: str
    connections: list[tuple[str, str, str, str]]  # label, mark, tone, address
    suppressed: int
    events: int
    events_url: str
    last_event: str
    failures: int
    failures_url: str
    next_step: str
    set_up: int  # percent
    set_up_url: str


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """By client."""

    connections: Mapping[int, list[Connection]]
    suppressed: Counter[int]
    events: Counter[int]
    failures: Counter[tuple[int | None, str]]  # and by kind
    set_up: Mapping[int, int]


def figures(owners: list[Store], entries: QuerySet[RunLogEntry], now: datetime) -> Figures:
    connections = _connections(owners)
    known = [row for found in connections.values() for row in found]
    events, failures = _counted(entries, now)
    return Figures(
        connections=connections,
        suppressed=_suppressed(owners),
        events=events,
        failures=failures,
        set_up=rollout.progress(owners, now, known),
    )


def stores(user: Any, now: datetime) -> QuerySet[Store]:
    """With the moment of each one's last event, looked for within a month, and of the next step.

    The kind is asked for in a way that no index answers: else SQLite would take the one on kinds, and for a
    client of whom nothing was heard walk through the events of everybody.
    """
    own = RunLogEntry.objects.filter(store=OuterRef("pk"), at__gte=now - timedelta(days=30))
    events = own.filter(kind__startswith=RunLogEntry.Kind.EVENT)
    newest = events.order_by("-at", "-id").values("at")[:1]
    steps = (
        steps_to_come().filter(store=OuterRef("pk"), ended_at=None).order_by("due_at").values("due_at")[:1]
    )
    mine = Store.objects.visible_to(user)
    return mine.annotate(heard=Subquery(newest), next_step=Subquery(steps)).order_by("name", "id")


def steps_to_come() -> QuerySet[Enrolment]:
    """Steps that time alone brings: none that waits for a person, or for its rule to go on."""
    waiting = Enrolment.objects.filter(state=Enrolment.State.WAITING, approval=None)
    return waiting.exclude(rule__mode=Rule.Mode.PAUSED)


def _connections(stores: Iterable[Store]) -> Mapping[int, list[Connection]]:
    found = defaultdict(list)
    fields = ("store_id", "vendor", "health", "error_code", "is_enabled", "finding")
    for row in Connection.objects.filter(store__in=stores).only(*fields).order_by("vendor"):
        found[row.store_id].append(row)
    return found


def _suppressed(stores: Iterable[Store]) -> Counter[int]:
    counted = Suppression.objects.people().filter(store__in=stores).values("store_id").order_by()
    return Counter(
        dict(counted.annotate(subjects=Count("subject", distinct=True)).values_list("store_id", "subjects"))
    )


def _counted(
    entries: QuerySet[RunLogEntry], now: datetime
) -> tuple[Counter[int], Counter[tuple[int | None, str]]]:
    """The last hour's events by client, and the last day's failures by client and kind: one question."""
    events = entries.filter(kind=RunLogEntry.Kind.EVENT, at__gte=now - timedelta(hours=1))
    failed = entries.filter(outcome=RunLogEntry.Outcome.FAILED, at__gte=now - timedelta(hours=24))
    parts = [
        rows.order_by()
        .annotate(failed=Value(is_failed))
        .values("failed", "store_id", "kind")
        .annotate(count=Count("pk"))
        .values_list("failed", "store_id", "kind", "count")
        for is_failed, rows in enumerate((events, failed))
    ]
    found: tuple[Counter[int], Counter[tuple[int | None, str]]] = Counter(), Counter()
    for is_failed, store_id, kind, count in parts[0].union(parts[1], all=True):
        if is_failed:
            found[1][store_id, kind] = count
        else:
            found[0][store_id] = count
    return found


def line(user: Any, store: Any, figures: Figures, now: datetime) -> Line:
    failed = sum(number for (owner, _), number in figures.failures.items() if owner == store.pk)
    of_store = {"client": store.pk}
    may_go, may_read = scope.may_see(user, Connection), scope.may_see(user, RunLogEntry)
    log = places.list_url(RunLogEntry, **of_store, kind__exact="event", last="1h")
    failures = places.list_url(RunLogEntry, **of_store, outcome__exact="failed", last="24h")
    return Line(
        store=store,
        url=places.change_url(store) if scope.may_see(user, Store) else "",
        connections=[
            (row.label, *_mark(row), places.change_url(row) if may_go else "")
            for row in figures.connections.get(store.pk, [])
        ],
        suppressed=figures.suppressed[store.pk],
        events=figures.events[store.pk],
        events_url=log if may_read else "",
        last_event=display.ago(store.heard, now),
        failures=failed,
        failures_url=failures if may_read else "",
        next_step=display.ahead(store.next_step, now),
        set_up=figures.set_up[store.pk],
        set_up_url=reverse("admin:rollout", args=[store.pk]) if scope.may_see(user, Store) else "",
    )


def _mark(row: Connection) -> tuple[str, str]:
    if not row.is_enabled:
        return "off", "muted"
    return MARKS[Health(row.health)], display.TONES.get(row.health, "muted")
