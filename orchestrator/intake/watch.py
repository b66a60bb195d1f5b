"""Reads again what we hold to be open: its end may be told to nobody.

A ticket may vanish, and a return that is declined leaves its order as if there had never been one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.models import Connection
from connectors.roles import Helpdesk, Storefront, Vendor
from connectors.types import Reference
from orchestrator.intake import inbox, reading
from orchestrator.models import InboxEvent, Return, Ticket
from orchestrator.models.mirror import Mirrored

BATCH = 100
# By the role that tells of it: what is open, and how its table says so.
OPEN: dict[str, tuple[type[Mirrored], dict[str, Any]]] = {
    Helpdesk.role: (Ticket, {"needs_care": True}),
    Storefront.role: (Return, {"is_open": True}),
}


def reread_open(connection: Connection, vendor: Vendor, now: datetime) -> int:
    """Answers how many changes were found. Raises VendorError."""
    table, is_open = OPEN[connection.role]
    mine = table._default_manager.filter(store=connection.store_id, vendor=connection.vendor, **is_open)
    count, last = 0, 0
    while rows := list(mine.filter(pk__gt=last).order_by("pk").values_list("pk", "object_id")[:BATCH]):
        last = rows[-1][0]
        references = [Reference(kind=table.kind, id=object_id) for _, object_id in rows]
        found = reading.read(vendor, connection, references)
        count += inbox.accept(connection, found, origin=InboxEvent.Origin.POLL, now=now)
    return count
