"""A running sandbox that stands in for all of a client's tools: what people do there, on request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from connectors import deadline, targets, vault
from connectors.models import Connection

SECONDS = 5.0


class NotThere(Exception):
    """It does not answer, or refuses; the message is a sentence for staff."""


def is_sandbox(connection: Connection) -> bool:
    return bool(connection.api_root) and targets.is_loopback(urlsplit(connection.api_root).hostname or "")


def address(connections: Iterable[Connection]) -> str:
    """Of the one that stands in for all of these; "" unless there is one and it may be called."""
    rows = list(connections)
    if not (rows and settings.ALLOW_LOOPBACK_VENDORS and all(map(is_sandbox, rows))):
        return ""
    roots = [urlsplit(row.api_root) for row in rows]
    found = {f"{each.scheme}://{each.netloc}" for each in roots}
    return found.pop() if len(found) == 1 else ""


class StandIn:
    """Its control interface. Everything raises NotThere."""

    def __init__(self, url: str) -> None:
        self._root = f"{url}/_control"
        self._session = deadline.new_session(allow_loopback=True)

    def account(self, connection: Connection) -> str:
        """The name of the account whose credentials these are."""
        try:
            credentials = connection.credentials()
        except vault.Unreadable as error:
            raise NotThere(f"{connection.label}: {error} Enter the credentials again.") from None
        unknown = (
            f"{connection.label}: the sandbox knows no such credentials. Enter those of an account there."
        )
        found: Mapping[str, str] = self._call("POST", f"{connection.vendor}/whose", credentials, unknown)
        return found["name"]

    def do(self, connection: Connection, verb: str, /, **fields: Any) -> Any:
        """What somebody does there, as the vendor tells of it."""
        path = f"{connection.vendor}/accounts/{self.account(connection)}/do/{verb}"
        return self._call("POST", path, fields)

    def state(self, connection: Connection) -> Any:
        """All that the account holds."""
        return self._call("GET", f"{connection.vendor}/accounts/{self.account(connection)}", None)

    def _call(self, method: str, path: str, body: object, missing: str = "") -> Any:
        """``missing`` says what it means when what the path names is not there."""
        try:
            with deadline.within(SECONDS):
                answer = self._session.request(method, f"{self._root}/{path}", json=body, timeout=SECONDS)
            told = answer.json()
        except (requests.RequestException, ValueError):
            raise NotThere("The sandbox does not answer. Start it, and try again.") from None
        if answer.status_code >= requests.codes.bad_request:
            if missing and answer.status_code == requests.codes.not_found:
                raise NotThere(missing)
            why = told.get("error", "") if isinstance(told, dict) else ""
            raise NotThere(f"The sandbox refused: {why or answer.status_code}")
        return told
