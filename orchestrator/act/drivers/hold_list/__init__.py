"""Holds people on the store's own list, which flows and campaigns leave out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from connectors.errors import NotFound, VendorError
from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act import holdlist
from orchestrator.act.drivers.hold_list import drift, sendings
from orchestrator.act.holding import Batch, chunks
from orchestrator.models import VendorState


def is_prepared(connection: Connection) -> bool:
    """Two lists of one name would part the held."""
    return holdlist.RESOURCE in connection.resources


def drive(vendor: Marketing, batch: Batch) -> None:
    try:
        list_id = holdlist.ensure(batch.connection, vendor, batch.now)
        _settle_doubt(vendor, list_id, batch)
        _add(vendor, list_id, batch)
        _remove(vendor, list_id, batch)
    except NotFound as error:
        raise _why_not_found(vendor, batch, error) from error


def compare(connection: Connection, vendor: Marketing, now: datetime) -> None:
    list_id = holdlist.look_after(connection, vendor, now)
    if list_id is not None:
        drift.compare(connection, vendor, list_id, now)
        sendings.compare(connection, vendor, list_id, now)


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
    for chunk in chunks(doubtful, vendor.lookup_batch):
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
    members = _members(vendor, list_id, [row for row in missing if row.prior is None], batch)
    for chunk in chunks(missing, vendor.list_batch):
        _find_profiles(vendor, chunk)
        batch.not_possible([row for row in chunk if not row.vendor_id], "no profile of this e-mail there")
        known = [row for row in chunk if row.vendor_id]
        _notice_prior(vendor, list_id, known, members, batch)
        batch.applied([row for row in known if row.prior])
        ours = [row for row in known if not row.prior]
        _send(vendor, batch, ours, partial(vendor.add_to_list, list_id))


def _remove(vendor: Marketing, list_id: str, batch: Batch) -> None:
    unwanted = [row for row in batch.rows if not row.wanted]
    ours = [row for row in unwanted if not row.prior and (row.seen or row.is_in_doubt)]
    batch.applied([row for row in unwanted if row.prior or not (row.seen or row.is_in_doubt)])
    _find_profiles(vendor, ours)
    batch.gone([row for row in ours if not row.vendor_id])
    for chunk in chunks([row for row in ours if row.vendor_id], vendor.list_batch):
        _send(vendor, batch, chunk, partial(vendor.remove_from_list, list_id))


def _find_profiles(vendor: Marketing, rows: Sequence[VendorState]) -> None:
    for chunk in chunks([row for row in rows if not row.vendor_id], vendor.lookup_batch):
        ids = vendor.profile_ids([row.subject for row in chunk])
        for row in chunk:
            row.vendor_id = ids.get(row.subject, "")


def _members(
    vendor: Marketing, list_id: str, unknown: Sequence[VendorState], batch: Batch
) -> frozenset[str] | None:
    """Everybody on the list, asked once for the whole batch; None where asking for these alone is cheaper."""
    ours_there = VendorState.objects.filter(connection=batch.connection, key=batch.key, seen=True).count()
    is_cheaper = unknown and ours_there <= len(unknown)
    return frozenset(vendor.list_members(list_id)) if is_cheaper else None


def _notice_prior(
    vendor: Marketing,
    list_id: str,
    rows: Sequence[VendorState],
    members: frozenset[str] | None,
    batch: Batch,
) -> None:
    """Who is on the list before us is never taken off by us."""
    unknown = [row for row in rows if row.prior is None]
    if members is not None:
        for row in unknown:
            row.prior = row.vendor_id in members
    else:
        for chunk in chunks(unknown, vendor.lookup_batch):
            found = vendor.members_among(list_id, [row.subject for row in chunk])
            for row in chunk:
                row.prior = row.subject in found
    batch.remember(unknown)
