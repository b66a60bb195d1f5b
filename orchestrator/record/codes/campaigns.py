"""The codes of held campaigns."""

from __future__ import annotations

from orchestrator.record.codes.table import Code

CODES: dict[str, Code] = {
    "campaign_reverted": Code(
        "suppression",
        "held",
        "The campaign “{name}” was to go out {when}; it is a draft again at {vendor_label}",
        "A scheduled campaign was taken back. How it was scheduled is kept.",
    ),
    "campaign_scheduled": Code(
        "suppression",
        "ok",
        "The campaign “{name}” is scheduled again at {vendor_label} as it was, for {at}",
        "Nothing holds it any more, nobody changed it, and its time is still to come.",
    ),
    "campaign_left": Code(
        "suppression",
        "waiting",
        "The campaign “{name}” stays a draft at {vendor_label}: {because}",
        "Nothing holds it any more, but a person has to schedule it. Under “Needs attention”.",
    ),
    "campaign_rescheduled": Code(
        "staff",
        "ok",
        "{by} {told} for {at}",
        "A person scheduled a campaign again that was held, with the page of its connection.",
    ),
    "campaign_noticed": Code(
        "suppression",
        "skipped",
        "Somebody changed a held campaign at {vendor_label}: {because}",
        "The hourly comparison found a change that we leave as it is.",
    ),
}
