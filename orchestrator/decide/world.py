"""The unit of work: all that a batch needs, read in a constant number of queries, written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from connectors.models import Connection, Store
from connectors.types import AnySnapshot, Person, ProductSnapshot, TicketSnapshot
from orchestrator.act import outbox, suppressions
from orchestrator.decide import people
from orchestrator.decide.reorders import Drafts
from orchestrator.intake import inbox
from orchestrator.models import InboxEvent, OutboxAction, RunLogEntry, Ticket, bulk
from orchestrator.record import attention, runlog
from rules import publish
from rules.engine import Rulebook


class World:
    """What one batch of one store's events sees and changes. Deciding happens on it, in memory."""

    def __init__(self, store: Store, rulebook: Rulebook, now: datetime) -> None:
        self.store = store
        self.rulebook = rulebook
        self.now = now
        self.connections: dict[str, Connection] = {}  # by role
        self.tickets: dict[tuple[str, str], Ticket] = {}
        self.people = people.People(store.pk)
        self.ledger = suppressions.Ledger(store.pk, None)
        self.plans: list[OutboxAction] = []
        self.entries: list[RunLogEntry] = self.ledger.entries  # one story, in the order it happened
        self.reorders = Drafts(store.pk, self.entries)
        self.alarms: dict[tuple[str, str], str] = {}  # (code, reference) → sentence
        self._snapshots: dict[tuple[str, str], TicketSnapshot] = {}
        self._changed: dict[tuple[str, str], Ticket] = {}
        self._owners: dict[tuple[str, str], frozenset[str]] = {}  # the keys of each ticket's customer

    @classmethod
    def load(
        cls,
        store: Store,
        about: Sequence[tuple[str, AnySnapshot]],
        now: datetime,
        *,
        rulebook: Rulebook | None = None,
    ) -> World:
        """``about`` are (vendor, snapshot) pairs: what this batch is going to speak of."""
        world = cls(store, rulebook or publish.compiled_for([store.pk])[store.pk], now)
        world.connections = {row.role: row for row in Connection.objects.filter(store=store, is_enabled=True)}
        world._load_tickets(about)
        known = list(about) + [(key[0], snapshot) for key, snapshot in world._snapshots.items()]
        persons = [(vendor, _person(each)) for vendor, each in known]
        world.people = people.People.load(
            store.pk, (key for vendor, person in persons for key in people.keys_of(vendor, person))
        )
        world.ledger = suppressions.Ledger.load(
            store.pk,
            world.connections.get("marketing"),
            references={f"{vendor}:{each.kind}:{each.id}" for vendor, each in about},
            subjects={email for _, person in persons for email in person.emails},
        )
        world.ledger.entries = world.entries
        world.reorders.load(
            f"{vendor}:{each.kind}:{each.id}" for vendor, each in about if isinstance(each, ProductSnapshot)
        )
        for each in world.rulebook.broken:
            sentence = f"{store}: “{each.name}” cannot run ({each.sentence}) Correct and publish it again."
            world.alarm("rule_broken", sentence, f"rule:{each.rule_id}")
        return world

    @classmethod
    def blank(cls, store: Store, rulebook: Rulebook, now: datetime) -> World:
        """The same world without tables: for trying a rule out. It is never saved."""
        return cls(store, rulebook, now)

    def _load_tickets(self, about: Iterable[tuple[str, AnySnapshot]]) -> None:
        ids = {each.id for _, each in about if isinstance(each, TicketSnapshot)}
        for row in Ticket.objects.filter(store=self.store, object_id__in=ids):
            key = (row.vendor, row.object_id)
            self.tickets[key] = row
            snapshot = inbox.read_body(bytes(row.body))
            if isinstance(snapshot, TicketSnapshot):
                self._snapshots[key] = snapshot

    def snapshot(self, vendor: str, kind: str, object_id: str) -> AnySnapshot | None:
        return self._snapshots.get((vendor, object_id)) if kind == "ticket" else None

    def put(self, vendor: str, snapshot: AnySnapshot, confirmed_at: datetime) -> None:
        """This is so from now on."""
        if not isinstance(snapshot, TicketSnapshot):
            return
        key = (vendor, snapshot.id)
        row = self.tickets.get(key) or Ticket(store=self.store, vendor=vendor, object_id=snapshot.id)
        person = snapshot.customer
        self._owners[key] = people.keys_of(vendor, person)
        self.people.identify(self._owners[key], person.name[:200], self.now)
        row.needs_care = snapshot.needs_care
        row.source_at = snapshot.source_at
        row.confirmed_at = confirmed_at
        row.body = inbox.write_body(snapshot)
        self.tickets[key] = self._changed[key] = row
        self._snapshots[key] = snapshot

    def confirm(self, vendor: str, object_id: str, at: datetime) -> None:
        """The vendor just told the same again: what we know is fresh."""
        row = self.tickets.get((vendor, object_id))
        if row is not None and row.confirmed_at < at:
            row.confirmed_at = at
            self._changed[(vendor, object_id)] = row

    def note(self, code: str, **fields: Any) -> None:
        """One line for the run log, written with everything else."""
        self.entries.append(runlog.entry(code, store_id=self.store.pk, **fields))

    def alarm(self, code: str, sentence: str, reference: str) -> None:
        """Something a person has to look at."""
        self.alarms[(code, reference)] = sentence

    def save(self, events: Sequence[InboxEvent] = ()) -> None:
        """Mirror, ledger, plans, run log and the events' done mark; the caller holds the transaction."""
        self.people.save()
        self._save_tickets()
        self.ledger.save(self.now)
        self.reorders.save()
        outbox.plan(self.plans)
        for state in {event.state for event in events}:
            alike = [event.pk for event in events if event.state == state]
            InboxEvent.objects.filter(pk__in=alike).update(state=state, decided_at=self.now)
        for (code, reference), sentence in self.alarms.items():
            attention.call(code, sentence, now=self.now, store=self.store, reference=reference)
        self.plans, self.alarms = [], {}

    def _save_tickets(self) -> None:
        for key, row in self._changed.items():
            if key in self._owners:  # joins may have happened since
                row.customer = self.people.of(self._owners[key])
        rows = self._changed.values()
        bulk.create_or_update(rows, ["customer", "needs_care", "source_at", "confirmed_at", "body"])
        self._changed = {}


def _person(snapshot: AnySnapshot) -> Person:
    return snapshot.customer if isinstance(snapshot, TicketSnapshot) else snapshot.person
