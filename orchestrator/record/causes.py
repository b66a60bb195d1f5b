"""What alarms of one code have in common, as the heading over several of them."""

from __future__ import annotations

TITLES = {
    "privacy_request": "Customers’ requests about their data",
    "connection_failing": "Connections that do not work",
    "credentials_old": "Credentials that are old",
    "import_failed": "Histories that cannot be read",
    "not_heard": "Changes that a rule waits for and the tool does not tell of",
    "source_quiet": "Connections that do not answer",
    "webhook_dead": "Webhooks that are switched off",
    "delivery_quarantined": "Deliveries that cannot be read",
    "event_set_aside": "Events that could not be decided",
    "condition_unreadable": "Rules that could not decide",
    "rule_broken": "Rules that cannot run",
    "pass_failed": "Changes of mode that are not carried out",
    "rule_lacks": "Rules that lack what they need",
    "codes_capped": "Rules that reached their cap of discount codes",
    "no_connection": "Rules without the tool they act in",
    "action_failed": "Actions that failed or may not have arrived",
    "hold_list_missing": "Hold lists that were deleted",
    "hold_not_respected": "Flows and campaigns that do not leave out the hold list",
    "hold_too_late": "Campaigns that fixed their recipients too early",
    "hold_lost": "Holds that somebody took away",
    "campaign_held": "Campaigns that are held",
    "campaign_running": "Campaigns that go out with what is sold out",
    "campaign_to_schedule": "Campaigns to schedule again",
    "campaign_proposed": "Campaigns that may feature what is sold out",
    "mailing_not_ready": "Rules whose messages nobody gets yet",
    "hold_kept": "Suppressions that may not be ours to lift",
    "hold_shared_account": "Clients that share a Klaviyo account",
    "hold_expired": "Holds that reached their maximum age",
    "approval_waiting": "Questions that wait for a yes",
    "approval_expired": "Questions that nobody answered in time",
    "archive_failing": "Run logs that cannot be archived",
    "agency_chat_failing": "Alerts that do not reach the agency’s chat",
    "audit_call_asked": "Clients who ask for a call",
    "stop_in_force": "Stops in force",
    "outage": "Times when nothing could be stored",
    "system_failed": "Parts of the system that failed",
}


def title(code: str) -> str:
    """A code of a later version stands for itself."""
    return TITLES.get(code, code.replace("_", " ").capitalize())
