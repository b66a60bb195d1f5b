"""Looks at held campaigns: what somebody scheduled again or deleted is lost, told, and left so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act import holding
from orchestrator.act.drivers.hold_campaign import keeping
from orchestrator.act.drivers.hold_campaign.keeping import KEY, TAG, Found
from orchestrator.models import Attention, RunLogEntry, VendorState, bulk
from orchestrator.record import attention, runlog

SCHEDULED = "somebody scheduled or sent the held campaign"
DELETED = "somebody deleted the held campaign"
UNTAGGED = f"somebody took our tag “{TAG}” off; it is still a draft"


def compare(connection: Connection, vendor: Marketing, now: datetime) -> None:
    """Raises VendorError."""
    held = VendorState.objects.filter(connection=connection, key=KEY, wanted=True)
    settled = held.filter(seen=True, claim_token="", due_at=None)
    ours = list(settled.order_by("pk"))
    versions = {row.pk: row.version for row in ours}
    found = keeping.read(vendor, ours)
    _notice(connection, versions, found, now)
    _clear_what_is_over(connection, now)
    _clear_scheduled(connection, vendor, now)


def _notice(connection: Connection, versions: dict[int, int], found: Found, now: datetime) -> None:
    with transaction.atomic():
        rows = (
            VendorState.objects.select_for_update()
            .order_by("pk")
            .filter(pk__in=versions, seen=True, claim_token="", due_at=None)
        )
        changed = [
            row for row in rows if row.version == versions[row.pk] and _why_changed(row, found) != row.because
        ]
        entries = [_tell(row, connection, _why_changed(row, found), now) for row in changed]
        bulk.create_or_update(changed, ["state", "due_at", "seen", "seen_at", "because"])
        runlog.record(entries)


def _why_changed(row: VendorState, found: Found) -> str:
    campaign = found.get(row.subject)
    if campaign is None:
        return DELETED
    if campaign.stage != "draft":
        return SCHEDULED
    return "" if TAG in campaign.tags else UNTAGGED


def _tell(row: VendorState, connection: Connection, because: str, now: datetime) -> RunLogEntry:
    """Without our tag it is still held; people see that we noticed."""
    row.because = because
    if because in (DELETED, SCHEDULED):
        holding.lose(row, connection, now, because)
    return holding.line(
        "hold_lost" if because in (DELETED, SCHEDULED) else "campaign_noticed",
        row,
        connection,
        reference=keeping.reference(connection, row.subject),
        because=because or "our tag is there again",
    )


def _clear_what_is_over(connection: Connection, now: datetime) -> None:
    """What is not wanted any more, or lost, was not always brought to the vendor."""
    held = VendorState.objects.filter(connection=connection, key=KEY, wanted=True)
    still = held.exclude(state=VendorState.State.LOST).values_list("subject", flat=True)
    keep = frozenset(keeping.reference(connection, each) for each in still)
    for code in keeping.WHILE_HELD:
        attention.clear(code, now=now, store_id=connection.store_id, keep=keep)


def _clear_scheduled(connection: Connection, vendor: Marketing, now: datetime) -> None:
    """What was left to a person is done with once it is no draft any more."""
    left = Attention.objects.open().filter(connection=connection, code="campaign_to_schedule")
    ids = [reference.rpartition(":")[2] for reference in left.values_list("reference", flat=True)]
    for chunk in _chunks(ids):
        drafts = {each.id for each in vendor.campaigns(chunk) if each.stage == "draft"}
        for each in chunk:
            if each not in drafts:
                keeping.clear(("campaign_to_schedule",), connection, each, now)


def _chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + keeping.AT_ONCE] for start in range(0, len(ids), keeping.AT_ONCE)]
