"""What the people of a batch bought so far: read once for all of them, kept right while the batch goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from connectors.types import AnySnapshot, CustomerSnapshot, OrderSnapshot, Person
from orchestrator.decide import people, shelves
from orchestrator.intake import inbox
from orchestrator.models import Customer, CustomerRecord, Order
from rules.purchases import Bought, Numbers, Recorded, Story, numbers, story

Place = tuple[str, str]  # vendor and object id
Standing = Order.Standing


class Told(NamedTuple):
    owner: str  # the smallest key of whoever it belongs to
    snapshot: AnySnapshot
    read_at: datetime


class History:
    """Orders and records of the batch's people. Nothing is read until a rule asks."""

    def __init__(self, who: people.People) -> None:
        self._people = who
        self._told: dict[Place, Told] = {}  # in this batch
        self._places: defaultdict[str, dict[Place, None]] = defaultdict(dict)  # by the owner's smallest key

    def put(self, vendor: str, snapshot: AnySnapshot, read_at: datetime) -> None:
        if isinstance(snapshot, OrderSnapshot | CustomerSnapshot):
            owner = min(people.owners(vendor, snapshot), default="")
            place = (f"{vendor}:{snapshot.kind}", snapshot.id)
            if place in self._told:
                del self._places[self._told[place].owner][place]
            self._places[owner][place] = None
            self._told[place] = Told(owner, snapshot, read_at)

    def numbers(self, vendor: str, person: Person) -> Numbers:
        customer = self._people.of(people.keys_of(vendor, person))
        if customer is None:
            return Numbers(0, {})
        return numbers(self._orders(customer), self._recorded(customer))

    def story(self, vendor: str, person: Person) -> Story:
        customer = self._people.of(people.keys_of(vendor, person))
        return story(self._orders(customer), self._recorded(customer)) if customer else Story()

    def record(self, vendor: str, person: Person) -> CustomerSnapshot | None:
        """The newest storefront record of a person."""
        customer = self._people.of(people.keys_of(vendor, person))
        if customer is None:
            return None
        records = (record for record, _ in self._records(customer))
        return max(records, key=lambda each: (each.source_at, each.id), default=None)

    def _orders(self, customer: Customer) -> Iterator[Bought]:
        for pk in self._people.rows_of(customer):
            for place, bought in self._stored_orders[pk]:
                if place not in self._told:
                    yield bought
        for told, _ in self._newest(customer):
            if isinstance(told, OrderSnapshot) and shelves.standing(told) != Standing.LEFT_OUT:
                yield _bought(shelves.SHELVES["order"].columns(told), told.source_at)

    def _recorded(self, customer: Customer) -> Iterator[Recorded]:
        for each, read_at in self._records(customer):
            if each.order_count is not None and each.spent is not None:
                last = max(each.source_at, read_at)
                yield Recorded(last, each.order_count, each.spent.amount, each.spent.currency)

    def _records(self, customer: Customer) -> Iterator[tuple[CustomerSnapshot, datetime]]:
        for pk in self._people.rows_of(customer):
            for place, record, read_at in self._stored_records[pk]:
                if place not in self._told:
                    yield record, read_at
        for told, read_at in self._newest(customer):
            if isinstance(told, CustomerSnapshot) and not told.is_gone:
                yield told, read_at

    def _newest(self, customer: Customer) -> Iterator[tuple[AnySnapshot, datetime]]:
        for name in self._people.names_of(customer):
            for place in self._places.get(name, ()):
                yield self._told[place].snapshot, self._told[place].read_at

    @cached_property
    def _stored_orders(self) -> dict[int, list[tuple[Place, Bought]]]:
        found: defaultdict[int, list[tuple[Place, Bought]]] = defaultdict(list)
        rows = Order.objects.filter(customer__in=self._people.everybody()).exclude(standing=Standing.LEFT_OUT)
        named = ("customer_id", "vendor", "object_id", "source_at", *shelves.SHELVES["order"].names)
        for row in rows.values(*named):
            place = (f"{row['vendor']}:order", row["object_id"])
            found[row["customer_id"]].append((place, _bought(row, row["source_at"])))
        return found

    @cached_property
    def _stored_records(self) -> dict[int, list[tuple[Place, CustomerSnapshot, datetime]]]:
        found: defaultdict[int, list[tuple[Place, CustomerSnapshot, datetime]]] = defaultdict(list)
        rows = CustomerRecord.objects.filter(customer__in=self._people.everybody())
        columns = ("customer_id", "vendor", "object_id", "body", "confirmed_at")
        for owner, vendor, object_id, body, read_at in rows.values_list(*columns):
            record = inbox.read_body(bytes(body))
            if isinstance(record, CustomerSnapshot) and not record.is_gone:
                found[owner].append(((f"{vendor}:customer", object_id), record, read_at))
        return found


def _bought(row: Mapping[str, Any], changed_at: datetime) -> Bought:
    """From the columns of the mirror, stored or just told."""
    return Bought(
        row["placed_at"],
        _plain(row["total"]),
        row["currency"],
        row["standing"] == Standing.COUNTED,
        _plain(row["refunded"]),
        changed_at,
        row["status"],
        row["country"],
        row["region"],
    )


def _plain(amount: Decimal) -> Decimal:
    """The same whether it was just told or is stored: tables keep four places, and 700.0000 is 700."""
    return Decimal(f"{amount.normalize():f}")
