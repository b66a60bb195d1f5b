"""What /metrics tells of the tables, so that every web process tells the same. A handful of cheap queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric

from connectors import connect, registry
from connectors.models import Connection
from orchestrator import backlog, vitals
from orchestrator.act import approvals, stops
from orchestrator.models import Enrolment, Import, OutboxAction

State = OutboxAction.State
OWED = [state.value for state in (State.WAITING, State.PARKED, State.ACCEPTED, State.IN_DOUBT, State.CLAIMED)]
Values = Iterable[tuple[tuple[str, ...], float]]


class Tables:
    """A collector for prometheus_client."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        yield from self._work()
        yield from self._vendors()
        yield from self._system()

    def _work(self) -> Iterator[Metric]:
        queues = backlog.queues(self.now, stops.in_force())
        waiting: Values = [((each.name,), each.waiting) for each in queues]
        yield _gauge("orchestrator_waiting", "Work that could be done now", ["queue"], waiting)
        oldest: Values = [((each.name,), each.age(self.now)) for each in queues]
        yield _gauge("orchestrator_oldest_seconds", "Age of the oldest of it", ["queue"], oldest)
        since = backlog.oldest_by_store(self.now)
        told: Values = [((slug,), self._age(at)) for slug, at in sorted(since.items())]
        yield _gauge(
            "orchestrator_store_oldest_seconds",
            "Age of a client's oldest work, kept back or not",
            ["store"],
            told,
        )
        states = OutboxAction.objects.owed().order_by().values_list("state")
        counted = dict.fromkeys(OWED, 0) | dict(states.annotate(Count("pk")))
        yield _counted("orchestrator_actions", "Effects that are not settled yet", "state", counted)
        running = (
            Enrolment.objects.filter(state=Enrolment.State.WAITING).order_by().values_list("rule__recipe")
        )
        counts: Values = [((recipe,), count) for recipe, count in running.annotate(Count("pk"))]
        yield _gauge("orchestrator_sequences", "Sequences under way", ["recipe"], counts)
        rows = Import.objects.unfinished().select_related("connection__store")
        read: Values = [((each.connection.store.slug, each.kind), each.read) for each in rows]
        yield _gauge("orchestrator_import_read", "Read so far of histories", ["store", "kind"], read)

    def _vendors(self) -> Iterator[Metric]:
        health = vitals.connections_by_health()
        yield _counted("orchestrator_connections", "Connections by health", "health", health)
        down = dict.fromkeys(registry.all_vendors(), 0) | vitals.vendors_down()
        yield _counted("orchestrator_vendor_down", "Accounts whose vendor does not answer", "vendor", down)
        rows = Connection.objects.active().select_related("store").defer("resources", "renewed")
        known = {row.pk: row for row in rows}
        left: Values = [
            ((known[pk].store.slug, known[pk].vendor, bucket.name), each.left / max(1, each.capacity))
            for pk, standing in connect.standings(known.values(), self.now).items()
            for bucket, each in standing.left
        ]
        yield _gauge(
            "orchestrator_budget_left_ratio",
            "Left of our part of a limit that was used lately",
            ["store", "vendor", "limit"],
            left,
        )

    def _system(self) -> Iterator[Metric]:
        beats: Values = [((name,), self._age(at)) for name, at in vitals.beats().items()]
        yield _gauge("orchestrator_heartbeat_seconds", "Since a sign of life", ["part"], beats)
        alive = vitals.alive_by_part(self.now)
        yield _counted("orchestrator_processes", "Processes that live, by what they do", "part", alive)
        asked = approvals.waiting()
        yield _counted("orchestrator_approvals", "Questions that wait for a person's yes", "about", asked)
        found = stops.in_force()
        scopes = {"everything": found.everything, "store": len(found.stores), "rule": len(found.rules)}
        yield _counted("orchestrator_stops", "Kill switches in force", "scope", scopes)
        attention: Values = [((), vitals.open_attention())]
        yield _gauge("orchestrator_attention", "Things that need a person", [], attention)
        try:
            storage = vitals.storage()
        except (DatabaseError, OSError):  # told by what is missing here
            return
        yield _gauge("orchestrator_database_bytes", "Size of the database", [], [((), storage.database)])
        yield _gauge("orchestrator_disk_free_bytes", "Free on its disk", [], [((), storage.free)])

    def _age(self, since: datetime) -> float:
        return round(max(0.0, (self.now - since).total_seconds()), 1)


def _counted(name: str, told: str, label: str, counts: Mapping[str, int]) -> Metric:
    return _gauge(name, told, [label], [((value,), count) for value, count in counts.items()])


def _gauge(name: str, told: str, labels: list[str], values: Values) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for label, value in values:
        family.add_metric(list(label), value)
    return family
