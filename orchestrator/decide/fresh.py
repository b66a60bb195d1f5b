"""Makes sure that what a message depends on is what the vendor says now, not what it said a while ago."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from connectors import connect, shadow, timekeeper
from connectors.errors import TryLater
from connectors.models import Connection, Store
from connectors.roles import Helpdesk, Storefront
from connectors.types import Reference
from orchestrator.decide import drain
from orchestrator.intake import inbox, known, polling, reading, wanted
from orchestrator.intake.known import Place
from orchestrator.models import InboxEvent
from orchestrator.models.mirror import Mirrored
from orchestrator.record import health
from rules.compiled import CompiledRule
from rules.facts import RECORD, RETURNS, SALES, TICKETS

FRESH = timedelta(seconds=60)
UNDECIDED = (InboxEvent.State.NEW, InboxEvent.State.REREAD)
# Where it is told what a rule wants to know beyond the object that changed.
TOLD_BY = {RECORD: Storefront.role, RETURNS: Storefront.role, SALES: Storefront.role, TICKETS: Helpdesk.role}


def sources(rules: Iterable[CompiledRule]) -> frozenset[str]:
    """Roles of the tools of which everything counts for these rules, not single objects alone."""
    wanted = {want for rule in rules for want in rule.recipe.wants(rule.params)}
    return frozenset(TOLD_BY[each] for each in wanted if each in TOLD_BY)


def ensure(store: Store, about: Collection[Place], now: datetime, *, whole: Collection[str] = ()) -> None:
    """Read again what is older than a minute, in one batch per vendor, and decide it.

    ``whole``: roles of the tools of which whatever happened counts too, not these objects alone. Raises
    VendorError when something cannot be read or decided now.
    """
    if timekeeper.is_virtual():
        return  # what was read again then is among what was recorded
    with shadow.cast(on=False):  # what is heard is so, whoever asked
        _ensure(store, about, now, whole)


def _ensure(store: Store, about: Collection[Place], now: datetime, whole: Collection[str]) -> None:
    rows = known.rows(store.pk, about).values()
    stale = [row for row in rows if row.may_change and row.confirmed_at < now - FRESH]
    has_read = bool(stale)
    for connection in Connection.objects.filter(store=store, is_enabled=True):
        mine = [row for row in stale if row.vendor == connection.vendor]
        is_whole = not mine or _reread(connection, mine, now)
        is_behind = connection.role in whole and _is_behind(connection, now)
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
    vendor = connect.open(connection, wanted.details(connection))
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
