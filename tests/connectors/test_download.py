"""A large file of the vendor's: read line by line, from any byte on, without anything of ours."""

from __future__ import annotations

import re
import socket
from threading import Event
from typing import Any

import pytest

from connectors import download
from connectors.errors import NeedsAttention, TryLater, VendorError
from tests.connectors.wire import Talk, Wire, drips, hangs_up, listening, says

FILE = b'{"id": 1}\n{"id": "\xc3\xbc"}\n\n{"id": 3}'
HOSTS = r"storage\.example\.com"


def read(url: str, start: int = 0, **options: Any) -> list[download.Line]:
    settings = {"hosts": HOSTS, "label": "Shopify", "allow_loopback": True, "deadline": 5.0, **options}
    return list(download.lines(f"{url}/file?signature=s3cret", start, **settings))


def failure(url: str, **options: Any) -> VendorError:
    with pytest.raises(VendorError) as caught:
        read(url, **options)
    assert "s3cret" not in caught.value.sentence
    return caught.value


def store(wire: list[Wire], content: bytes) -> Talk:
    """A store that can begin in the middle."""

    def talk(connection: socket.socket, halted: Event) -> None:
        found = re.search(rb"Range: bytes=(\d+)-", wire[0].requests[-1])
        start = int(found[1]) if found else 0
        status = 416 if start >= len(content) else 206 if found else 200
        says(content[start:] if status != 416 else b"", status)(connection, halted)

    return talk


def test_every_line_comes_with_the_place_behind_it():
    with listening(says(FILE)) as wire:
        found = read(wire.url)

    assert [line for line, _ in found] == FILE.split(b"\n")
    assert [FILE[:end] for _, end in found][-1] == FILE
    assert all(FILE[:end].endswith((line, line + b"\n")) for line, end in found)


@pytest.mark.parametrize("can_begin_in_the_middle", [True, False])
def test_reading_goes_on_from_any_line(can_begin_in_the_middle):
    box: list[Wire] = []
    with listening(store(box, FILE) if can_begin_in_the_middle else says(FILE)) as wire:
        box.append(wire)
        whole = read(wire.url)

        for number, (_, end) in enumerate(whole, 1):
            assert read(wire.url, end) == whole[number:]


def test_lines_larger_than_a_piece_are_put_together():
    big = [b"a" * 200_000, b"b" * 70_000, b"c"]
    with listening(says(b"\n".join(big))) as wire:
        assert [line for line, _ in read(wire.url)] == big


def test_nothing_of_ours_is_sent_along():
    with listening(says(FILE)) as wire:
        read(wire.url)

    [request] = wire.requests
    assert not re.search(rb"token|authorization|cookie|content-type", request, re.IGNORECASE)


def test_only_the_vendors_own_stores_are_asked():
    error = failure("https://elsewhere.example.com")

    assert isinstance(error, NeedsAttention)
    assert error.code == "target_forbidden"


def test_this_machine_is_not_asked_without_permission():
    with listening(says(FILE)) as wire:
        assert failure(wire.url, allow_loopback=False).code == "target_forbidden"
        assert wire.requests == []


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_an_address_that_has_ended_is_asked_for_anew(status):
    with listening(says(status=status)) as wire:
        error = failure(wire.url)

    assert isinstance(error, TryLater)
    assert (error.code, error.after) == ("address_ended", 1)


def test_a_redirect_is_not_followed():
    with listening(says(status=302, Location="http://127.0.0.1:9/")) as wire:
        assert failure(wire.url).code == "vendor_error"


def test_a_file_that_breaks_off_is_read_on_later():
    def cut(connection: socket.socket, halted: Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\none\ntwo\nthr")
        hangs_up(connection, halted)

    with listening(cut) as wire:
        assert failure(wire.url).code == "connection_lost"


def test_a_store_that_drips_is_not_waited_for():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with listening(drips(head + b"x" * 1000, every=0.05)) as wire:
        assert failure(wire.url, deadline=0.4).code in {"timed_out", "unreachable"}
