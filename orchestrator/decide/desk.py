"""What the people of a batch have open: tickets and returns; and what the helpdesk calls these people."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from connectors.types import AnySnapshot, Person, ReturnSnapshot, TicketSnapshot
from orchestrator.decide import people
from orchestrator.decide.belongings import Belongings
from orchestrator.decide.mirror import returns
from orchestrator.models import CustomerKey, Return, Ticket


class Desk:
    """Tickets that wait and returns on their way; one query each, once a rule asks."""

    def __init__(self, who: people.People) -> None:
        self._people = who
        self._tickets = Belongings(
            who, TicketSnapshot, Ticket, lambda each: each.needs_care, {"needs_care": True}
        )
        self._returns = Belongings(
            who, ReturnSnapshot, Return, lambda each: not returns.is_over(each), {"is_open": True}
        )

    def put(self, vendor: str, snapshot: AnySnapshot) -> None:
        self._tickets.put(vendor, snapshot)
        self._returns.put(vendor, snapshot)

    def open_tickets(self, vendor: str, person: Person) -> tuple[TicketSnapshot, ...]:
        return self._tickets.of(vendor, person)

    def open_returns(self, vendor: str, person: Person) -> tuple[ReturnSnapshot, ...]:
        return self._returns.of(vendor, person)

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
    def _keys(self) -> dict[int, list[str]]:
        found: defaultdict[int, list[str]] = defaultdict(list)
        rows = CustomerKey.objects.filter(customer__in=self._people.everybody())
        for owner, value in rows.values_list("customer_id", "value"):
            found[owner].append(value)
        return found
