"""Reads again what we hold to be open: an object that vanished tells nobody."""

from __future__ import annotations

from datetime import datetime

from connectors.models import Connection
from connectors.roles import Helpdesk
from connectors.types import Reference
from orchestrator.intake import inbox, reading
from orchestrator.models import InboxEvent, Ticket

BATCH = 100


def reread_open_tickets(connection: Connection, vendor: Helpdesk, now: datetime) -> int:
    """Answers how many changes were found. Raises VendorError."""
    count, last = 0, 0
    while True:
        open_rows = Ticket.objects.filter(
            store_id=connection.store_id, vendor=connection.vendor, needs_care=True, pk__gt=last
        )
        rows = list(open_rows.order_by("pk").values_list("pk", "object_id")[:BATCH])
        if not rows:
            return count
        last = rows[-1][0]
        references = [Reference(kind="ticket", id=object_id) for _, object_id in rows]
        found = reading.read(vendor, connection, references)
        count += inbox.accept(connection, found, origin=InboxEvent.Origin.POLL, now=now)
