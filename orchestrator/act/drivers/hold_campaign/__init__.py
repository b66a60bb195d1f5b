"""Holds campaigns: a scheduled one becomes a draft again and is tagged, a draft is tagged.

How it was scheduled is stored before. Later it is scheduled again only where nothing speaks against it; else
a person is asked. What goes out already is not stopped, but told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from connectors.errors import Refused
from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import Campaign
from orchestrator.act.drivers.hold_campaign import drift, keeping, lifting
from orchestrator.act.drivers.hold_campaign.keeping import TAG, Found
from orchestrator.act.holding import Batch, chunks
from orchestrator.models import VendorState
from rules.sentences import quoted

OVER = "the campaign is out, cancelled or deleted"
RUNNING = "it goes out already: only cancelling stops it"
MOVED_ON = "the campaign changed while it was reverted"

Rows = Sequence[VendorState]


def is_prepared(connection: Connection) -> bool:
    return True


def drive(vendor: Marketing, batch: Batch) -> None:
    found = keeping.read(vendor, batch.open)
    _hold(vendor, batch, [row for row in batch.open if row.wanted], found)
    lifting.lift(vendor, batch, [row for row in batch.open if not row.wanted], found)


def compare(connection: Connection, vendor: Marketing, now: datetime) -> None:
    drift.compare(connection, vendor, now)


def _hold(vendor: Marketing, batch: Batch, rows: Rows, found: Found) -> None:
    batch.applied([row for row in rows if row.seen and not row.is_in_doubt])
    missing = batch.among(rows)
    batch.not_possible([row for row in missing if _stage(row, found) == "over"], OVER)
    _tell_of_running(batch, [row for row in missing if _stage(row, found) == "running"], found)
    ours = batch.among(missing)
    mails = keeping.mails(vendor, [found[row.subject] for row in ours if _stage(row, found) == "waiting"])
    for row in ours:
        mail = mails.get(row.subject, "")
        row.vendor_id, row.kept = row.subject, keeping.kept(row, found[row.subject], mail, batch.now)
    batch.remember(ours)
    drafts = [row for row in ours if _stage(row, found) == "draft"]
    for chunk in chunks(drafts, keeping.AT_ONCE):
        batch.send(chunk, partial(vendor.tag_campaigns, TAG))
    for row in batch.among(ours):
        if row not in drafts:
            _revert(vendor, batch, row, found[row.subject])


def _stage(row: VendorState, found: Found) -> str:
    return found[row.subject].stage if row.subject in found else "over"


def _revert(vendor: Marketing, batch: Batch, row: VendorState, campaign: Campaign) -> None:
    """Tagged first: what fails between the two is still scheduled, and tried again."""

    def take_back(ids: Sequence[str]) -> None:
        vendor.tag_campaigns(TAG, ids)
        vendor.revert_campaign(campaign.id)

    try:
        batch.send([row], take_back)
    except Refused:  # it went out, or somebody was faster: the next look sees which
        batch.wait([row], MOVED_ON)
    else:
        if row.seen:
            _tell_of_reverted(batch, row, campaign)


def _tell_of_reverted(batch: Batch, row: VendorState, campaign: Campaign) -> None:
    """It will not go out as planned, and whoever planned it should know."""
    when = f"at {campaign.sends_at:%d %b %H:%M} UTC" if campaign.sends_at else "soon"
    keeping.note("campaign_reverted", batch, row, name=campaign.name, when=when)
    keeping.alarm(
        "campaign_held",
        batch,
        campaign.id,
        f"the campaign {quoted(campaign.name)} was to go out {when}. It is a draft again, because it "
        "features what is sold out.",
    )


def _tell_of_running(batch: Batch, rows: Rows, found: Found) -> None:
    for row in rows:
        keeping.alarm(
            "campaign_running",
            batch,
            row.subject,
            f"the campaign {quoted(found[row.subject].name)} features what is sold out, and it goes out "
            "already. Only cancelling it in the marketing tool stops it.",
        )
    batch.not_possible(rows, RUNNING)
