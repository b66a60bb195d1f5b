"""What waits at each connection, and since when: four questions, however many connections there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Count, Min, QuerySet

from connectors.models import Connection
from orchestrator.models import Delivery, InboxEvent, OutboxAction, VendorState


class Waiting(msgspec.Struct, frozen=True):
    """Work of one kind at one connection. ``since`` is when it could first have been done."""

    what: str
    count: int
    since: datetime


def by_connection(connections: Iterable[Connection], now: datetime) -> Mapping[int, list[Waiting]]:
    """What is due or kept back; what is planned for later does not wait yet."""
    ids = [each.pk for each in connections]
    found: defaultdict[int, list[Waiting]] = defaultdict(list)
    for what, rows, since in _kinds(now):
        counted = rows.filter(connection__in=ids).order_by().values_list("connection")
        for pk, count, first in counted.annotate(Count("pk"), Min(since)):
            found[pk].append(Waiting(what, count, first))
    return found


def _kinds(now: datetime) -> list[tuple[str, QuerySet[Any, Any], str]]:
    return [
        ("deliveries", Delivery.objects.filter(state=Delivery.State.NEW), "received_at"),
        ("events", InboxEvent.objects.filter(state=InboxEvent.State.NEW), "received_at"),
        ("effects", OutboxAction.objects.owed().filter(planned_for__lte=now), "planned_for"),
        (
            "holds",
            VendorState.objects.filter(state=VendorState.State.PENDING, due_at__isnull=False),
            "changed_at",
        ),
    ]
