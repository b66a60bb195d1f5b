"""What the marketing tool does about left carts by itself: looked at before we begin to remind of one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from connectors import connect
from connectors.errors import VendorError
from connectors.limits import Use
from connectors.models import Connection, Store
from connectors.roles import Marketing
from orchestrator.act import holdlist, suppressions
from orchestrator.record import health

FLOWS, LOOKED_AT = "cart_flows", "cart_flows_at"  # among a connection's resources
GOOD_FOR = timedelta(minutes=10)


def known(connection: Connection | None, now: datetime) -> tuple[str, ...] | None:
    """Their names; none without such a tool, None when nobody could look of late."""
    if connection is None:
        return ()
    return names(connection) if _is_fresh(connection, now) else None


def names(connection: Connection) -> tuple[str, ...]:
    """As they were seen last, however long ago."""
    return tuple(each["name"] for each in connection.resources.get(FLOWS, ()))


def look(store: Store, now: datetime) -> None:
    """Read them again unless that was done a moment ago. What cannot be read stays unknown, and waits."""
    connection = suppressions.account_of(store)
    if connection is None or _is_fresh(connection, now):
        return
    try:
        vendor = connect.open(connection, use=Use.READING)
        found = vendor.cart_flows() if isinstance(vendor, Marketing) else []
    except VendorError as error:
        health.fails(connection, error, now)
        return
    health.works(connection, now)
    told = [{"id": each.id, "name": each.name, "trigger": each.trigger} for each in found]
    holdlist.remember(connection, **{FLOWS: told, LOOKED_AT: now.isoformat()})


def _is_fresh(connection: Connection, now: datetime) -> bool:
    with suppress(KeyError, ValueError):
        return now - datetime.fromisoformat(connection.resources[LOOKED_AT]) < GOOD_FOR
    return False
