"""What a vendor would be asked, word for word: the first call, written down and not made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

import msgspec
import requests
from django.conf import settings

from connectors import http, registry, vault
from connectors.errors import VendorError
from connectors.models import Connection
from connectors.roles import Vendor


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was not made. Headers are left out: they carry the credentials."""

    method: str
    url: str
    body: str = ""  # JSON, indented

    @property
    def is_lookup(self) -> bool:
        return self.method == "GET"


class _Tape(requests.Session):
    """A session that writes down what it is told to send, and sends nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def request(  # type: ignore[override]  # nothing else is ever asked of it
        self, method: str, url: str, *, params: Any = None, data: bytes | None = None, **_: Any
    ) -> NoReturn:
        prepared = requests.Request(method, url, params=params).prepare()
        body = json.dumps(json.loads(data), indent=2, ensure_ascii=False) if data else ""
        self.calls.append(Call(method=method, url=str(prepared.url), body=body))
        raise requests.ConnectionError


def first_call(connection: Connection, perform: Callable[[Vendor], object]) -> Call | None:
    """The call that ``perform`` makes first; None where it cannot be told (no such vendor, no credentials).

    What comes after a look-up depends on its answer, so there the look-up is all that can be told.
    """
    kind = registry.all_vendors().get(connection.vendor)
    if kind is None:
        return None
    credentials = _credentials(connection, kind)
    tape = _Tape()
    root = connection.api_root or kind.root(credentials)
    client = http.Client(
        root,
        {},
        allow_loopback=settings.ALLOW_LOOPBACK_VENDORS,
        deadline=settings.CALL_DEADLINE,
        session=tape,
        label=kind.label,
    )
    with suppress(VendorError):  # it heard no answer
        perform(kind(client, credentials))
    return next(iter(tape.calls), None)


def _credentials(connection: Connection, kind: type[Vendor]) -> Mapping[str, str]:
    """What is not known yet stands as a gap in the address."""
    gaps = {name: f"<{name}>" for name in kind.Credentials.base_fields}
    try:
        return gaps | {name: value for name, value in connection.credentials().items() if value}
    except vault.Unreadable:
        return gaps
