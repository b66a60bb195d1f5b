"""Reads a ticket of Gorgias. https://developers.gorgias.com/reference/the-ticket-object

List answers are lighter than a single ticket's. Only what both have is used, so that a webhook and a
poll come to the same snapshot.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.types import Person, TicketSnapshot
from connectors.values import emails, instant, mapping, rows, text

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # stands in where a row has no time at all
INSTANT = timedelta(microseconds=1)
LONGEST_ID = 18  # digits

Row = dict[str, Any]


def snapshot(row: Row, site: str, addresses: tuple[str, ...], intents: tuple[str, ...]) -> TicketSnapshot:
    """The ticket as our product sees it. A snoozed ticket comes back, so it counts as open."""
    source_at = changed_at(row) or BEGINNING
    snoozed_until = instant(row.get("snooze_datetime"))
    wrote_at = instant(row.get("last_received_message_datetime"))
    is_snoozed = snoozed_until is not None and snoozed_until > source_at
    return TicketSnapshot(
        id=ticket_id(row),
        source_at=source_at,
        is_gone=bool(row.get("trashed_datetime")),
        is_open=is_open(row) or is_snoozed,
        is_spam=bool(row.get("spam")),
        is_outbound=bool(row.get("from_agent")) and wrote_at is None,
        channel=text(row.get("channel"), 60),
        via=text(row.get("via"), 60),
        priority=text(row.get("priority"), 20),
        subject=text(row.get("subject")),
        tags=_names(row.get("tags")),
        intents=intents,
        team=_team(row.get("assignee_team")),
        customer=_person(mapping(row.get("customer")), addresses),
        created_at=instant(row.get("created_datetime")),
        customer_wrote_at=wrote_at,
        snoozed_until=snoozed_until,
        url=f"{site}/app/ticket/{ticket_id(row)}",
    )


def gone(id_: str, known_at: datetime | None, vendor_clock: datetime | None) -> TicketSnapshot:
    """A ticket that is no longer there. It went after all we knew of it and before we were told."""
    after = known_at + INSTANT if known_at else BEGINNING
    return TicketSnapshot(id=id_, source_at=max(after, vendor_clock or BEGINNING), is_gone=True)


def later(found: TicketSnapshot, known_at: datetime) -> TicketSnapshot:
    """The same, dated after what we knew."""
    return msgspec.structs.replace(found, source_at=known_at + INSTANT)


def ticket_id(row: Row) -> str:
    return text(row.get("id"), 30)


def is_number(id_: str) -> bool:
    """Ids become part of addresses, so nothing but a number of the vendor's size may pass."""
    return id_.isascii() and id_.isdecimal() and len(id_) <= LONGEST_ID


def is_open(row: Row) -> bool:
    return row.get("status") != "closed"


def changed_at(row: Row) -> datetime | None:
    """The ticket's own stamp; putting it into the bin is a change too."""
    stamps = [instant(row.get(name)) for name in ("updated_datetime", "trashed_datetime")]
    return max((each for each in stamps if each), default=instant(row.get("created_datetime")))


def listed_addresses(customer: Row) -> tuple[str, ...]:
    """The e-mail a customer is known by; only without one do the channels count."""
    if main := emails([customer.get("email")]):
        return main
    channels = rows(customer.get("channels"))
    return emails(each.get("address") for each in channels if each.get("type") == "email")


def _person(customer: Row, addresses: tuple[str, ...]) -> Person:
    return Person(id=text(customer.get("id"), 30), name=text(customer.get("name")), emails=addresses)


def _names(tags: Any) -> tuple[str, ...]:
    return tuple(sorted({name for each in rows(tags) if (name := text(each.get("name"), 256))}))


def _team(team: Any) -> str:
    return text(mapping(team).get("name")) or text(mapping(team).get("id"))
