"""What the people of a batch have open in the helpdesk, and what it calls them: read once a rule asks."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from connectors.types import AnySnapshot, Person, TicketSnapshot
from orchestrator.decide import people
from orchestrator.intake import inbox
from orchestrator.models import CustomerKey, Ticket

Place = tuple[str, str]  # vendor and object id


class Desk:
    """Tickets that wait, stored and just told; one query each for all people of the batch."""

    def __init__(self, who: people.People) -> None:
        self._people = who
        self._told: dict[Place, tuple[frozenset[str], TicketSnapshot]] = {}

    def put(self, vendor: str, snapshot: AnySnapshot) -> None:
        if isinstance(snapshot, TicketSnapshot):
            self._told[(vendor, snapshot.id)] = (people.owners(vendor, snapshot), snapshot)

    def open_tickets(self, vendor: str, person: Person) -> tuple[TicketSnapshot, ...]:
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
        return tuple(sorted((each for each in told + stored if each.needs_care), key=lambda each: each.id))

    def ids(self, vendor: str, person: Person, helpdesk: str) -> tuple[str, ...]:
        """What the helpdesk calls this person; several where it has them more than once."""
        customer = self._people.of(people.keys_of(vendor, person))
        if customer is None:
            return ()
        keys = set(self._people.names_of(customer))
        keys |= {key for pk in self._people.rows_of(customer) for key in self._keys[pk]}
        prefix = f"{helpdesk}:"
        return tuple(sorted(key.removeprefix(prefix) for key in keys if key.startswith(prefix)))

    @cached_property
    def _stored(self) -> dict[int, list[tuple[Place, TicketSnapshot]]]:
        found: defaultdict[int, list[tuple[Place, TicketSnapshot]]] = defaultdict(list)
        rows = Ticket.objects.filter(customer__in=self._people.everybody(), needs_care=True)
        for owner, vendor, object_id, body in rows.values_list("customer_id", "vendor", "object_id", "body"):
            ticket = inbox.read_body(bytes(body))
            if isinstance(ticket, TicketSnapshot):
                found[owner].append(((vendor, object_id), ticket))
        return found

    @cached_property
    def _keys(self) -> dict[int, list[str]]:
        found: defaultdict[int, list[str]] = defaultdict(list)
        rows = CustomerKey.objects.filter(customer__in=self._people.everybody())
        for owner, value in rows.values_list("customer_id", "value"):
            found[owner].append(value)
        return found
