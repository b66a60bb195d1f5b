"""Lets campaigns go: scheduled again as they were where nothing speaks against it, else left to a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.errors import Refused
from connectors.roles import Marketing
from connectors.types import Campaign
from connectors.values import instant
from orchestrator.act.drivers.hold_campaign import keeping
from orchestrator.act.drivers.hold_campaign.keeping import TAG, Found
from orchestrator.act.holding import Batch
from orchestrator.models import Suppression, VendorState
from rules import reasons
from rules.sentences import quoted

MARGIN = timedelta(minutes=15)  # nearer than that people could not look at it any more
RECOVERED = "stock_recovered"
REWRITTEN = "its mail was rewritten while it was held"

Rows = Sequence[VendorState]


def lift(vendor: Marketing, batch: Batch, rows: Rows, found: Found) -> None:
    for row in rows:
        keeping.clear(keeping.WHILE_HELD, batch.connection, row.subject, batch.now)
    batch.applied([row for row in rows if not (_is_held(row) or _is_marked(row, found))])
    ours = batch.among(rows)
    batch.gone([row for row in ours if row.subject not in found])
    ends = _ends(batch, ours)
    for row in batch.among(ours):
        _let_go(vendor, batch, row, found[row.subject], ends[row.subject])


def _is_held(row: VendorState) -> bool:
    return bool(row.seen) or row.is_in_doubt


def _is_marked(row: VendorState, found: Found) -> bool:
    """Somebody scheduled it while it was held: that is theirs, but our tag says what is not so any more."""
    return bool(row.kept) and row.subject in found and TAG in found[row.subject].tags


def _ends(batch: Batch, rows: Rows) -> defaultdict[str, list[tuple[datetime, str]]]:
    """When and why the causes of these campaigns ended."""
    closed = Suppression.objects.filter(
        store=batch.connection.store_id,
        subject__in=[row.subject for row in rows],
        method=keeping.KEY,
        closed_at__isnull=False,
    )
    found: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for subject, at, why in closed.values_list("subject", "closed_at", "closed_because"):
        if at is not None:
            found[subject].append((at, why))
    return found


def _let_go(
    vendor: Marketing,
    batch: Batch,
    row: VendorState,
    campaign: Campaign,
    ends: Sequence[tuple[datetime, str]],
) -> None:
    """What somebody scheduled, sent or cancelled meanwhile is left as it is, but for our tag."""
    was_ours = campaign.stage == "draft" and row.kept.get("was") == "waiting"
    because = why_not(row, campaign, ends, batch.now) if was_ours else ""
    if was_ours and not because and _is_rewritten(vendor, row, campaign):
        because = REWRITTEN
    is_scheduled = was_ours and not because
    told = dict(row.kept)

    def give_back(ids: Sequence[str]) -> None:
        if is_scheduled:
            vendor.schedule_campaign(campaign.id)
        if TAG in campaign.tags:
            vendor.untag_campaigns(TAG, ids)

    row.vendor_id = row.subject
    try:
        batch.send([row], give_back)
    except Refused as error:
        because = f"{batch.connection.label} refused to schedule it ({error.sentence})"
        batch.applied([_released(row)])
    if row in batch.open:
        return  # stopped, or no longer ours to send
    if because:
        _leave_to_a_person(batch, row, campaign, because, told)
    elif is_scheduled:
        keeping.note("campaign_scheduled", batch, row, name=campaign.name, at=told["sends_at"])


def _is_rewritten(vendor: Marketing, row: VendorState, campaign: Campaign) -> bool:
    """As far as it was kept how the mail was, which holds from before did not."""
    before = row.kept.get("mail")
    return before is not None and before != keeping.mails(vendor, [campaign]).get(campaign.id, "")


def _released(row: VendorState) -> VendorState:
    row.seen = False
    return row


def why_not(row: VendorState, campaign: Campaign, ends: Sequence[tuple[datetime, str]], now: datetime) -> str:
    """What speaks against scheduling it again ourselves, "" when nothing does."""
    sends_at, held_at = instant(row.kept.get("sends_at")), instant(row.kept.get("held_at"))
    others = sorted({why for at, why in ends if why != RECOVERED and (held_at is None or at >= held_at)})
    answers = {
        "somebody had scheduled it while it was held": not _is_held(row),
        "it has several variants, or somebody may have reverted it too": not row.kept.get("is_sure"),
        "it was changed while it was held": campaign.content != row.kept.get("content"),
        f"somebody took our tag {quoted(TAG)} off": TAG not in campaign.tags,
        "it was to go out at once": sends_at is None,
        "its time has passed, or is too near": sends_at is not None and sends_at <= now + MARGIN,
        reasons.told(others[0]) if others else "": bool(others),
    }
    return next((said for said, applies in answers.items() if applies), "")


def _leave_to_a_person(
    batch: Batch, row: VendorState, campaign: Campaign, because: str, told: dict[str, object]
) -> None:
    keeping.note("campaign_left", batch, row, name=campaign.name, because=because, kept=told.get("strategy"))
    keeping.alarm(
        "campaign_to_schedule",
        batch,
        campaign.id,
        f"nothing holds the campaign {quoted(campaign.name)} any more, and it is still a draft: {because}. "
        "Schedule it again if it shall go out.",
    )
