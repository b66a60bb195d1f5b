"""Faults on order: what can go wrong between a client and a vendor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import Lock

from connectors.sandbox.refusal import Refusal, checked
from connectors.sandbox.wire import Json, Request

KINDS = ("status", "reset", "hang", "html", "cut", "drip")
LONG = 600.0  # seconds a hang lasts when nothing else is said

_KEYS: dict[str, type | tuple[type, ...]] = {
    "vendor": str,
    "account": str,
    "method": str,
    "path": str,
    "kind": str,
    "status": int,
    "when": str,
    "times": int,
    "seconds": (int, float),
}


@dataclass
class Fault:
    """One kind of trouble for the requests that fit. ``times`` None lasts until faults are deleted."""

    vendor: str
    kind: str
    path: re.Pattern[str]
    when: str = "before"
    account: str | None = None
    method: str | None = None
    status: int | None = None
    times: int | None = 1
    seconds: float | None = None

    def fits(self, vendor: str, account: str | None, request: Request) -> bool:
        if self.vendor != vendor or self.account not in (None, account):
            return False
        if self.method not in (None, request.method):
            return False
        paths = (request.path, request.target, f"/{vendor}{request.target}")
        return any(self.path.search(path) for path in paths)

    def as_json(self) -> Json:
        return {**self.__dict__, "path": self.path.pattern}


def parse(body: object) -> Fault:
    """A fault as the control interface takes it."""
    given = checked(body, "A fault", _KEYS, needs=("vendor", "path", "kind"))
    fields = {key: value for key, value in given.items() if value is not None or key == "times"}
    if fields["kind"] not in KINDS:
        raise Refusal(f"A fault's kind is one of {', '.join(KINDS)}, not {fields['kind']!r}.")
    if fields["kind"] == "status" and not 400 <= (fields.get("status") or 0) <= 599:
        raise Refusal("A fault of kind 'status' needs a status from 400 to 599.")
    if fields.get("when", "before") not in ("before", "after"):
        raise Refusal(f"A fault's when is 'before' or 'after', not {fields['when']!r}.")
    if fields.get("times", 1) is not None and fields.get("times", 1) < 1:
        raise Refusal("A fault's times is at least 1, or null for no end.")
    try:
        pattern = re.compile(fields["path"])
    except re.error as error:
        raise Refusal(f"A fault's path must be a regular expression: {error}.") from None
    method = fields["method"].upper() if fields.get("method") else None
    return Fault(**{**fields, "path": pattern, "method": method})


class Faults:
    """The faults still to come, first ordered first taken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def take(self, vendor: str, account: str | None, request: Request) -> Fault | None:
        """The first fault that fits this request; taking it uses it up once."""
        if not self._waiting:
            return None
        with self._lock:
            fault = next((one for one in self._waiting if one.fits(vendor, account, request)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
            return fault

    def waiting(self) -> list[Json]:
        with self._lock:
            return [fault.as_json() for fault in self._waiting]

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
