"""The codes of limits and approvals."""

from __future__ import annotations

from orchestrator.record.codes.table import Code

CODES: dict[str, Code] = {
    "action_capped": Code(
        "action",
        "waiting",
        "{what}: waits until {until}, because {why}",
        "The rule's hourly limit is reached. It is not dropped, it comes later.",
    ),
    "action_parked": Code(
        "action",
        "waiting",
        "{what}: waits for a person's yes, because {why}",
        "A limit of the rule asks for approval. Under “Needs attention” and in the list of approvals.",
    ),
    "step_parked": Code(
        "decision",
        "waiting",
        "The step “{step}” waits for a person's yes: {why}",
        "As above, for a step of a sequence. Later steps keep their distance.",
    ),
    "action_approved": Code(
        "action",
        "waiting",
        "{what}: approved by {by}, due {due}",
        "It goes out now, or when an hour has room.",
    ),
    "action_not_approved": Code(
        "action", "skipped", "{what}: not sent ({why})", "Rejected, not answered in time, or the rule ended."
    ),
    "approval_asked": Code(
        "decision",
        "waiting",
        "“{rule_told}” asks for approval. {why}",
        "A person has to say yes before it goes on. Under “Needs attention”.",
    ),
    "approval_approved": Code(
        "staff",
        "ok",
        "{by} approved that “{rule_told}” may {asked} ({because})",
        "Somebody said yes. What waited goes out, each thing asked about once more.",
    ),
    "approval_rejected": Code(
        "staff",
        "skipped",
        "{by} did not let “{rule_told}” {asked} ({because})",
        "Somebody said no. What waited is left out, and sequences end.",
    ),
    "approval_expired": Code(
        "decision",
        "skipped",
        "Nobody answered in time whether “{rule_told}” may {asked}, so it is left out",
        "A day went by without an answer. Under “Needs attention”.",
    ),
    "approval_withdrawn": Code(
        "decision",
        "skipped",
        "Whether “{rule_told}” may {asked} need not be answered any more",
        "The rule was taken out of service, or what it would change is within its limits by now.",
    ),
}
