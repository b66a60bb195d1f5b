"""Drives what the vendors show to what the ledger wants, in bulk calls; what cancels out costs none."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Q

from connectors import capabilities, connect, timekeeper
from connectors.errors import VendorError
from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act import drivers, stops
from orchestrator.act.clock import Clock, running
from orchestrator.act.fence import lease_end
from orchestrator.act.holding import Batch
from orchestrator.models import VendorState
from orchestrator.record import health

BATCH = 10_000  # so that who was on a list before us is asked once for a whole crowd
TICK = timedelta(seconds=5)
LEAST_PAUSE = 0.1  # seconds


def connections_due(now: datetime) -> list[int]:
    """Connections where something differs from what we want, and that no stop keeps back."""
    rows = VendorState.objects.filter(_free(), due_at__lte=now, key__in=drivers.all_drivers())
    ids = set(rows.values_list("connection_id", flat=True).distinct())
    if not ids:
        return []
    free = Connection.objects.filter(stops.in_force().free("store"), pk__in=ids)
    return list(free.order_by("pk").values_list("pk", flat=True))


def soon(connection: Connection, now: datetime) -> float | None:
    """Seconds until a wish of this connection is due again, if that is before the next tick."""
    rows = VendorState.objects.filter(connection=connection, claim_token="", due_at__lte=now + TICK)
    rows = rows.filter(stops.in_force().free("connection__store"))
    if (withheld := stops.withheld(connection)) is not None:
        rows = rows.exclude(withheld)
    first = rows.order_by("due_at").values_list("due_at", flat=True).first()
    return None if first is None else max((first - now).total_seconds(), LEAST_PAUSE)


def drive(connection: Connection, now: datetime) -> int:
    """Bring this connection in line; answers how many wishes were handled."""
    clock = running(now)
    return sum(_drive_all(connection, key, clock) for key in drivers.all_drivers())


def _drive_all(connection: Connection, key: str, clock: Clock) -> int:
    count = 0
    while rows := _claim(connection, key, clock()):
        count += len(rows)
        if not _drive(connection, Batch(connection, rows, clock())):
            break
    return count


def _drive(connection: Connection, batch: Batch) -> bool:
    try:
        vendor = connect.open(connection)
    except VendorError as error:
        batch.failed(error)
        return False
    if not isinstance(vendor, Marketing) or not capabilities.can(connection, batch.key):
        batch.not_possible([row for row in batch.rows if row.wanted], "this tool cannot hold in this way")
        batch.applied(batch.open)
        return True
    try:
        drivers.all_drivers()[batch.key].drive(vendor, batch)
    except VendorError as error:
        batch.failed(error)
        return False
    health.works(connection, batch.now)
    return True


def _claim(connection: Connection, key: str, now: datetime) -> list[VendorState]:
    """One UPDATE sets a token on due rows; claims whose lease ran out are in doubt."""
    token = uuid4().hex
    real = timekeeper.now()
    with transaction.atomic():
        locked = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        connection.resources = locked.resources
        mine = VendorState.objects.filter(connection=connection, key=key)
        settle_at = now + timedelta(seconds=settings.SETTLE_SECONDS)
        mine.filter(claimed_until__lt=real).exclude(claim_token="").update(
            claim_token="", claimed_until=None, is_in_doubt=True, due_at=settle_at
        )
        if not drivers.all_drivers()[key].is_prepared(connection) and mine.exclude(claim_token="").exists():
            return []
        stopped = stops.in_force().free("connection__store")
        due = mine.filter(stopped, due_at__lte=now, claim_token="").order_by("changed_at", "id")
        if (withheld := stops.withheld(connection)) is not None:
            due = due.exclude(withheld)
        if database.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:BATCH])
        free = VendorState.objects.filter(pk__in=ids, claim_token="")
        free.update(claim_token=token, claimed_until=lease_end())
    return list(VendorState.objects.filter(claim_token=token).order_by("changed_at", "id"))


def _free() -> Q:
    return Q(claim_token="") | Q(claimed_until__lt=timekeeper.now())
