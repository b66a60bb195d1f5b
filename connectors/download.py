"""Reads a large file that a vendor has laid out for us, line by line, from any byte on.

Such files lie at a store of the vendor's choice, under an address that is a secret and ends after a while.
Nothing of ours is sent there: no token, no cookie.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from math import inf

import requests
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.exceptions import HTTPError

from connectors import deadline as deadlines
from connectors import refusals, targets
from connectors.errors import NeedsAttention, TryLater

CHUNK = 65_536
LONGEST_LINE = 20_000_000  # bytes
ENDED = (400, 401, 403, 404, 410)  # how stores say that an address is no longer good

Line = tuple[bytes, int]  # without its end, and the byte that follows it


def lines(
    url: str, start: int = 0, *, hosts: str, label: str, allow_loopback: bool, deadline: float
) -> Generator[Line, None, None]:
    """Every line from the byte ``start`` on. Each piece has to arrive within ``deadline`` seconds.

    Raises NeedsAttention when the address is not one of ``hosts``, TryLater for all that asking for a new
    address may mend.
    """
    place = refusals.Place(label, "GET", "the file that was laid out")
    try:
        targets.check(url.partition("?")[0], pattern=hosts, allow_loopback=allow_loopback)
    except ValueError as error:
        raise NeedsAttention(f"{label}: {error}", code="target_forbidden") from None
    with deadlines.new_session(allow_loopback=allow_loopback) as session:
        yield from _lines(_pieces(session, url, start, place, deadline), start, place)


def _lines(pieces: Iterator[bytes], position: int, place: refusals.Place) -> Iterator[Line]:
    rest = bytearray()
    for piece in pieces:
        rest += piece
        begin = 0
        while (end := rest.find(b"\n", begin)) >= 0:
            position += end + 1 - begin
            yield bytes(rest[begin:end]), position
            begin = end + 1
        del rest[:begin]
        if len(rest) > LONGEST_LINE:
            raise TryLater(f"{place}: a line of it has no end.", code="answer_too_large")
    if rest:
        yield bytes(rest), position + len(rest)


def _pieces(
    session: requests.Session, url: str, start: int, place: refusals.Place, deadline: float
) -> Iterator[bytes]:
    """A store that cannot begin in the middle sends all of it, and what is known is passed over."""
    call = deadlines.Call(inf)  # as a whole it may take long
    try:
        answer = _asked(session, url, start, deadline)
        call.has_sent = True
        with closing(answer):
            if answer.status_code == 416:
                return  # there is nothing behind what was read
            _check(answer.status_code, place)
            to_skip = 0 if answer.status_code == 206 else start
            while piece := _piece(answer, deadline):
                yield piece[to_skip:]
                to_skip = max(0, to_skip - len(piece))
    except InvalidIPAddress:
        raise refusals.forbidden(place) from None
    except (requests.RequestException, HTTPError, OSError) as error:
        raise refusals.no_answer(place, error, call) from None


def _asked(session: requests.Session, url: str, start: int, deadline: float) -> requests.Response:
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with deadlines.within(deadline) as call:
        return session.get(url, headers=headers, stream=True, allow_redirects=False, timeout=call.left())


def _piece(answer: requests.Response, deadline: float) -> bytes:
    """Its own deadline each, because the reader may work on a piece as long as it likes."""
    with deadlines.within(deadline):
        return bytes(answer.raw.read(CHUNK, decode_content=True))


def _check(status: int, place: refusals.Place) -> None:
    if status in (200, 206):
        return
    if status in ENDED:
        raise TryLater(
            f"{place}: its address has ended. A new one is asked for.", code="address_ended", after=1
        )
    raise TryLater(f"{place}: HTTP {status}. It is tried again.", code="vendor_error", status=status)
