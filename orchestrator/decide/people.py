"""Who is who: joins what vendors call a customer by shared keys; the smallest key survives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from connectors.types import AnySnapshot, CustomerSnapshot, Person
from orchestrator.decide import shelves
from orchestrator.models import Customer, CustomerKey, Enrolment, bulk
from orchestrator.models.mirror import OF_CUSTOMERS

FOLLOWING: tuple[type[Model], ...] = (*OF_CUSTOMERS, Enrolment)  # whose rows belong to a person


def keys_of(vendor: str, person: Person) -> frozenset[str]:
    """Vendor id and normalised e-mails. A phone alone never joins."""
    keys = {f"email:{email}" for email in person.emails}
    if person.id:
        keys.add(f"{vendor}:{person.id}")
    return frozenset(keys)


def owners(vendor: str, snapshot: AnySnapshot) -> frozenset[str]:
    """The keys of whoever this object belongs to. A record that was merged away belongs to its heir."""
    keys = keys_of(vendor, shelves.person_of(snapshot))
    if isinstance(snapshot, CustomerSnapshot):
        keys |= {f"{vendor}:{each}" for each in (snapshot.id, snapshot.merged_into) if each}
    return keys


class People:
    """The customers of one batch: loaded in one query, joined in memory, written in bulk."""

    def __init__(self, store_id: int) -> None:
        self.store_id = store_id
        self._by_key: dict[str, Customer] = {}
        self._names: defaultdict[int, set[str]] = defaultdict(set)  # the same the other way, by id(person)
        self._keys: dict[str, CustomerKey] = {}
        self._new_keys: list[CustomerKey] = []
        self._new: dict[str, Customer] = {}
        self._renamed: dict[int, Customer] = {}
        self._merged: list[tuple[Customer, Customer]] = []

    @classmethod
    def load(cls, store_id: int, keys: Iterable[str]) -> People:
        people = cls(store_id)
        rows = CustomerKey.objects.filter(store_id=store_id, value__in=set(keys)).select_related("customer")
        persons: dict[int, Customer] = {}  # one object a person, however many keys name them
        for row in rows:
            person = persons.setdefault(row.customer_id, row.customer)
            people._by_key[row.value] = person
            people._names[id(person)].add(row.value)
            people._keys[row.value] = row
        return people

    def identify(self, keys: frozenset[str], name: str, now: datetime) -> Customer | None:
        """The one person with any of these keys; several become one."""
        if not keys:
            return None
        found = {id(row): row for key in keys if (row := self._by_key.get(key))}
        known = sorted(found.values(), key=lambda row: row.key)
        person = known[0] if known else self._create(min(keys), name, now)
        for other in known[1:]:
            self._join(person, other)
        self._learn(person, keys, name, now)
        return person

    def of(self, keys: frozenset[str]) -> Customer | None:
        """Whom these keys belong to after all joins."""
        return self._by_key[min(keys)] if keys else None

    def names_of(self, person: Customer) -> list[str]:
        """Every key under which this batch knows this person, in one order."""
        return sorted(self._names[id(person)])

    def everybody(self) -> list[int]:
        """The stored people of this batch, by primary key."""
        return sorted({row.pk for row in self._by_key.values() if row.pk} | {*self._absorbed()})

    def rows_of(self, person: Customer) -> set[int]:
        """The primary keys under which this person's things are stored until the joins are written."""
        return {pk for pk in (person.pk, *self._absorbed(person)) if pk}

    def _absorbed(self, person: Customer | None = None) -> list[int]:
        return [row.pk for to, row in self._merged if row.pk and person in (None, to)]

    def _create(self, key: str, name: str, now: datetime) -> Customer:
        person = Customer(store_id=self.store_id, key=key, name=name, updated_at=now)
        self._new[key] = person
        return person

    def _join(self, person: Customer, other: Customer) -> None:
        names = self._names.pop(id(other), set())
        self._names[id(person)] |= names
        self._by_key |= dict.fromkeys(names, person)
        # Who was joined to the other belongs to this person now; the other may never have been stored.
        self._merged = [(person if to is other else to, row) for to, row in self._merged]
        self._merged.append((person, other))

    def _learn(self, person: Customer, keys: frozenset[str], name: str, now: datetime) -> None:
        self._names[id(person)] |= keys
        for key in keys:
            self._by_key[key] = person
            if key not in self._keys:
                self._keys[key] = CustomerKey(store_id=self.store_id, value=key)
                self._new_keys.append(self._keys[key])
        smallest = min(person.key, *keys)
        if smallest != person.key or (name and name != person.name):
            person.key, person.name, person.updated_at = smallest, name or person.name, now
            if person.pk:
                self._renamed[person.pk] = person

    def save(self) -> None:
        """Write new people, new keys and joins; the caller holds the transaction."""
        gone = {id(other) for _, other in self._merged}
        Customer.objects.bulk_create([row for row in self._new.values() if id(row) not in gone])
        for person, other in self._merged:
            if other.pk:
                CustomerKey.objects.filter(customer=other).update(customer=person)
                for table in FOLLOWING:
                    table._base_manager.filter(customer=other).update(customer=person)  # in shadow too
                other.delete()
                self._renamed.pop(other.pk, None)
        bulk.create_or_update(self._renamed.values(), ["key", "name", "updated_at"])
        for row in self._new_keys:
            row.customer = self._by_key[row.value]
        bulk.append(self._new_keys, ignore_conflicts=True)
        self._new, self._renamed, self._merged, self._new_keys = {}, {}, [], []
