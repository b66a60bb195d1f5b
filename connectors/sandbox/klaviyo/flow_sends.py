"""What a flow would do to one person: each message with the reason for which it is skipped."""

from __future__ import annotations

from connectors.sandbox.klaviyo import audience, flow_rows
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.campaign_rows import reachable
from connectors.sandbox.wire import Json


def run(account: KlaviyoAccount, flow: Json, profile: Json) -> Json:
    """Every message of a flow, as if it were due for this profile now."""
    outcomes = [
        {
            "action": action["id"],
            "message": message["id"],
            "channel": flow_rows.CHANNELS.get(action["type"], "email"),
            "skipped": _reason(account, flow, action, message, profile),
        }
        for action in flow["definition"]["actions"]
        for message in flow_rows.messages_of(action)
        if action["type"] in flow_rows.CHANNELS
    ]
    sent = any(one["skipped"] is None for one in outcomes)
    return {"flow": flow["id"], "email": profile["email"], "sent": sent, "messages": outcomes}


def _reason(account: KlaviyoAccount, flow: Json, action: Json, message: Json, profile: Json) -> str | None:
    """Why a message is not sent, in the order in which the vendor looks; None when it is."""
    status = (action.get("data") or {}).get("status") or flow["status"]
    if flow["archived"] or "draft" in (flow["status"], status):
        return "Draft"
    if not audience.fits(account, flow["definition"]["profile_filter"], profile):
        return "Fails Flow Filters"
    if not audience.fits(account, message.get("additional_filters"), profile):
        return "Fails Additional Filters"
    channel = flow_rows.CHANNELS[action["type"]]
    if not reachable(profile, channel):
        return "Suppressed" if profile["suppression"] and channel == "email" else "No Consent"
    return "Manual" if "manual" in (flow["status"], status) else None
