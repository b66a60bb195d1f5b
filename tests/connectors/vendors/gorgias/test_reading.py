"""Reading named tickets: as few calls as possible, the same snapshot as a poll, and gone ones say so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import TryLater
from connectors.http import Client
from connectors.types import Reference, TicketSnapshot
from connectors.vendors.gorgias.reading import Reader
from tests.connectors.accounts import FakeAccount
from tests.connectors.vendors.gorgias.payloads import payload
from tests.connectors.wire import listening, says

INTENTS = frozenset({"ticket.intents"})
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)


def read(
    account: FakeAccount, *ids: object, known_at: datetime | None = None, wants: frozenset[str] = frozenset()
) -> dict[str, TicketSnapshot]:
    asked = [Reference(kind="ticket", id=str(each), known_at=known_at) for each in ids]
    return {each.id: each for each in account.open(wants).read(asked)}


def polled(account: FakeAccount, wants: frozenset[str] = frozenset()) -> dict[str, TicketSnapshot]:
    return {each.id: each for page in account.open(wants).poll("") for each in page.snapshots}


@pytest.mark.parametrize("wants", [frozenset(), INTENTS])
def test_a_webhook_and_a_poll_come_to_the_same_snapshots(gorgias, wants):
    chat = {"name": "Ben", "channels": [{"type": "email", "address": "Ben@Home.test"}]}
    gorgias.do("ticket_open", email="Ana@Shop.test", intents=["return/request"], tags=["vip"])
    gorgias.do("ticket_open", customer=chat, channel="chat", intents=["shipping/status"])
    gorgias.do("ticket_open", email="eve@shop.test", status="closed", intents=["other/no_reply"])
    by_poll = polled(gorgias, wants)

    by_read = read(gorgias, *by_poll, wants=wants)

    assert by_read == by_poll
    assert {each.customer.emails for each in by_poll.values()} == {
        ("ana@shop.test",),
        ("ben@home.test",),
        ("eve@shop.test",),
    }


def test_a_hundred_tickets_take_one_call(gorgias):
    ids = gorgias.seed(tickets=[{"email": f"p{each}@shop.test"} for each in range(150)])["tickets"]

    found = read(gorgias, *ids)

    assert len(found) == 150
    assert len(gorgias.requests()) == 2


def test_a_ticket_named_twice_is_read_once(gorgias):
    number = gorgias.do("ticket_open", email="ana@shop.test")["id"]

    assert len(gorgias.open().read([Reference(kind="ticket", id=str(number))] * 2)) == 1


def test_other_kinds_are_not_read(gorgias):
    assert gorgias.open().read([Reference(kind="customer", id="7")]) == []
    assert gorgias.requests() == []


def test_a_customer_without_an_address_in_the_list_is_asked_for_once_until_the_ticket_changes(gorgias):
    person = {"id": 8001, "name": "Ben", "channels": [{"type": "phone", "address": "+15005550006"}]}
    gorgias.seed(customers=[person])
    gorgias.control("POST", "clock", {"now": "2031-05-14T10:00:00.2"})
    ids = [gorgias.do("ticket_open", customer={"id": 8001}, channel="phone")["id"] for _ in range(3)]
    gorgias.control("POST", "clock", {"now": "2031-05-14T10:00:30"})

    assert {each.customer.emails for each in read(gorgias, *ids).values()} == {()}
    read(gorgias, *ids)
    assert len(gorgias.requests("/api/customers")) == 1

    gorgias.do("customer_update", id=8001, email="ben@shop.test", channels=[])
    gorgias.do("ticket_reply", id=ids[0])
    assert read(gorgias, *ids)[str(ids[0])].customer.emails == ("ben@shop.test",)


def test_intents_are_read_only_when_wanted_and_only_for_open_tickets(gorgias):
    number = gorgias.do("ticket_open", email="ana@shop.test", intents=["return/request"])["id"]

    assert read(gorgias, number)[str(number)].intents == ()
    assert gorgias.requests("/api/messages") == []
    assert read(gorgias, number, wants=INTENTS)[str(number)].intents == ("return/request",)

    gorgias.do("ticket_close", id=number)
    assert read(gorgias, number, wants=INTENTS)[str(number)].intents == ()


def test_a_trashed_ticket_is_gone_and_dated_after_what_was_known(gorgias):
    number = gorgias.do("ticket_open", email="ana@shop.test")["id"]
    gorgias.do("ticket_trash", id=number)

    old, new = (read(gorgias, number, known_at=known)[str(number)] for known in (LONG_AGO, FAR))

    assert old.is_gone
    assert old.customer.emails == ("ana@shop.test",)
    assert new.source_at == FAR + timedelta(microseconds=1)


def test_a_ticket_out_of_the_bin_is_there_again_and_newer(gorgias):
    number = gorgias.do("ticket_open", email="ana@shop.test")["id"]
    gorgias.do("ticket_trash", id=number)
    trashed = read(gorgias, number)[str(number)]
    gorgias.do("ticket_untrash", id=number)

    back = read(gorgias, number)[str(number)]

    assert not back.is_gone
    assert back.source_at > trashed.source_at


@pytest.mark.parametrize("known_at", [None, LONG_AGO, FAR])
def test_a_deleted_ticket_is_gone_and_dated_after_what_was_known(gorgias, known_at):
    number = gorgias.do("ticket_open", email="ana@shop.test")["id"]
    gorgias.do("ticket_delete", id=number)

    ticket = read(gorgias, number, known_at=known_at)[str(number)]

    assert ticket.is_gone
    assert ticket.source_at > (known_at or LONG_AGO)


def test_a_merged_ticket_is_gone_and_the_other_one_is_not(gorgias):
    source, target = (gorgias.do("ticket_open", email="ana@shop.test")["id"] for _ in range(2))
    gorgias.do("ticket_merge", id=source, into=target)

    found = read(gorgias, source, target)

    assert (found[str(source)].is_gone, found[str(target)].is_gone) == (True, False)


def test_a_ticket_that_cannot_be_read_now_is_not_taken_for_gone(gorgias):
    number = gorgias.do("ticket_open", email="ana@shop.test")["id"]
    gorgias.do("ticket_delete", id=number)
    gorgias.fault(f"/api/tickets/{number}", "status", status=503)

    with pytest.raises(TryLater):
        read(gorgias, number)


def test_a_ticket_that_the_list_does_not_show_yet_is_not_taken_for_gone():
    row = payload("ticket_on_its_own")

    def talk(connection: Any, halted: Any) -> None:
        is_list = b"ticket_ids" in wire.requests[-1]
        says(json.dumps({"data": []} if is_list else row).encode())(connection, halted)

    with listening(talk) as wire:
        client = Client(wire.url, {}, allow_loopback=True, deadline=5.0)
        reader = Reader(client, "https://north-ridge.gorgias.com", frozenset())
        found = list(reader.read([Reference(kind="ticket", id="555")]))

    assert [(each.id, each.is_gone) for each in found] == [("555", False)]


@pytest.mark.parametrize("number", ["abc", "-1", "9" * 40, "1/../2", "٣"])
def test_an_id_that_no_ticket_can_have_is_gone_without_a_call(gorgias, number):
    assert read(gorgias, number)[number].is_gone
    assert gorgias.requests() == []


def test_snoozed_tickets_are_open_whatever_their_status(gorgias):
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    for status in ("open", "closed"):
        number = gorgias.do("ticket_open", email="ana@shop.test")["id"]
        gorgias.do("ticket_snooze", id=number, until=until, status=status)

        assert read(gorgias, number)[str(number)].needs_care
