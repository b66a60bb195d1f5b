"""The front page: what is well, what needs a person, and every client at a glance.

Figures come from short spans of indexed columns and from small tables; nothing counts the whole log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Count, OuterRef, QuerySet, Subquery

from connectors.models import Connection, Store
from orchestrator.admin import chart, display, places, scope, waiting
from orchestrator.models import Attention, OutboxAction, RunLogEntry, Suppression

SHOWN = 8  # lines of "Needs attention"
Health = Connection.Health
MARKS = {Health.HEALTHY: "✓", Health.ATTENTION: "✕", Health.WAITING: "…", Health.UNTESTED: "?"}


class Card(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    value: str
    note: str = ""
    tone: str = ""
    url: str = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    sentence: str
    since: str
    url: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One client."""

    store: Store
    connections: list[tuple[str, str, str, str]]  # label, mark, tone, address
    suppressed: int
    failures: int
    failures_url: str
    last_event: str


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    cards: list[Card]
    chart: chart.Chart
    needs: list[Need]
    more_needs: int
    backlog: list[waiting.Line]
    lines: list[Line]


def build(user: Any, now: datetime) -> Dashboard:
    stores = list(_stores(user, now))
    connections = _connections(stores)
    entries = scope.limit(RunLogEntry.objects.all(), "store", user)
    open_causes = _suppressed(stores)
    failures = _failures(entries, now)
    needs = list(scope.limit(Attention.objects.open(), "store", user).order_by("since", "id")[:50])
    return Dashboard(
        cards=[
            _healthy(connections),
            _card("Suppressed now", sum(open_causes.values()), Suppression, note="by at least one cause"),
            _card(
                "Events, last hour",
                _events(entries, now),
                RunLogEntry,
                filters={"kind__exact": "event", "last": "1h"},
            ),
            _failed(failures),
            _waiting(user, now),
        ],
        chart=chart.build(entries, now),
        needs=[
            Need(sentence=row.sentence, since=display.ago(row.since, now), url=places.fix_url(row))
            for row in needs[:SHOWN]
        ],
        more_needs=len(needs) - SHOWN,
        backlog=waiting.board(
            [row for found in connections.values() for row in found],
            {store.pk: store.name for store in stores},
            now,
        ),
        lines=[_line(store, connections, open_causes, failures, now) for store in stores],
    )


def _stores(user: Any, now: datetime) -> QuerySet[Store]:
    """With the moment of each one's last event, looked for within a month."""
    events = RunLogEntry.objects.filter(
        store=OuterRef("pk"), kind=RunLogEntry.Kind.EVENT, at__gte=now - timedelta(days=30)
    )
    newest = events.order_by("-at", "-id").values("at")[:1]
    return Store.objects.visible_to(user).annotate(heard=Subquery(newest)).order_by("name", "id")


def _connections(stores: Iterable[Store]) -> Mapping[int, list[Connection]]:
    found = defaultdict(list)
    fields = ("store_id", "vendor", "health", "error_code", "is_enabled")
    for row in Connection.objects.filter(store__in=stores).only(*fields).order_by("vendor"):
        found[row.store_id].append(row)
    return found


def _suppressed(stores: Iterable[Store]) -> Counter[int]:
    people = Suppression.objects.open().filter(subject_kind=Suppression.SubjectKind.CUSTOMER)
    counted = people.filter(store__in=stores).values("store_id").order_by()
    return Counter(
        dict(counted.annotate(subjects=Count("subject", distinct=True)).values_list("store_id", "subjects"))
    )


def _events(entries: QuerySet[RunLogEntry], now: datetime) -> int:
    return entries.filter(kind=RunLogEntry.Kind.EVENT, at__gte=now - timedelta(hours=1)).count()


def _failures(entries: QuerySet[RunLogEntry], now: datetime) -> Counter[tuple[int | None, str]]:
    recent = entries.filter(outcome=RunLogEntry.Outcome.FAILED, at__gte=now - timedelta(hours=24))
    counted = recent.order_by().values("store_id", "kind").annotate(count=Count("pk"))
    return Counter({(row["store_id"], row["kind"]): row["count"] for row in counted})


def _healthy(connections: Mapping[int, list[Connection]]) -> Card:
    rows = [row for found in connections.values() for row in found if row.is_enabled]
    healthy = sum(row.health == Health.HEALTHY for row in rows)
    failing = sum(row.health == Health.ATTENTION for row in rows)
    return Card(
        label="Connections healthy",
        value=f"{healthy} of {len(rows)}",
        note=f"{failing} failing" if failing else "none failing",
        tone="bad" if failing else "",
        url=places.list_url(Connection),
    )


def _card(
    label: str, count: int, model: Any, *, note: str = "", filters: Mapping[str, str] | None = None
) -> Card:
    return Card(label=label, value=f"{count:,}", note=note, url=places.list_url(model, **(filters or {})))


def _failed(failures: Counter[tuple[int | None, str]]) -> Card:
    count = sum(number for (_, kind), number in failures.items() if kind == RunLogEntry.Kind.ACTION)
    return Card(
        label="Failed actions, 24 h",
        value=f"{count:,}",
        note="see each in the run log" if count else "none",
        tone="bad" if count else "",
        url=places.list_url(RunLogEntry, outcome__exact="failed", kind__exact="action", last="24h"),
    )


def _waiting(user: Any, now: datetime) -> Card:
    waiting = scope.limit(OutboxAction.objects.owed(), "store", user)
    late = now - timedelta(minutes=5)
    due = waiting.values_list("due_at", flat=True).order_by("due_at", "id")
    first = due.first()
    return Card(
        label="Waiting actions",
        value=f"{waiting.count():,}",
        note="" if first is None else "overdue" if first < late else f"next due {first:%H:%M} UTC",
        tone="warn" if first is not None and first < late else "",
        url=places.list_url(OutboxAction),
    )


def _line(
    store: Any,
    connections: Mapping[int, list[Connection]],
    suppressed: Counter[int],
    failures: Counter[tuple[int | None, str]],
    now: datetime,
) -> Line:
    return Line(
        store=store,
        connections=[
            (row.label, *_mark(row), places.change_url(row)) for row in connections.get(store.pk, [])
        ],
        suppressed=suppressed[store.pk],
        failures=sum(number for (owner, _), number in failures.items() if owner == store.pk),
        failures_url=places.list_url(RunLogEntry, client=store.pk, outcome__exact="failed", last="24h"),
        last_event=display.ago(store.heard, now),
    )


def _mark(row: Connection) -> tuple[str, str]:
    if not row.is_enabled:
        return "off", "muted"
    return MARKS[Health(row.health)], display.TONES.get(row.health, "muted")
