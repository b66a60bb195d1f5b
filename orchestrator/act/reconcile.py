"""Drives what the vendors show to what the ledger wants, in bulk calls; what cancels out costs none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connectors import connect
from connectors.errors import NotFound, VendorError
from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act import holdlist
from orchestrator.act.clock import running
from orchestrator.act.fence import lease_end
from orchestrator.act.holding import Batch
from orchestrator.models import VendorState
from orchestrator.record import health

BATCH = 1000


def connections_due(now: datetime) -> list[int]:
    """Connections where something differs from what we want."""
    rows = VendorState.objects.filter(due_at__lte=now).filter(_free())
    active = Connection.objects.active().filter(pk__in=set(rows.values_list("connection_id", flat=True)))
    return list(active.order_by("pk").values_list("pk", flat=True))


def drive(connection: Connection, now: datetime) -> int:
    """Bring this connection in line; answers how many wishes were handled."""
    count, clock = 0, running(now)
    while rows := _claim(connection, clock()):
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
    if not isinstance(vendor, Marketing):
        batch.not_possible(batch.rows, "this tool cannot hold anybody")
        return True
    try:
        list_id = holdlist.ensure(connection, vendor, batch.now)
        _settle_doubt(vendor, list_id, batch)
        _add(vendor, list_id, batch)
        _remove(vendor, list_id, batch)
    except NotFound as error:
        batch.failed(_why_not_found(vendor, batch, error))
        return False
    except VendorError as error:
        batch.failed(error)
        return False
    health.works(connection, batch.now)
    return True


def _why_not_found(vendor: Marketing, batch: Batch, error: NotFound) -> VendorError:
    """The list was deleted, or something else is not there."""
    try:
        is_there = holdlist.look_after(batch.connection, vendor, batch.now)
    except VendorError as trouble:
        return trouble
    return error if is_there else holdlist.gone(batch.connection)


def _send(
    vendor: Marketing, batch: Batch, rows: Sequence[VendorState], call: Callable[[Sequence[str]], None]
) -> None:
    """A profile that was merged or deleted there must not be mistaken for a list that is gone."""
    try:
        batch.send(rows, call)
    except NotFound:
        if holdlist.look_after(batch.connection, vendor, batch.now) is None:
            raise
        batch.forget_profiles(rows)


def _settle_doubt(vendor: Marketing, list_id: str, batch: Batch) -> None:
    """After a pause the list is read; then the wish is written again, whatever was seen."""
    doubtful = [row for row in batch.rows if row.is_in_doubt]
    for chunk in _chunks(doubtful, vendor.lookup_batch):
        members = vendor.members_among(list_id, [row.subject for row in chunk])
        for row in chunk:
            row.vendor_id = members.get(row.subject, row.vendor_id)
            row.seen = row.subject in members
    # Who was there before is stored before anything is sent. So these were never sent, and who is there
    # was there before us.
    unsent = [row for row in doubtful if row.prior is None]
    for row in unsent:
        row.prior = row.seen
    batch.remember(unsent)


def _add(vendor: Marketing, list_id: str, batch: Batch) -> None:
    wanted = [row for row in batch.rows if row.wanted]
    there = [row for row in wanted if row.seen and not row.is_in_doubt]
    batch.applied(there)
    missing = [row for row in wanted if not row.seen or row.is_in_doubt]
    _find_profiles(vendor, missing)
    batch.not_possible([row for row in missing if not row.vendor_id], "no profile of this e-mail there")
    known = [row for row in missing if row.vendor_id]
    _notice_prior(vendor, list_id, known, batch)
    ours = [row for row in known if not row.prior]
    batch.applied([row for row in known if row.prior])
    for chunk in _chunks(ours, vendor.list_batch):
        _send(vendor, batch, chunk, partial(vendor.add_to_list, list_id))


def _remove(vendor: Marketing, list_id: str, batch: Batch) -> None:
    unwanted = [row for row in batch.rows if not row.wanted]
    ours = [row for row in unwanted if not row.prior and (row.seen or row.is_in_doubt)]
    batch.applied([row for row in unwanted if row.prior or not (row.seen or row.is_in_doubt)])
    _find_profiles(vendor, ours)
    batch.gone([row for row in ours if not row.vendor_id])
    for chunk in _chunks([row for row in ours if row.vendor_id], vendor.list_batch):
        _send(vendor, batch, chunk, partial(vendor.remove_from_list, list_id))


def _find_profiles(vendor: Marketing, rows: Sequence[VendorState]) -> None:
    for chunk in _chunks([row for row in rows if not row.vendor_id], vendor.lookup_batch):
        ids = vendor.profile_ids([row.subject for row in chunk])
        for row in chunk:
            row.vendor_id = ids.get(row.subject, "")


def _notice_prior(vendor: Marketing, list_id: str, rows: Sequence[VendorState], batch: Batch) -> None:
    """Who is on the list before us is never taken off by us. Asked once, the cheaper of two ways."""
    unknown = [row for row in rows if row.prior is None]
    if not unknown:
        return
    ours_there = VendorState.objects.filter(connection=batch.connection, key=batch.key, seen=True).count()
    if ours_there <= len(unknown):
        members = set(vendor.list_members(list_id))
        for row in unknown:
            row.prior = row.vendor_id in members
    else:
        for chunk in _chunks(unknown, vendor.lookup_batch):
            found = vendor.members_among(list_id, [row.subject for row in chunk])
            for row in chunk:
                row.prior = row.subject in found
    batch.remember(unknown)


def _claim(connection: Connection, now: datetime) -> list[VendorState]:
    """One UPDATE sets a token on due rows; claims whose lease ran out are in doubt."""
    token = uuid4().hex
    real = timezone.now()
    with transaction.atomic():
        locked = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        connection.resources = locked.resources
        mine = VendorState.objects.filter(connection=connection)
        settle_at = now + timedelta(seconds=settings.SETTLE_SECONDS)
        mine.filter(claimed_until__lt=real).exclude(claim_token="").update(
            claim_token="", claimed_until=None, is_in_doubt=True, due_at=settle_at
        )
        if holdlist.RESOURCE not in connection.resources and mine.exclude(claim_token="").exists():
            return []  # somebody is making the list, and two of one name would part the held
        due = mine.filter(due_at__lte=now, claim_token="").order_by("due_at", "id")
        if database.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:BATCH])
        free = VendorState.objects.filter(pk__in=ids, claim_token="")
        free.update(claim_token=token, claimed_until=lease_end())
    return list(VendorState.objects.filter(claim_token=token).order_by("due_at", "id"))


def _free() -> Q:
    return Q(claim_token="") | Q(claimed_until__lt=timezone.now())


def _chunks(rows: Sequence[VendorState], size: int) -> list[Sequence[VendorState]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
