"""Schedules a campaign that was held for a time that a person named."""

from __future__ import annotations

from datetime import datetime

from connectors import connect
from connectors.errors import Refused
from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import Campaign
from orchestrator.act.drivers.hold_campaign import keeping
from orchestrator.models import VendorState

HELD_AGAIN = (
    "It is held again, because something that it features is sold out. It is asked about anew after that."
)
NO_DRAFT = "It is no draft any more: somebody scheduled, sent or deleted it meanwhile."


def schedule(connection: Connection, campaign_id: str, at: datetime, now: datetime) -> Campaign:
    """The campaign as it was before. Looked at first; a second try finds no draft any more.

    Raises Refused with a sentence where there is nothing to schedule, and VendorError.
    """
    held = VendorState.objects.filter(
        connection=connection, key=keeping.KEY, subject=campaign_id, wanted=True
    )
    if held.exclude(state=VendorState.State.LOST).exists():
        raise Refused(HELD_AGAIN, code="held")
    vendor = connect.open(connection)
    drafts = (
        [each for each in vendor.campaigns([campaign_id]) if each.stage == "draft"]
        if isinstance(vendor, Marketing)
        else []
    )
    if isinstance(vendor, Marketing) and drafts:
        vendor.reschedule_campaign(drafts[0], at)
    keeping.clear(("campaign_to_schedule",), connection, campaign_id, now)
    if not drafts:
        raise Refused(NO_DRAFT, code="no_draft")
    return drafts[0]
