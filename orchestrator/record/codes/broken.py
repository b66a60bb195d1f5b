"""The code of a rule that cannot run."""

from __future__ import annotations

from orchestrator.record.codes.table import Code

CODES: dict[str, Code] = {
    "rule_broken": Code(
        "decision",
        "failed",
        "“{rule_told}” could not decide on {count} heard together: its settings do not fit any more. {why}",
        "A published rule cannot run (after an upgrade, say), so nothing of these events was decided by it.",
    ),
}
