"""Turns what went wrong on the wire into one of the three errors, with a sentence for staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests

from connectors.deadline import Call
from connectors.errors import Conflict, NeedsAttention, NotFound, Problem, Refused, TryLater, VendorError
from connectors.masking import masked, masked_path
from connectors.values import http_date

LONGEST_WAIT = 86_400.0  # seconds; nobody is waited for longer than the vendors' daily windows

UNREADABLE: Final = object()  # stands for a body that is not JSON


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def json(self) -> Any: ...
    @property
    def headers(self) -> Any: ...


@dataclass(frozen=True)
class Place:
    """Which call it was, as far as it may be told: never its query, body or headers."""

    label: str
    method: str
    path: str
    is_read: bool = False  # for vendors where reading is a POST

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and not self.is_read

    @property
    def shown(self) -> str:
        """Some vendors put a key into the path, so that is masked as well."""
        return f"{self.method} {masked_path(self.path)}"

    def __str__(self) -> str:
        return f"{self.label}, {self.shown}"


def check(place: Place, answer: Answer, explain: Callable[[Any], Problem]) -> None:
    """Raise what the status means; an answer that is fine passes."""
    status = answer.status
    if 200 <= status < 300:
        if answer.json is UNREADABLE:
            raise _unreadable(place, status)
        return
    if status == 429:
        raise TryLater(
            f"{place}: too many calls for now. It goes on as soon as the vendor allows.",
            code="throttled",
            status=status,
            after=wait(answer),
        )
    if status >= 500 or status == 408:
        raise TryLater(
            f"{place}: a problem on the vendor's side (HTTP {status}). It is tried again.",
            code="vendor_error",
            status=status,
            after=wait(answer),
            in_doubt=place.is_write,
        )
    problem = explain(answer.json) if answer.json is not UNREADABLE else Problem()
    error = _refusal(place, status, problem)
    error.said = masked(problem.code, 60)
    raise error


def no_answer(place: Place, error: Exception, call: Call) -> TryLater:
    """Nothing usable came back. What was sent may have landed all the same."""
    if not call.has_sent:
        what, code = "the vendor could not be reached", "unreachable"
    elif isinstance(error, TimeoutError | requests.Timeout) or call.is_over:
        what, code = "no answer in time", "timed_out"
    else:
        what, code = "the connection broke off", "connection_lost"
    return TryLater(
        f"{place}: {what}. It is tried again.",
        code=code,
        in_doubt=place.is_write and call.has_sent,
    )


def forbidden(place: Place) -> NeedsAttention:
    return NeedsAttention(
        f"{place.label}'s address leads into a private network, which is not allowed. "
        "Check the address in the connection.",
        code="target_forbidden",
    )


def unsendable_address(place: Place) -> NeedsAttention:
    return NeedsAttention(
        f"{place.label}: the address or a credential holds signs that cannot be sent. "
        "Enter them again in the connection.",
        code="unsendable",
    )


def _refusal(place: Place, status: int, problem: Problem) -> VendorError:
    words = masked(problem.text)
    said = f" ({words})" if words else ""
    if problem.remedy:
        return NeedsAttention(f"{place.label}: {problem.remedy}", code=problem.code, status=status)
    if status == 401 or problem.code == "credentials_rejected":
        return NeedsAttention(
            f"{place.label} does not accept the credentials{said}. Enter a valid key in the connection.",
            code="credentials_rejected",
            status=status,
        )
    if status == 403:
        return NeedsAttention(
            f"{place}: the key may not do this{said}. Give the key this permission, or make a new one.",
            code="scope_missing",
            status=status,
        )
    if status == 404:
        return NotFound(f"{place}: not found{said}.", code="not_found", status=status)
    if status == 409:
        return Conflict(
            f"{place}: exists already or is in use{said}.",
            code=masked(problem.code, 60) or "conflict",
            status=status,
            existing_id=problem.existing_id,
        )
    if 300 <= status < 400:
        return Refused(
            f"{place}: the vendor points to another address, which is not followed. Check the address.",
            code="redirected",
            status=status,
        )
    return Refused(f"{place}: refused with HTTP {status}{said}.", code="refused", status=status)


def _unreadable(place: Place, status: int) -> TryLater:
    return TryLater(
        f"{place}: the answer is no JSON. It is tried again.",
        code="unreadable_answer",
        status=status,
        in_doubt=place.is_write,
    )


def wait(answer: Answer) -> float | None:
    """Retry-After in seconds; a date is measured on the vendor's own clock."""
    given = str(answer.headers.get("Retry-After", "")).strip()
    seconds = _number(given)
    if seconds is None:
        until, now = http_date(given), http_date(answer.headers.get("Date", ""))
        seconds = (until - now).total_seconds() if until and now else None
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value else None  # NaN is not equal to itself
