"""Turns listed tickets into snapshots, with the few extra calls that a light list needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from connectors.errors import NotFound
from connectors.http import Client, Response
from connectors.memory import Memory
from connectors.types import Reference, TicketSnapshot
from connectors.values import mapping, rows, text
from connectors.vendors.gorgias import tickets
from connectors.vendors.gorgias.lists import PAGE, Row, page_rows

COSTLY_BATCH = 10  # tickets at once where each needs a call of its own

Detail = tuple[str, ...]


# It holds until the ticket has changed since, so the same ticket read twice looks the same.
_memory: Memory[Detail] = Memory(20_000)


class Reader:
    """Reads tickets of one account. ``site`` is the address staff open tickets at."""

    def __init__(self, client: Client, site: str, wants: frozenset[str]) -> None:
        self.client = client
        self.site = site
        self.wants_intents = "ticket.intents" in wants

    def batches(self, listed: Iterable[Row]) -> Iterator[tuple[list[Row], list[TicketSnapshot]]]:
        """Small enough that each is finished before the rate limit stops the next."""
        remaining = iter(listed)
        while batch := list(islice(remaining, COSTLY_BATCH if self.wants_intents else PAGE)):
            yield batch, self.complete(batch)

    def complete(self, listed: Iterable[Row]) -> list[TicketSnapshot]:
        """The one way from rows to snapshots, for polls and webhooks alike.

        A customer is looked up only when the row shows no e-mail; messages are read only for open tickets
        and only when a rule wants intents.
        """
        return [
            tickets.snapshot(row, self.site, self._addresses(row), self._intents(row))
            for row in listed
            if tickets.ticket_id(row)
        ]

    def read(self, references: Sequence[Reference]) -> Iterator[TicketSnapshot]:
        """What these tickets are now. Trashed ones are listed too and say so themselves."""
        wanted = {each.id: each for each in references if each.kind == "ticket"}
        numbers = iter([id_ for id_ in wanted if tickets.is_number(id_)])
        clock: datetime | None = None
        while chunk := list(islice(numbers, PAGE)):
            asked = [("ticket_ids", id_) for id_ in chunk]
            response = self.client.get("/api/tickets", params=[*asked, ("limit", PAGE)])
            clock = response.answered_at or clock
            for found in self.complete(page_rows(response)):
                if reference := wanted.pop(found.id, None):
                    yield _dated(found, reference)
        for reference in wanted.values():
            yield self._missing(reference, clock)

    def _missing(self, reference: Reference, clock: datetime | None) -> TicketSnapshot:
        """A list may lag behind a new ticket, so only its own address proves that it is gone."""
        if tickets.is_number(reference.id):
            try:
                row = mapping(self.client.get(f"/api/tickets/{reference.id}").json)
            except NotFound:
                row = {}
            if found := self.complete([row]):
                return _dated(found[0], reference)
        return tickets.gone(reference.id, reference.known_at, clock)

    def _addresses(self, row: Row) -> Detail:
        customer = mapping(row.get("customer"))
        if listed := tickets.listed_addresses(customer):
            return listed
        id_ = text(customer.get("id"), 30)
        if not tickets.is_number(id_):
            return ()
        return self._told(row, f"/api/customers/{id_}", _customer_addresses)

    def _intents(self, row: Row) -> Detail:
        if not self.wants_intents or not tickets.is_open(row):
            return ()
        return self._told(row, f"/api/messages?ticket_id={tickets.ticket_id(row)}&limit={PAGE}", _intents)

    def _told(self, row: Row, path: str, take: Callable[[Response], Detail]) -> Detail:
        key = self.client.identity + path
        known = _memory.get(key, tickets.changed_at(row))
        if known is not None:
            return known
        try:
            response = self.client.get(path)
        except NotFound:
            return ()
        detail = take(response)
        _memory.keep(key, response.answered_at, detail)
        return detail


def _customer_addresses(response: Response) -> Detail:
    return tickets.listed_addresses(mapping(response.json))


def _intents(response: Response) -> Detail:
    names = {
        text(intent.get("name"), 60)
        for message in page_rows(response)
        if not message.get("from_agent")
        for intent in rows(message.get("intents"))
    }
    return tuple(sorted(names - {""}))


def _dated(found: TicketSnapshot, reference: Reference) -> TicketSnapshot:
    """A ticket in the bin went after the last change we know of."""
    if not found.is_gone or reference.known_at is None or found.source_at > reference.known_at:
        return found
    return tickets.later(found, reference.known_at)
