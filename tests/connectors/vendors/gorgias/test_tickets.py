"""What a ticket of Gorgias means, situation by situation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.types import Person, TicketSnapshot
from connectors.vendors.gorgias import tickets
from tests.connectors.vendors.gorgias.payloads import NAMES, payload

SITE = "https://north-ridge.gorgias.com"


def read(name: str) -> TicketSnapshot:
    return from_row(payload(name))


def from_row(row: dict[str, Any]) -> TicketSnapshot:
    customer = row.get("customer") if isinstance(row.get("customer"), dict) else {}
    return tickets.snapshot(row, SITE, tickets.listed_addresses(customer or {}), ())


def test_an_open_ticket_is_read_with_all_its_details():
    assert read("ticket_open") == TicketSnapshot(
        id="555",
        source_at=datetime(2026, 11, 22, 10, 15, 30, 123456, UTC),
        is_open=True,
        channel="email",
        via="email",
        priority="normal",
        subject="Where is my order?",
        tags=("return", "vip"),
        team="Returns",
        customer=Person(id="8001", name="Ana Example", emails=("ana@shop.test",)),
        created_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        customer_wrote_at=datetime(2026, 11, 22, 10, 15, 29, tzinfo=UTC),
        url=f"{SITE}/app/ticket/555",
    )


@pytest.mark.parametrize(
    ("name", "needs_care"),
    [
        ("ticket_open", True),
        ("ticket_closed", False),
        ("ticket_snoozed", True),
        ("ticket_snooze_over", False),
        ("ticket_trashed", False),
        ("ticket_spam", False),
        ("ticket_outbound", False),
        ("ticket_outbound_answered", True),
        ("ticket_without_email", True),
        ("ticket_almost_empty", True),
    ],
)
def test_somebody_waits_or_not(name, needs_care):
    assert read(name).needs_care is needs_care


def test_a_ticket_on_its_own_reads_like_the_same_ticket_in_a_list():
    assert read("ticket_on_its_own") == read("ticket_open")


def test_times_with_and_without_offset_are_the_same_instant():
    assert read("ticket_with_offsets") == read("ticket_open")


def test_a_ticket_in_the_bin_is_dated_by_the_bin():
    assert read("ticket_trashed").source_at == datetime(2026, 11, 22, 11, tzinfo=UTC)


def test_odd_text_becomes_text_that_every_database_stores():
    ticket = read("ticket_with_odd_text")

    assert ticket.subject.startswith("hello")
    assert len(ticket.subject) == 200
    assert (ticket.tags, ticket.team) == ((), "")
    assert ticket.customer.emails == ("ana@shop.test",)


@pytest.mark.parametrize("name", NAMES)
def test_every_ticket_can_be_stored_and_read_back(name):
    ticket = read(name)

    assert msgspec.json.decode(msgspec.json.encode(ticket), type=TicketSnapshot) == ticket


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()) | st.just("2026-11-22T10:00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=60)
@given(st.fixed_dictionaries(dict.fromkeys(payload("ticket_open"), JUNK)))
def test_no_ticket_however_odd_stops_the_reading(row):
    ticket = from_row(row)

    msgspec.json.encode(ticket)
    assert ticket.source_at.tzinfo is not None


def test_a_missing_ticket_went_after_what_we_knew_and_not_before_we_were_told():
    known, clock = datetime(2026, 11, 22, 10, tzinfo=UTC), datetime(2026, 11, 22, 9, tzinfo=UTC)

    assert tickets.gone("5", known, clock).source_at == known + tickets.INSTANT
    assert tickets.gone("5", clock, known).source_at == known
    assert tickets.gone("5", None, None).is_gone
