"""The one HTTP client. It knows no table, never sleeps, and is the only place that reads status codes."""

from __future__ import annotations

import json as json_format
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
import requests
from requests.exceptions import InvalidHeader, InvalidURL
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.exceptions import HTTPError

from connectors import deadline as deadlines
from connectors import download, refusals
from connectors.errors import NeedsAttention, Problem, Refused, TryLater, VendorError
from connectors.limits import Gate, Open
from connectors.values import http_date

LARGEST_ANSWER = 20_000_000  # bytes
CHUNK = 65_536
CALLS_KEPT = 20
USER_AGENT = "Orchestrator/1"

Params = Mapping[str, Any] | Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Response:
    """What a vendor answered. ``json`` is None where the body is empty; header names ignore case.

    Of a vendor that is asked for ``text/plain`` it is the text.
    """

    status: int
    json: Any
    headers: Mapping[str, str]

    @property
    def answered_at(self) -> datetime | None:
        """The vendor's own clock."""
        return http_date(self.headers.get("Date", ""))


@dataclass(frozen=True)
class _Ask:
    method: str
    path: str
    params: Params | None = None
    json: Any = None
    is_read: bool = False
    cost: float = 1.0


def _no_words(body: Any) -> Problem:
    return Problem()


def _always() -> None:
    """Nothing stands in the way."""


