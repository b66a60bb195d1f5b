"""What the people of a batch have open of one kind, such as tickets: read once a rule asks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from connectors.types import AnySnapshot, Person
from orchestrator.decide import people
from orchestrator.intake import inbox
from orchestrator.models.mirror import OfCustomer

Place = tuple[str, str]  # vendor and object id
S = TypeVar("S", bound=AnySnapshot)


class Belongings(Generic[S]):
    """Stored and just told; one query for all of them. ``stored`` picks the rows that are open."""

    def __init__(
        self,
        who: people.People,
        kind: type[S],
        table: type[OfCustomer],
        is_open: Callable[[S], bool],
        stored: Mapping[str, Any],
    ) -> None:
        self._people = who
        self._kind, self._table = kind, table
        self._is_open, self._columns = is_open, stored
        self._told: dict[Place, tuple[frozenset[str], S]] = {}

    def put(self, vendor: str, snapshot: AnySnapshot) -> None:
        if isinstance(snapshot, self._kind):
            self._told[(vendor, snapshot.id)] = (people.owners(vendor, snapshot), snapshot)

    def of(self, vendor: str, person: Person) -> tuple[S, ...]:
        """Those of this person, whichever tool the question comes from; in one order."""
        customer = self._people.of(people.keys_of(vendor, person))
        if customer is None:
            return ()
        told = [each for keys, each in self._told.values() if keys and self._people.of(keys) is customer]
        stored = [
            each
            for pk in self._people.rows_of(customer)
            for place, each in self._stored[pk]
            if place not in self._told
        ]
        return tuple(
            sorted((each for each in told + stored if self._is_open(each)), key=lambda each: each.id)
        )

    @cached_property
    def _stored(self) -> dict[int, list[tuple[Place, S]]]:
        found: defaultdict[int, list[tuple[Place, S]]] = defaultdict(list)
        rows = self._table._default_manager.filter(customer__in=self._people.everybody(), **self._columns)
        for owner, vendor, object_id, body in rows.values_list("customer_id", "vendor", "object_id", "body"):
            told = inbox.read_body(bytes(body))
            if isinstance(told, self._kind):
                found[owner].append(((vendor, object_id), told))
        return found
