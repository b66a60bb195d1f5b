"""The codes of what people do here, and of the system itself."""

from __future__ import annotations

from orchestrator.record.codes.table import Code

CODES: dict[str, Code] = {
    "client_applied": Code("staff", "ok", "Client file applied: {told}", "apply_client changed something."),
    "rule_changed": Code("staff", "ok", "{by} {told}", "A rule was published or its mode changed."),
    "blueprint_changed": Code("staff", "ok", "{by} {told}", "A blueprint was made, changed or deleted."),
    "connection_changed": Code("staff", "ok", "{by} {told}", "A connection was added or changed."),
    "runlog_exported": Code("staff", "ok", "{by} exported the run log ({told})", "A CSV was downloaded."),
    "reorders_exported": Code(
        "staff", "ok", "{by} exported reorder drafts ({told})", "A CSV was downloaded."
    ),
    "assessments_exported": Code(
        "staff", "ok", "{by} exported assessments ({told})", "A CSV or file of assessments was downloaded."
    ),
    "assessment_changed": Code("staff", "ok", "{by} {told}", "Staff invited, revoked a link or deleted."),
    "drafts_created": Code("staff", "ok", "{by} {told}", "Rules were drafted from an assessment's gaps."),
    "factor_changed": Code(
        "staff", "ok", "{by} {told}", "A second factor was switched on, off or taken away."
    ),
    "stopped": Code("staff", "ok", "{by} stopped {scope}: {because}", "A kill switch: nothing is sent."),
    "stop_lifted": Code("staff", "ok", "{by} lifted the stop of {scope}", "What waited for it goes on."),
    "scenario_played": Code("staff", "ok", "{by} {told}", "A sample was played for real, on the sandbox."),
    "backtested": Code("staff", "ok", "{by} {told}", "A backtest was asked for or cancelled."),
    "attention_heeded": Code(
        "staff", "ok", "{by} {told}", "Alarms were acknowledged, snoozed, or brought back."
    ),
    "action_again": Code(
        "staff",
        "waiting",
        "{by} asked for another try of: {what}",
        "A failed effect is repeated. Its attempts so far stay in the log.",
    ),
    "work_retried": Code("staff", "ok", "{by} {told}", "Somebody asked for another try."),
    "purged": Code("system", "ok", "Deleted what is over its time: {told}", "Retention: see operating.md."),
    "system_failed": Code("system", "failed", "{told}", "A part of the system failed; work goes on."),
    "outage": Code("system", "failed", "{told}", "Nothing could be stored for a while; it is over now."),
    "rollout_changed": Code(
        "staff",
        "ok",
        "{by} {told}",
        "What the tools do by themselves was read or decided, or a week signed off.",
    ),
    "hold_lifted": Code(
        "staff",
        "ok",
        "{by} lifted the hold for {reference_told}: {because}",
        "A person ended one cause. A newer change of the same thing can open it again.",
    ),
}
