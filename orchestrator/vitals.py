"""How the work goes, read from the tables in a handful of cheap queries: backlog, ages, signs of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from connectors.models import Connection, VendorAccount
from orchestrator.models import Attention, Delivery, Heartbeat, InboxEvent, OutboxAction, VendorState

WORKER, BEAT = "worker", "beat"


@dataclass(frozen=True, slots=True)
class Queue:
    """Work that could be done now, and since when."""

    name: str
    waiting: int
    since: datetime | None

    def age(self, now: datetime) -> float:
        return round(max(0.0, (now - self.since).total_seconds()), 1) if self.since else 0.0


def queues(now: datetime) -> list[Queue]:
    """What waits for a vendor, or for a person to mend a connection, is not counted as late."""
    due = Q(due_at__lte=now) & _able()
    return [
        _queue("deliveries", Delivery.objects.filter(due, state=Delivery.State.NEW), "due_at"),
        _queue("events", InboxEvent.objects.filter(state=InboxEvent.State.NEW), "received_at"),
        _queue("actions", OutboxAction.objects.owed().filter(due), "due_at"),
        _queue("vendor_states", VendorState.objects.filter(due), "due_at"),
    ]


def beats() -> dict[str, datetime]:
    return dict(Heartbeat.objects.values_list("name", "beat_at"))


def beat(name: str, now: datetime) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def connections_by_health() -> dict[str, int]:
    counts = Connection.objects.active().values_list("health").annotate(Count("pk"))
    return dict.fromkeys(Connection.Health.values, 0) | dict(counts)


def vendors_down() -> dict[str, int]:
    """Accounts that nobody calls for now, by vendor."""
    rows = VendorAccount.objects.filter(down_since__isnull=False).values_list("vendor")
    return dict(rows.annotate(Count("pk")))


def open_attention() -> int:
    return Attention.objects.open().count()


def _able() -> Q:
    return Q(connection__is_enabled=True) & ~Q(connection__health=Connection.Health.ATTENTION)


def _queue(name: str, rows: QuerySet[Any, Any], since: str) -> Queue:
    found = rows.aggregate(waiting=Count("pk"), since=Min(since))
    return Queue(name, found["waiting"], found["since"])
