"""Hides the catalog items of held products from product feeds, where the catalog is ours to change.

What somebody had hidden before us stays hidden. What somebody shows again meanwhile is not hidden again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act import holding
from orchestrator.act.holding import Batch, chunks
from orchestrator.models import RunLogEntry, VendorState, bulk
from orchestrator.record import runlog

KEY = "hold_catalog"
MISSING = "the product is in no catalog that can be changed from here"
SHOWN = "somebody shows the hidden catalog item again"

Rows = Sequence[VendorState]
Shown = dict[str, bool]  # subject → whether it is shown


def is_prepared(connection: Connection) -> bool:
    return True


def drive(vendor: Marketing, batch: Batch) -> None:
    shown = _read(vendor, batch.open)
    _hide(vendor, batch, [row for row in batch.open if row.wanted], shown)
    _show(vendor, batch, [row for row in batch.open if not row.wanted], shown)


def _read(vendor: Marketing, rows: Rows) -> Shown:
    found: Shown = {}
    for chunk in chunks(rows, vendor.item_batch):
        told = vendor.catalog_items([_product(row) for row in chunk])
        found |= {row.subject: told[_product(row)] for row in chunk if _product(row) in told}
    return found


def _hide(vendor: Marketing, batch: Batch, rows: Rows, shown: Shown) -> None:
    batch.applied([row for row in rows if row.seen and not row.is_in_doubt])
    missing = batch.among(rows)
    batch.not_possible([row for row in missing if row.subject not in shown], MISSING)
    there = batch.among(missing)
    for row in there:
        row.vendor_id = _product(row)
        row.prior = not shown[row.subject] if row.prior is None else row.prior
    batch.remember(there)
    batch.applied([row for row in there if row.prior])
    for row in batch.among(there):
        batch.send([row], partial(_set, vendor, False))


def _show(vendor: Marketing, batch: Batch, rows: Rows, shown: Shown) -> None:
    batch.applied([row for row in rows if row.prior or not (row.seen or row.is_in_doubt)])
    ours = batch.among(rows)
    batch.gone([row for row in ours if shown.get(row.subject, True)])
    for row in batch.among(ours):
        row.vendor_id = _product(row)
        batch.send([row], partial(_set, vendor, True))


def _set(vendor: Marketing, is_shown: bool, products: Sequence[str]) -> None:
    for product in products:
        vendor.show_item(product, is_shown)


def _product(row: VendorState) -> str:
    return row.subject.removeprefix("product:")


def compare(connection: Connection, vendor: Marketing, now: datetime) -> None:
    """Raises VendorError."""
    held = VendorState.objects.filter(connection=connection, key=KEY, wanted=True, seen=True, prior=False)
    settled = held.filter(claim_token="", due_at=None)
    ours = list(settled.order_by("pk"))
    versions = {row.pk: row.version for row in ours}
    shown = _read(vendor, ours)
    seen = [row.pk for row in ours if shown.get(row.subject)]
    with transaction.atomic():
        rows = settled.select_for_update().order_by("pk").filter(pk__in=seen)
        lost = [row for row in rows if row.version == versions[row.pk]]  # nobody thought anew since
        entries = [_lose(row, connection, now) for row in lost]
        bulk.create_or_update(lost, ["state", "due_at", "seen", "seen_at", "because"])
        runlog.record(entries)


def _lose(row: VendorState, connection: Connection, now: datetime) -> RunLogEntry:
    holding.lose(row, connection, now, SHOWN)
    return holding.line("hold_lost", row, connection, because=row.because)
