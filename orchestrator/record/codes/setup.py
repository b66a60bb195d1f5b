"""The codes of what rules need in the marketing tool."""

from __future__ import annotations

from orchestrator.record.codes.table import Code

CODES: dict[str, Code] = {
    "set_up_asked": Code(
        "staff",
        "ok",
        "{by} {told}",
        "Somebody asked to set up or to check what a rule needs in the marketing tool.",
    ),
    "set_up_made": Code(
        "connection",
        "ok",
        "The {step} “{name}” was made at {vendor_label}",
        "A step of setting up what a rule needs. Nothing of it writes to anybody.",
    ),
    "set_up_failed": Code(
        "connection",
        "failed",
        "Setting up {thing} at {vendor_label} failed. {told}",
        "A step was refused. Correct it and press the button again: what is there is found.",
    ),
    "set_up_ready": Code(
        "connection", "ok", "All that {thing} needs at {vendor_label} is there", "Nothing is left to do."
    ),
    "set_up_open": Code(
        "connection",
        "waiting",
        "At {vendor_label} {thing} reaches nobody yet. {told}",
        "A live rule whose event starts nothing there. Under “Needs attention” until it does.",
    ),
}
