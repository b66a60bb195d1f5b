"""A token that the vendor refuses is replaced once, and the call is repeated once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Event

import pytest

from connectors.errors import NeedsAttention
from connectors.http import Client
from tests.connectors.wire import Wire, listening, says

NO, YES = says(status=401), says(b'{"ok": true}')


@pytest.fixture
def vendor() -> Iterator[Wire]:
    """Accepts one token only."""

    def talk(connection: socket.socket, halted: Event) -> None:
        is_good = b"X-Token: new\r\n" in wire.requests[-1]
        (YES if is_good else NO)(connection, halted)

    with listening(talk) as wire:
        yield wire


def client(url: str, token: str, **options) -> Client:
    return Client(url, {"X-Token": token}, allow_loopback=True, deadline=5, **options)


def test_a_refused_token_is_replaced_and_the_call_repeated(vendor):
    asked = client(vendor.url, "old", renew=lambda: {"X-Token": "new"})

    assert asked.post("/things", json={"a": 1}).json == {"ok": True}
    assert asked.get("/things").json == {"ok": True}

    lines = [request.split(b"\r\n")[0].split(b" ")[0] for request in vendor.requests]
    assert lines == [b"POST", b"POST", b"GET"]
    assert vendor.requests[1].endswith(b'{"a":1}')


def test_it_is_repeated_once_only(vendor):
    asked = client(vendor.url, "old", renew=lambda: {"X-Token": "also wrong"})

    with pytest.raises(NeedsAttention) as caught:
        asked.get("/things")

    assert caught.value.code == "credentials_rejected"
    assert len(vendor.requests) == 2


def test_what_stands_in_the_way_of_renewing_is_told(vendor):
    def renew():
        raise NeedsAttention("The refresh token was used before.", code="credentials_rejected")

    with pytest.raises(NeedsAttention, match="used before"):
        client(vendor.url, "old", renew=renew).get("/things")

    assert len(vendor.requests) == 1


def test_without_a_way_to_renew_a_refusal_stays_one(vendor):
    with pytest.raises(NeedsAttention):
        client(vendor.url, "old").get("/things")

    assert len(vendor.requests) == 1
