"""Short-lived tokens that credentials are exchanged for: sealed, and renewed by one process at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from django.conf import settings
from django.db.models import Q

from connectors import timekeeper, vault
from connectors.errors import TryLater
from connectors.models import Connection
from connectors.types import Token

EARLY = timedelta(minutes=5)  # a token is renewed so long before it ends
ASK_AGAIN = 2.0  # seconds, while another process renews

Exchange = Callable[[Mapping[str, str]], Token]


class Tokens:
    """The token of one connection. ``exchange`` makes the call that gives a new one.

    A renewed value that replaces an entered one (a rotating refresh token) belongs to that entry; any
    other belongs to all of what was entered. So entering other credentials drops what came of the old.
    """

    def __init__(
        self, connection: Connection, entered: Mapping[str, str], root: str, exchange: Exchange
    ) -> None:
        self._row = connection
        self._entered = dict(entered)
        self._root = root
        self._exchange = exchange

    def usable(self) -> dict[str, str]:
        """The credentials with a token that holds for minutes yet. Raises VendorError."""
        held = self._held()
        return self._entered | (held if self._is_fresh(held) else self._renewed(None))

    def replaced(self, refused: Mapping[str, str]) -> dict[str, str]:
        """The credentials with another token than the one that was refused. Raises VendorError."""
        return self._entered | self._renewed(refused)

    def _renewed(self, refused: Mapping[str, str] | None) -> dict[str, str]:
        if not self._claim():
            return self._of_another(refused)
        try:
            self._reload()
            held = self._held()
            if self._is_good(held, refused):
                return held  # another process was quicker
            return self._keep(held, self._exchange(self._entered | held))
        finally:
            self._release()

    def _of_another(self, refused: Mapping[str, str] | None) -> dict[str, str]:
        """Somebody else renews: what is stored serves as long as it is valid, else this waits."""
        self._reload()
        held = self._held()
        if self._is_good(held, refused, early=timedelta(0)):
            return held
        raise TryLater(
            f"{self._row.label}: the access token is being renewed. It goes on in a moment.",
            code="token_renewing",
            after=ASK_AGAIN,
        )

    def _is_good(
        self, held: Mapping[str, str], refused: Mapping[str, str] | None, early: timedelta = EARLY
    ) -> bool:
        is_other = refused is None or any(refused.get(name) != value for name, value in held.items())
        return is_other and self._is_fresh(held, early)

    def _is_fresh(self, held: Mapping[str, str], early: timedelta = EARLY) -> bool:
        """Whether everything we were given opens still and is valid for a while."""
        until = self._row.renewed_until
        return bool(held) and held.keys() == self._row.renewed.keys() and (not until or until > _soon(early))

    def _held(self) -> dict[str, str]:
        held = {}
        for name, sealed in self._row.renewed.items():
            try:
                held[name] = vault.unseal(sealed, self._place(name))
            except vault.Unreadable:
                continue  # it came of other credentials, so it is of no use any more
        return held

    def _keep(self, held: Mapping[str, str], token: Token) -> dict[str, str]:
        """All values in one statement, so that no mixture of two renewals is ever stored."""
        values = {**held, **token.values}
        self._row.renewed = {name: vault.seal(value, self._place(name)) for name, value in values.items()}
        self._row.renewed_until = token.expires_at
        if self._row.pk is None:
            return values
        mine = Connection.objects.filter(pk=self._row.pk, renewal_token=self._row.renewal_token)
        if not mine.update(renewed=self._row.renewed, renewed_until=token.expires_at):
            self._reload()
            return self._of_another(None)
        return values

    def _claim(self) -> bool:
        """On the real clock, as all leases. It outlasts the call, which has a deadline of its own."""
        if self._row.pk is None:
            return True
        self._row.renewal_token = uuid4().hex
        until = _soon(timedelta(seconds=settings.LEASE_SECONDS))
        free = Q(renewal_until=None) | Q(renewal_until__lt=timekeeper.now())
        rows = Connection.objects.filter(free, pk=self._row.pk)
        return bool(rows.update(renewal_token=self._row.renewal_token, renewal_until=until))

    def _release(self) -> None:
        mine = Connection.objects.filter(pk=self._row.pk, renewal_token=self._row.renewal_token)
        mine.update(renewal_token="", renewal_until=None)

    def _reload(self) -> None:
        """Only the token: the caller's row may hold other values that are not saved yet."""
        if self._row.pk is None:
            return
        stored = Connection.objects.only("renewed", "renewed_until").get(pk=self._row.pk)
        self._row.renewed, self._row.renewed_until = stored.renewed, stored.renewed_until

    def _place(self, name: str) -> str:
        entry = {name: self._entered[name]} if self._entered.get(name) else self._entered
        text = json.dumps([self._root, sorted(entry.items())])
        digest = sha256(text.encode()).hexdigest()
        return f"{self._row.store_id}:{self._row.vendor}:renewed:{name}:{digest}"


def _soon(after: timedelta) -> datetime:
    return timekeeper.now() + after
