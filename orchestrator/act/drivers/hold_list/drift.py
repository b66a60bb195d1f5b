"""Compares who is on the hold list with the ledger: ours that are missing there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act import holding
from orchestrator.models import RunLogEntry, VendorState, bulk
from orchestrator.record import runlog

State = VendorState.State


def compare(connection: Connection, vendor: Marketing, list_id: str, now: datetime) -> None:
    """Ours that are missing are put back once, then reported. What others added is only counted.

    Ours are noted before theirs are read: who is added while we read is not missing.
    """
    held = VendorState.objects.filter(connection=connection, key="hold_list", wanted=True)
    settled = held.filter(seen=True, claim_token="", due_at=None).exclude(vendor_id="")
    ours = dict(settled.values_list("pk", "vendor_id"))
    versions = dict(settled.values_list("pk", "version"))
    there = set(vendor.list_members(list_id))
    foreign = len(there - set(held.values_list("vendor_id", flat=True)))
    gone = [pk for pk, vendor_id in ours.items() if vendor_id not in there]
    with transaction.atomic():
        rows = settled.select_for_update().order_by("pk").filter(pk__in=gone)
        missing = [row for row in rows if row.version == versions.get(row.pk)]  # nobody thought anew since
        entries = [_restore_or_lose(row, connection, now) for row in missing]
        bulk.create_or_update(missing, ["state", "due_at", "seen", "because", "restored", "prior"])
    if missing or foreign:
        entries.append(
            runlog.entry(
                "drift_checked",
                store_id=connection.store_id,
                vendor=connection.vendor,
                vendor_label=connection.label,
                ours=len(there) - foreign,
                missing=len(missing),
                foreign=foreign,
            )
        )
    runlog.record(entries)


def _restore_or_lose(row: VendorState, connection: Connection, now: datetime) -> RunLogEntry:
    code = "hold_lost"
    if row.restored:
        holding.lose(row, connection, now, "somebody took this person off the hold list again")
    else:
        code = "hold_restored"
        row.restored, row.seen, row.prior = 1, False, False
        row.state, row.due_at = State.PENDING, now
    return holding.line(code, row, connection)
