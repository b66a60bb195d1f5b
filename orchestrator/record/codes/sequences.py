"""The codes of sequences."""

from __future__ import annotations

from orchestrator.record.codes.table import Code

CODES: dict[str, Code] = {
    "step_deferred": Code(
        "decision",
        "waiting",
        "The step “{step}” waits until {until}: {why}",
        "Quiet hours, or enough messages for a day. Later steps keep their distance.",
    ),
    "message_deferred": Code(
        "action",
        "waiting",
        "{what} waits until {until}: {why}",
        "Quiet hours, or the customer heard enough, when it was about to be sent.",
    ),
    "step_skipped": Code(
        "decision",
        "skipped",
        "The step “{step}” was left out: it would come more than a day late",
        "A step that waited for too long is not taken any more; the sequence goes on.",
    ),
    "sequence_ended": Code(
        "decision",
        "skipped",
        "The sequence ended before its step “{step}”: {why}",
        "Something spoke against going on when the step was due or its message left.",
    ),
    "sequence_ended_by_hand": Code(
        "staff",
        "ok",
        "{by} ended the sequence before its step “{step}”: {because}",
        "A person ended it. What was not sent yet is left out.",
    ),
    "sequence_moved": Code(
        "staff",
        "ok",
        "{by} moved the sequence from version {before} to version {after} before its step “{step}”",
        "A person decided that those on their way follow the newest version.",
    ),
    "sequence_finished": Code(
        "decision", "ok", "The sequence is through: “{step}” was its last step", "No step is left."
    ),
}
