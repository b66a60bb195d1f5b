"""Makes sure that what a message depends on is what the vendor says now, not what it said a while ago."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from connectors import connect
from connectors.errors import TryLater
from connectors.models import Connection, Store
from connectors.roles import Storefront
from connectors.types import Reference
from orchestrator.decide import drain
from orchestrator.intake import inbox, known, polling, reading, wanted
from orchestrator.intake.known import Place
from orchestrator.models import InboxEvent
from orchestrator.models.mirror import Mirrored
from orchestrator.record import health

FRESH = timedelta(seconds=60)
UNDECIDED = (InboxEvent.State.NEW, InboxEvent.State.REREAD)


def ensure(store: Store, about: Collection[Place], now: datetime, *, purchases: bool = False) -> None:
    """Read again what is older than a minute, in one batch per vendor, and decide it.

    ``purchases``: whatever happened in the storefront counts too, not these objects alone. Raises
    VendorError when something cannot be read or decided now.
    """
    stale = [row for row in known.rows(store.pk, about).values() if row.confirmed_at < now - FRESH]
    has_read = bool(stale)
    for connection in Connection.objects.filter(store=store, is_enabled=True):
        mine = [row for row in stale if row.vendor == connection.vendor]
        is_whole = not mine or _reread(connection, mine, now)
        is_behind = purchases and connection.role == Storefront.role and _is_behind(connection, now)
        if is_behind or not is_whole:
            polling.catch_up(connection, now)
            has_read = True
        if mine:
            known.confirm(store.pk, connection.vendor, _named(mine), now)
    ids = {object_id for _, _, object_id in about}
    undecided = InboxEvent.objects.filter(store=store, object_id__in=ids, state__in=UNDECIDED)
    if has_read or undecided.exists():
        drain.drain(store, now)
    if undecided.exists():
        raise TryLater("Newer changes of this object are still being decided.", code="undecided", after=2)


def _reread(connection: Connection, rows: Sequence[Mirrored], now: datetime) -> bool:
    """Whether the vendor told of all. What it does not tell by name (carts at Shopify) has to be polled."""
    vendor = connect.open(connection, wanted.details(connection.store_id))
    snapshots = reading.read(vendor, connection, _named(rows))
    health.works(connection, now)
    inbox.accept(connection, snapshots, origin=InboxEvent.Origin.POLL, now=now)
    told = {(each.kind, each.id) for each in snapshots}
    return all((row.kind, row.object_id) in told or known.snapshot(row).is_gone for row in rows)


def _named(rows: Sequence[Mirrored]) -> list[Reference]:
    return [Reference(kind=row.kind, id=row.object_id) for row in rows]


def _is_behind(connection: Connection, now: datetime) -> bool:
    read_at = polling.read_until(connection)
    return read_at is None or read_at < now - FRESH
