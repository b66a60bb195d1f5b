"""What waits to be done, defined once: counted as a whole, for each client, and at each connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db.models import Count, Min, Q, QuerySet, Value

from connectors.models import Connection, Store
from orchestrator.act import stops
from orchestrator.models import Delivery, Enrolment, InboxEvent, OutboxAction, Suppression, VendorState
from rules.models import Rule

PARKED = OutboxAction.State.PARKED  # waits for a person
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
WORDS = {
    "deliveries": ("delivery to read", "deliveries to read"),
    "events": ("event to decide", "events to decide"),
    "actions": ("effect due", "effects due"),
    "vendor_states": ("hold or release pending", "holds or releases pending"),
    "steps": ("step due", "steps due"),
}


class Kind(msgspec.Struct, frozen=True):
    """One kind of work. ``since`` is the field that says when it could first have been done."""

    name: str
    rows: QuerySet[Any, Any]
    since: str
    due: str  # the field that says when it is tried next
    rule: str = ""


class Queue(msgspec.Struct, frozen=True):
    """Work of one kind, and since when the oldest of it waits."""

    name: str
    waiting: int
    since: datetime | None

    def age(self, now: datetime) -> float:
        return round(max(0.0, (now - self.since).total_seconds()), 1) if self.since else 0.0


class Waiting(msgspec.Struct, frozen=True):
    """Work of one kind at one connection."""

    what: str
    count: int
    since: datetime


class Steps(msgspec.Struct, frozen=True):
    """Steps of one rule's sequences that are due. ``tried_at``: when the first of them is looked at next."""

    rule: int
    count: int
    since: datetime
    tried_at: datetime


def kinds(now: datetime) -> list[Kind]:
    """All work whose time has come, whatever keeps it back.

    What always is so of a delivery and of a wish is asked too: else a database without statistics would count
    through all that a connection ever had, though there are indexes of what is unread and of what is due.
    """
    unread = Delivery.objects.filter(state=Delivery.State.NEW, due_at__gt=LONG_AGO)
    due = VendorState.objects.filter(due_at__isnull=False).values("pk")
    return [
        Kind("deliveries", unread, "received_at", "due_at"),
        Kind("events", InboxEvent.objects.filter(state=InboxEvent.State.NEW), "received_at", "received_at"),
        Kind(
            "actions",
            OutboxAction.objects.owed().filter(planned_for__lte=now).exclude(state=PARKED),
            "planned_for",
            "due_at",
            "rule",
        ),
        Kind(
            "vendor_states",
            VendorState.objects.filter(state=VendorState.State.PENDING, pk__in=due),
            "changed_at",
            "due_at",
        ),
    ]


def queues(now: datetime, in_force: stops.InForce) -> list[Queue]:
    """What could be done at this moment: not what waits for a vendor, for a person, or for a stop."""
    able = [_queue(kind.name, kind.rows.filter(_able(kind, now, in_force)), kind.due) for kind in kinds(now)]
    free = _steps(now).exclude(rule__mode=Rule.Mode.PAUSED).filter(in_force.free("store", "rule"))
    return [*able, _queue("steps", free.filter(due_at__lte=now), "due_at")]


def _steps(now: datetime) -> QuerySet[Enrolment]:
    """Steps of sequences belong to a client, not to a connection: deciding one may read several tools."""
    return Enrolment.objects.to_take().filter(planned_for__lte=now)


def steps_by_rule(rules: QuerySet[Rule], now: datetime) -> list[Steps]:
    """Of these rules, the one that waits longest first; one question, however many there are."""
    rows = _steps(now).filter(rule__in=rules).order_by().values_list("rule")
    found = rows.annotate(Count("pk"), Min("planned_for"), Min("due_at"))
    return sorted((Steps(*row) for row in found), key=lambda each: (each.since, each.rule))


def by_connection(connections: Iterable[Connection], now: datetime) -> Mapping[int, list[Waiting]]:
    """One question of four parts, however many connections there are."""
    ids = [each.pk for each in connections]
    found: defaultdict[int, list[Waiting]] = defaultdict(list)
    parts = [
        kind.rows.filter(connection__in=ids)
        .order_by()
        .values("connection")
        .annotate(place=Value(place), count=Count("pk"), first=Min(kind.since))
        .values_list("connection", "place", "count", "first")
        for place, kind in enumerate(kinds(now))
    ]
    names = [kind.name for kind in kinds(now)]
    rows = parts[0].union(*parts[1:], all=True) if ids else ()
    for pk, place, count, first in sorted(rows):
        found[pk].append(Waiting(names[place], count, first))
    return found


def oldest_by_store(now: datetime) -> Mapping[str, datetime]:
    """Short name of a client → since when its oldest work waits. Clients without any are left out."""
    found: dict[str, datetime] = {}
    for kind in kinds(now):
        rows = kind.rows.order_by().values_list("connection__store__slug")
        for slug, first in rows.annotate(Min(kind.since)):
            found[slug] = min(first, found.get(slug, first))
    steps = _steps(now).order_by().values_list("store__slug")
    for slug, first in steps.annotate(Min("planned_for")):
        found[slug] = min(first, found.get(slug, first))
    return found


def of(now: datetime, *, store: Store | None = None, rule: Rule | None = None) -> Mapping[str, int]:
    """What a stop of this rule, this client, or of everything keeps back."""
    found = {}
    for kind in kinds(now):
        if kind.name in ("actions", "vendor_states"):
            rows = kind.rows.filter(connection__store=store) if store else kind.rows
            found[kind.name] = _of_rule(kind, rows, rule).count() if rule else rows.count()
    return found


def told(what: str, count: int) -> str:
    return f"{count:,} {WORDS[what][count != 1]}"


def _queue(name: str, rows: QuerySet[Any, Any], since: str) -> Queue:
    found = rows.aggregate(waiting=Count("pk"), since=Min(since))
    return Queue(name, found["waiting"], found["since"])


def _of_rule(kind: Kind, rows: QuerySet[Any, Any], rule: Rule) -> QuerySet[Any, Any]:
    if kind.rule:
        return rows.filter(rule=rule)
    held = Suppression.objects.open().filter(rule=rule).values("subject")
    return rows.filter(wanted=True, subject__in=held)


def _able(kind: Kind, now: datetime, in_force: stops.InForce) -> Q:
    able = Q(**{f"{kind.due}__lte": now})
    if kind.name == "events":
        return able  # deciding needs no vendor
    working = Q(connection__is_enabled=True) & ~Q(connection__health=Connection.Health.ATTENTION)
    if kind.name == "deliveries":
        return able & working  # reading goes on while a stop is in force
    return able & working & in_force.free("connection__store", kind.rule)
