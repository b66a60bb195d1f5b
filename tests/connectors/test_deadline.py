"""A call ends in time and goes only where it may, whatever the other side does."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from connectors.errors import NeedsAttention, TryLater, VendorError
from connectors.http import Client
from tests.connectors.wire import drips, hangs_up, is_silent, listening, says

DEADLINE = 0.6
SLACK = 5.0  # a busy machine


def client(url: str, allow_loopback: bool = True) -> Client:
    return Client(url, {}, allow_loopback=allow_loopback, deadline=DEADLINE)


def failure(call: Callable[[], Any]) -> tuple[VendorError, float]:
    began = time.monotonic()
    with pytest.raises(VendorError) as caught:
        call()
    return caught.value, time.monotonic() - began


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(drips(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n" * 20, every=0.1), id="headers"),
        pytest.param(
            drips(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b" " * 500, every=0.03), id="body"
        ),
        pytest.param(is_silent, id="silence"),
    ],
)
def test_a_slow_server_cannot_hold_a_call_past_its_deadline(talk):
    with listening(talk) as wire:
        error, seconds = failure(lambda: client(wire.url).post("/things", json={}))

    assert isinstance(error, TryLater)
    assert (error.code, error.in_doubt) == ("timed_out", True)
    assert DEADLINE - 0.05 < seconds < DEADLINE + SLACK


def test_a_slow_name_look_up_cannot_hold_a_call_past_its_deadline(monkeypatch):
    answered = Event()

    def never(*_: Any, **__: Any) -> Any:
        answered.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", never)

    error, seconds = failure(lambda: client("https://slow.example.com").post("/things", json={}))
    answered.set()

    assert isinstance(error, TryLater)
    assert (error.code, error.in_doubt) == ("unreachable", False)
    assert seconds < DEADLINE + SLACK


def test_a_tls_handshake_that_never_ends_is_not_in_doubt():
    with listening(is_silent) as wire:
        error, seconds = failure(lambda: client(wire.url.replace("http", "https")).post("/things", json={}))

    assert isinstance(error, TryLater)
    assert (error.code, error.in_doubt) == ("unreachable", False)
    assert seconds < DEADLINE + SLACK


def test_nobody_listening_means_that_nothing_was_sent():
    with listening(says()) as wire:
        url = wire.url
    error, _ = failure(lambda: client(url).post("/things", json={}))

    assert isinstance(error, TryLater)
    assert (error.code, error.in_doubt) == ("unreachable", False)


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(hangs_up, id="no answer"),
        pytest.param(
            lambda connection, halted: (
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
                connection.shutdown(socket.SHUT_RDWR),
            ),
            id="half an answer",
        ),
        pytest.param(lambda connection, halted: connection.sendall(b"nonsense\r\n\r\n"), id="no HTTP"),
    ],
)
def test_a_broken_connection_leaves_a_write_in_doubt_but_not_a_read(talk):
    with listening(talk) as wire:
        write, _ = failure(lambda: client(wire.url).post("/things", json={}))
        read, _ = failure(lambda: client(wire.url).get("/things"))

    assert isinstance(write, TryLater)
    assert isinstance(read, TryLater)
    assert (write.code, write.in_doubt, read.in_doubt) == ("connection_lost", True, False)


def test_the_next_call_works_after_one_that_timed_out():
    turns = iter([is_silent, says(b'{"ok": true}')])
    with listening(lambda connection, halted: next(turns)(connection, halted)) as wire:
        vendor = client(wire.url)
        failure(lambda: vendor.get("/things"))

        assert vendor.get("/things").json == {"ok": True}


def test_a_deadline_is_each_calls_own():
    with listening(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", every=0.005)) as wire:
        vendor = client(wire.url)

        assert [vendor.get("/things").json for _ in range(4)] == [{}] * 4


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1]",
        "[fc00::1]",
        "[64:ff9b::7f00:1]",
    ],
)
def test_no_private_address_is_ever_called(host):
    error, _ = failure(lambda: client(f"http://{host}:8", allow_loopback=False).get("/things"))

    assert isinstance(error, NeedsAttention)
    assert error.code == "target_forbidden"


@pytest.mark.parametrize("host", ["10.1.2.3", "169.254.169.254", "[fe80::1]"])
def test_permission_for_loopback_permits_nothing_else(host):
    error, _ = failure(lambda: client(f"http://{host}:8").get("/things"))

    assert error.code == "target_forbidden"


def test_a_name_that_leads_to_a_private_address_is_not_called(monkeypatch):
    private = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: private)

    error, _ = failure(lambda: client("https://shop.example.com").get("/things"))

    assert error.code == "target_forbidden"
