"""The unit of work: all that a batch needs, read in a constant number of queries, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from connectors import shadow
from connectors.models import Connection, Store
from connectors.types import AnySnapshot, OrderSnapshot, ProductSnapshot, ViewSnapshot
from orchestrator.act import outbox, suppressions
from orchestrator.decide import beside, gate, people, predictions, shelf, viewed
from orchestrator.decide.desk import Desk
from orchestrator.decide.echo import Echoes
from orchestrator.decide.enrolments import Enrolments
from orchestrator.decide.heard import Heard
from orchestrator.decide.history import History
from orchestrator.decide.offers import Offers
from orchestrator.decide.once import Onces
from orchestrator.decide.rations import Rations
from orchestrator.decide.reorders import Drafts
from orchestrator.decide.sales import Sales
from orchestrator.decide.shelves import SHELVES, columns, person_of
from orchestrator.decide.wishes import Wishes
from orchestrator.intake import inbox, known, sources
from orchestrator.intake.known import Place
from orchestrator.models import InboxEvent, OutboxAction, RunLogEntry, bulk
from orchestrator.models.mirror import MIRRORS, Mirrored, OfCustomer
from orchestrator.record import attention, runlog
from rules import engine
from rules.compiled import CompiledRule
from rules.engine import Rulebook
from rules.facts import STOCK, windows


class World:
    """What one batch of one store's events sees and changes. Deciding happens on it, in memory."""

    def __init__(self, store: Store, rulebook: Rulebook, now: datetime) -> None:
        self.store = store
        self.rulebook = rulebook
        self.now = now
        self.connections: dict[str, Connection] = {}  # by role
        self.people = people.People(store.pk)
        self.history = History(self.people)
        self.desk = Desk(self.people)
        self.predictions = predictions.of(self.people)
        self.sales = Sales(store.pk, now)
        self.cart_source = ""  # the vendor whose carts count
        self.viewed: dict[str, Place] = {}  # product of each view of the batch
        self.offers = Offers(store.pk, now, self.people)
        self.heard = Heard(store.pk, now, self.people)
        self.held_products: frozenset[str] = frozenset()  # of the batch's carts
        self.wants = rulebook.wants()
        self.beside: World | None = None  # what the rules in shadow see, where some are
        self.ledger = suppressions.Ledger(store.pk, None)
        self.plans: list[OutboxAction] = []
        self.wishes = Wishes()
        self.onces = Onces()
        self.rations = Rations()
        self.enrolments = Enrolments()
        self.entries: list[RunLogEntry] = self.ledger.entries  # one story, in the order it happened
        self.reorders = Drafts(store.pk, self.entries)
        self.echoes = Echoes()
        self.alarms: dict[tuple[str, str], str] = {}  # (code, reference) → sentence
        self._rows: dict[Place, Mirrored] = {}
        self._snapshots: dict[Place, AnySnapshot] = {}
        self._changed: dict[Place, Mirrored] = {}
        self._owners: dict[Place, frozenset[str]] = {}  # the keys of each object's customer

    @classmethod
    def load(
        cls,
        store: Store,
        about: Sequence[tuple[str, AnySnapshot]],
        now: datetime,
        *,
        rulebook: Rulebook | None = None,
        asked: Collection[CompiledRule] = (),
    ) -> World:
        """``about`` are (vendor, snapshot) pairs: what this batch is going to speak of.

        ``asked`` are rules, in versions of their own, that decide now about what they waited for.
        """
        world = cls(store, rulebook or beside.rulebook(store.pk), now)
        world.connections = {row.role: row for row in Connection.objects.filter(store=store, is_enabled=True)}
        world.cart_source = sources.of_carts(world.connections.values())
        world._load_rows((vendor, each.kind, each.id) for vendor, each in about)
        world.viewed = viewed.places(store.pk, (each for _, each in about))
        world._load_rows(world.viewed.values())
        world._load_rows(shelf.of_orders(about) if STOCK in world.wants else ())
        told = list(about) + [(place[0], snapshot) for place, snapshot in world._snapshots.items()]
        world._meet(told, engine.wants(asked))
        world.sales = Sales(store.pk, now, world._products(about))
        references = {f"{vendor}:{each.kind}:{each.id}" for vendor, each in about}
        subjects = {email for _, each in told for email in person_of(each).emails}
        world.echoes.load(store.pk, references, now)
        world.open_books(references, subjects, [each for _, each in told])
        for each in world.rulebook.broken:
            sentence = f"{store}: “{each.name}” cannot run ({each.sentence}) Correct and publish it again."
            world.alarm("rule_broken", sentence, f"rule:{each.rule_id}")
        if rulebook is None and not shadow.is_on():
            world.beside = beside.world(world, references, subjects, [each for _, each in told])
            world.rulebook = world.rulebook.at_work()
        return world

    def open_books(
        self, references: Collection[str], subjects: Collection[str], told: Sequence[AnySnapshot]
    ) -> None:
        """What the rules of this side hold and drafted by now."""
        marketing = self.connections.get("marketing")
        self.ledger = suppressions.Ledger.load(
            self.store.pk, marketing, references=references, subjects=subjects
        )
        self.ledger.entries = self.entries
        self.held_products = shelf.held_products(self.store.pk, told)
        self.reorders = Drafts(self.store.pk, self.entries)
        self.reorders.load(each for each in references if f":{ProductSnapshot.kind}:" in each)

    def _products(self, about: Sequence[tuple[str, AnySnapshot]]) -> set[tuple[str, str]]:
        told = {(vendor, each.id) for vendor, each in about if isinstance(each, ProductSnapshot)}
        return told | {(vendor, id_) for vendor, _, id_ in self.viewed.values()}

    @classmethod
    def blank(cls, store: Store, rulebook: Rulebook, now: datetime) -> World:
        """The same world without tables: for trying a rule out. It is never saved."""
        return cls(store, rulebook, now)

    def _meet(self, told: Sequence[tuple[str, AnySnapshot]], wants: frozenset[str]) -> None:
        """Whose these are; what more is known of these people is read once a rule asks."""
        keys = (key for vendor, each in told for key in people.owners(vendor, each))
        self.people = people.People.load(self.store.pk, keys)
        self.history = History(self.people)
        self.desk = Desk(self.people)
        self.predictions = predictions.of(self.people)
        self.heard = Heard(self.store.pk, self.now, self.people)
        self.wants |= wants
        self.offers = Offers(self.store.pk, self.now, self.people, told, windows(wants))

    def _load_rows(self, places: Iterable[Place]) -> None:
        for place, row in known.rows(self.store.pk, places).items():
            self._rows[place] = row
            self._snapshots[place] = known.snapshot(row)

    def snapshot(self, vendor: str, kind: str, object_id: str) -> AnySnapshot | None:
        return self._snapshots.get((vendor, kind, object_id))

    def put(self, vendor: str, snapshot: AnySnapshot, confirmed_at: datetime) -> None:
        """This is so from now on."""
        place = (vendor, snapshot.kind, snapshot.id)
        row = self._rows.get(place) or MIRRORS[snapshot.kind](
            store=self.store, vendor=vendor, object_id=snapshot.id
        )
        self._owners[place] = people.owners(vendor, snapshot)
        if isinstance(snapshot, ViewSnapshot) and (shop := self.connections.get("storefront")):
            self.viewed.setdefault(snapshot.id, (shop.vendor, ProductSnapshot.kind, snapshot.product_id))
        if isinstance(snapshot, OrderSnapshot):
            self.sales.put(vendor, self._order(place), snapshot)
        self.people.identify(self._owners[place], person_of(snapshot).name[:200], self.now)
        row.source_at = snapshot.source_at
        row.confirmed_at = confirmed_at
        row.body = inbox.write_body(snapshot)
        for name, value in columns(row, self._snapshots.get(place), snapshot).items():
            setattr(row, name, value)
        self._rows[place] = self._changed[place] = row
        self._snapshots[place] = snapshot
        self.desk.put(vendor, snapshot)
        self.predictions.put(vendor, snapshot)
        self.history.put(vendor, snapshot, confirmed_at)

    def _order(self, place: Place) -> OrderSnapshot | None:
        known = self._snapshots.get(place)
        return known if isinstance(known, OrderSnapshot) else None

    def confirm(self, vendor: str, snapshot: AnySnapshot, at: datetime) -> None:
        """The vendor just told the same again: what we know is fresh."""
        place = (vendor, snapshot.kind, snapshot.id)
        row = self._rows.get(place)
        if row is not None and row.confirmed_at < at:
            row.confirmed_at = at
            self._changed[place] = row
            self.history.put(vendor, snapshot, at)

    def on_each_side(self, do: Callable[[World], None]) -> None:
        """For what is so, and for what would be if the rules in shadow were live."""
        do(self)
        if self.beside is not None:
            with shadow.cast():
                do(self.beside)

    def goes_to(self, now: datetime) -> None:
        """It is later. Only before a rule is asked: what is read once one asks is of the time of asking."""
        self.now = self.sales.now = self.offers.now = self.heard.now = now

    def note(self, code: str, **fields: Any) -> None:
        """One line for the run log, written with everything else."""
        self.entries.append(runlog.entry(code, store_id=self.store.pk, **fields))

    def alarm(self, code: str, sentence: str, reference: str) -> None:
        """Something a person has to look at."""
        self.alarms[(code, reference)] = sentence

    def affected(self) -> set[str]:
        """Customers who would be held, or get another state, if this were saved. Then it must not be."""
        states = self.wishes.settle([*self.entries])
        return self.ledger.newly_held() | {row.subject for row in states if row.subject}

    def save(self, events: Sequence[InboxEvent] = ()) -> None:
        """Mirror, ledger, plans, run log and the events' done mark; the caller holds the transaction."""
        for each in self.rulebook.broken if events else ():
            told = {"rule_told": each.name, "why": each.sentence, "count": len(events)}
            self.note("rule_broken", rule=each.name, reference=f"rule:{each.rule_id}", **told)
        self.people.save()
        self._save_rows()
        self.echoes.save(self.now)
        self.on_each_side(World._save_decided)
        for state in {event.state for event in events}:
            alike = [event.pk for event in events if event.state == state]
            InboxEvent.objects.filter(pk__in=alike).update(state=state, decided_at=self.now)

    def _save_decided(self) -> None:
        self.plans += self.wishes.settle(self.entries) + self.onces.settle(self.entries)
        self.plans += self.rations.settle(self)
        limited = gate.pass_through(self)  # a share counts those who are new, too
        self.enrolments.save(self.people, self.entries)
        self.ledger.save(self.now)
        self.reorders.save()
        outbox.plan(self.plans)
        limited.count()
        for (code, reference), sentence in self.alarms.items():
            attention.call(code, sentence, now=self.now, store=self.store, reference=reference)
        self.plans, self.alarms = [], {}

    def _save_rows(self) -> None:
        by_kind: dict[str, list[Mirrored]] = {}
        for place, row in self._changed.items():
            if isinstance(row, OfCustomer) and place in self._owners:  # joins may have happened since
                row.customer = self.people.of(self._owners[place])
            by_kind.setdefault(place[1], []).append(row)
        for kind, rows in by_kind.items():
            owner = ["customer"] if isinstance(rows[0], OfCustomer) else []
            fields = ["source_at", "confirmed_at", "body", *SHELVES[kind].names, *owner]
            bulk.create_or_update(rows, fields, keyed=kind == OrderSnapshot.kind)  # sales name their order
        orders = by_kind.get("order", ())
        self.sales.save({(row.vendor, row.object_id): row for row in orders})
        self._changed = {}