class Client:
    """Calls one vendor with one set of credentials. Every call ends within ``deadline`` seconds."""

    def __init__(
        self,
        root: str,
        headers: Mapping[str, str],
        *,
        allow_loopback: bool,
        deadline: float,
        session: requests.Session | None = None,
        label: str = "The vendor",
        explain: Callable[[Any], Problem] = _no_words,
        renew: Callable[[], Mapping[str, str]] | None = None,
        gate: Gate | None = None,
        may_change: Callable[[], None] = _always,
    ) -> None:
        self.root = root.rstrip("/")
        self.label = label
        self.identity = _fingerprint(root, headers)  # of the account, without telling its credentials
        self.calls: deque[str] = deque(maxlen=CALLS_KEPT)  # what was asked and answered, for the record
        self.pace: Mapping[str, str] = {}  # what the last answer's headers say about the vendor's limits
        self._renew = renew  # gives other headers when the vendor no longer accepts these
        self._carry(headers)
        self._deadline = deadline
        self._allow_loopback = allow_loopback
        self._explain = explain
        self._gate = gate or Open()
        self._may_change = may_change  # raises NotYet while nothing may be changed there
        self._session = session or deadlines.new_session(allow_loopback=allow_loopback)

    def get(self, path: str, *, params: Params | None = None) -> Response:
        """``path`` is below the root, or an absolute address there, as vendors give for the next page."""
        return self._call(_Ask("GET", path, params))

    def post(
        self,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        is_read: bool = False,
        cost: float = 1.0,
    ) -> Response:
        """``is_read`` says that the call changes nothing, so that trouble leaves nothing in doubt.

        ``cost``: what it takes from the budget, where a vendor counts something else than calls.
        """
        return self._call(_Ask("POST", path, params, json, is_read, cost))

    def put(
        self, path: str, *, params: Params | None = None, json: Any = None, is_read: bool = False
    ) -> Response:
        return self._call(_Ask("PUT", path, params, json, is_read))

    def patch(self, path: str, *, params: Params | None = None, json: Any = None) -> Response:
        return self._call(_Ask("PATCH", path, params, json))

    def delete(self, path: str, *, params: Params | None = None, json: Any = None) -> Response:
        return self._call(_Ask("DELETE", path, params, json))

    def lines(self, url: str, start: int = 0, *, hosts: str) -> Generator[download.Line, None, None]:
        """A large file that the vendor laid out for us, from a byte on; nothing of ours is sent there."""
        return download.lines(
            url,
            start,
            hosts=hosts,
            label=self.label,
            allow_loopback=self._allow_loopback,
            deadline=self._deadline,
        )

    def _carry(self, headers: Mapping[str, str]) -> None:
        self._headers = {"User-Agent": USER_AGENT, "Accept": "application/json"} | dict(headers)
        self._body_type = self._headers.pop("Content-Type", "application/json")
        self._takes_text = self._headers["Accept"] == "text/plain"  # such a vendor answers in single words

    def _call(self, ask: _Ask) -> Response:
        """A token that ended or was withdrawn is replaced once, and the call repeated once."""
        try:
            return self._once(ask)
        except NeedsAttention as error:
            if error.status != 401 or self._renew is None:
                raise
        self._carry(self._renew())
        return self._once(ask)

    def _once(self, ask: _Ask) -> Response:
        """Raises NotYet, before anything is sent, when a stop, the account's budget or breaker says so."""
        shown = ask.path.removeprefix(self.root).partition("?")[0]
        place = refusals.Place(self.label, ask.method, shown, ask.is_read)
        url = self._address(ask.path, place)
        headers = self._headers if ask.json is None else self._headers | {"Content-Type": self._body_type}
        data = None if ask.json is None else _encoded(ask.json, place)
        if place.is_write:
            self._may_change()
        entry, response = self._gate.enter(ask.method, shown, ask.cost), None
        try:
            with deadlines.within(self._deadline) as call:
                answer, body = self._exchange(call, place, url, params=ask.params, headers=headers, data=data)
            response = self._heard(place, answer, body)
            refusals.check(place, response, self._explain)
        except TryLater as error:
            if seconds := self._gate.told(entry, response):
                error.hold(seconds)
            raise
        except VendorError:
            if response is not None:
                self._gate.told(entry, response)
            raise
        self._gate.told(entry, response)
        return response

    def _heard(self, place: refusals.Place, answer: requests.Response, body: bytes) -> Response:
        self.pace = {name: value for name, value in answer.headers.items() if "limit" in name.lower()}
        self.calls.append(f"{place.shown} → {answer.status_code}")
        content = _as_text(body) if self._takes_text else _decoded(body)
        return Response(answer.status_code, content, answer.headers)

    def _exchange(
        self, call: deadlines.Call, place: refusals.Place, url: str, **what: Any
    ) -> tuple[requests.Response, bytes]:
        """Errors of the library carry addresses and headers, so none of them gets out of here."""
        try:
            with self._session.request(
                place.method, url, **what, timeout=call.left(), stream=True, allow_redirects=False
            ) as answer:
                return answer, _read(answer, place)
        except InvalidIPAddress:
            raise refusals.forbidden(place) from None
        except (UnicodeError, InvalidHeader, InvalidURL):
            raise refusals.unsendable_address(place) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise refusals.no_answer(place, error, call) from None

    def _address(self, path: str, place: refusals.Place) -> str:
        if path.startswith("/"):
            return self.root + path
        if path.startswith(f"{self.root}/"):
            return path
        raise Refused(
            f"{place} would lead away from {self.label}'s own address, so it was not called.",
            code="foreign_address",
        )


def _fingerprint(root: str, headers: Mapping[str, str]) -> str:
    return sha256(repr((root, sorted(headers.items()))).encode()).hexdigest()


def _read(answer: requests.Response, place: refusals.Place) -> bytes:
    body = bytearray()
    for chunk in answer.iter_content(CHUNK):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise TryLater(
                f"{place}: the answer is larger than {LARGEST_ANSWER // 1_000_000} MB and was not read.",
                code="answer_too_large",
                in_doubt=place.is_write,
            )
    return bytes(body)


def _decoded(body: bytes) -> Any:
    """The JSON of an answer, None when it is empty, UNREADABLE when it is something else."""
    if not body.strip():
        return None
    try:
        return json_format.loads(body)
    except (ValueError, RecursionError):
        return refusals.UNREADABLE


def _as_text(body: bytes) -> str | None:
    return body.decode(errors="replace").strip() or None


def _encoded(json: Any, place: refusals.Place) -> bytes:
    try:
        return msgspec.json.encode(json)
    except (TypeError, ValueError, RecursionError):
        raise Refused(
            f"{place} was not called: its content cannot be written as JSON.", code="unsendable"
        ) from None
