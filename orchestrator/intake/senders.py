"""Who posts to the door: a connection found by its token, remembered for a moment with its credentials."""

from __future__ import annotations

import time
from functools import cached_property

from connectors import registry
from connectors.models import Connection
from connectors.roles import Vendor

REMEMBERED = 1.0  # seconds; for so long a changed secret may still be asked for


class Sender:
    """A burst from one vendor reads the row and opens its credentials once a second, not once a delivery."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.until = time.monotonic() + REMEMBERED

    @property
    def vendor(self) -> type[Vendor]:
        """Raises KeyError when no such vendor exists."""
        return registry.vendor_class(self.connection.vendor)

    @cached_property
    def credentials(self) -> dict[str, str]:
        """Raises vault.Unreadable when the keys do not fit."""
        return self.connection.credentials()


_known: dict[str, Sender] = {}  # only of tokens that exist, so strangers cannot fill it


def by_token(token: str) -> Sender | None:
    """Raises DatabaseError when it cannot be looked up."""
    known = _known.get(token)
    if known is not None and time.monotonic() < known.until:
        return known
    connection = Connection.objects.filter(token=token).order_by().first()
    if connection is None:
        _known.pop(token, None)
        return None
    sender = _known[token] = Sender(connection)
    return sender


def forget() -> None:
    """Look everybody up again."""
    _known.clear()
