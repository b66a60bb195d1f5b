"""What is kept of a campaign before it is held, and what staff are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import Campaign
from orchestrator.act.holding import Batch, chunks
from orchestrator.models import VendorState
from orchestrator.record import attention, runlog

KEY = "hold_campaign"
TAG = "ops:held-low-stock"
WHILE_HELD = ("campaign_held", "campaign_running")  # what is told as long as it is wanted
AT_ONCE = 100  # campaigns on a page

Found = dict[str, Campaign]


def read(vendor: Marketing, rows: Sequence[VendorState]) -> Found:
    """What these campaigns are now; deleted ones are missing."""
    found: Found = {}
    for chunk in chunks(rows, AT_ONCE):
        found |= {each.id: each for each in vendor.campaigns([row.subject for row in chunk])}
    return found


def mails(vendor: Marketing, campaigns: Iterable[Campaign]) -> dict[str, str]:
    """A fingerprint of the mail itself, by campaign: the campaign does not show that it was rewritten."""
    told = vendor.campaign_copy(campaigns, anew=True)
    return {id_: blake2b(copy.encode(), digest_size=12).hexdigest() for id_, copy in told}


def kept(row: VendorState, campaign: Campaign, mail: str, now: datetime) -> dict[str, Any]:
    """How it is now. What we may have reverted ourselves before is remembered as it was then.

    ``is_sure`` says that nobody but us can have made it a draft, and that it is one message.
    """
    if campaign.stage == "draft" and row.is_in_doubt and row.kept.get("was") == "waiting":
        return {**row.kept, "is_sure": False}
    return {
        "was": campaign.stage,
        "name": campaign.name,
        "strategy": dict(campaign.strategy),
        "sends_at": campaign.sends_at.isoformat() if campaign.sends_at else None,
        "content": campaign.content,
        "mail": mail,
        "held_at": now.isoformat(),
        "is_sure": campaign.variants == 1,
    }


def reference(connection: Connection, campaign_id: str) -> str:
    return f"{connection.vendor}:campaign:{campaign_id}"


def alarm(code: str, batch: Batch, campaign_id: str, sentence: str) -> None:
    attention.call(
        code,
        f"{batch.connection}: {sentence}",
        now=batch.now,
        connection=batch.connection,
        reference=reference(batch.connection, campaign_id),
    )


def clear(codes: Sequence[str], connection: Connection, campaign_id: str, now: datetime) -> None:
    for code in codes:
        attention.clear(
            code, now=now, store_id=connection.store_id, reference=reference(connection, campaign_id)
        )


def note(code: str, batch: Batch, row: VendorState, **details: Any) -> None:
    runlog.note(
        code,
        store_id=batch.connection.store_id,
        vendor=batch.connection.vendor,
        subject=row.subject,
        reference=reference(batch.connection, row.subject),
        trace=row.trace,
        vendor_label=batch.connection.label,
        **details,
    )
