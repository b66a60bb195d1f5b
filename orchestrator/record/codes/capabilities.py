"""The codes of what a tool cannot do."""

from __future__ import annotations

from orchestrator.record.codes.table import Code

CODES: dict[str, Code] = {
    "action_not_possible": Code(
        "action",
        "failed",
        "Could not: {what}. {vendor_label} cannot {does}",
        "The rule asks for something that the connected tool cannot do. Under “Needs attention”.",
    ),
}
