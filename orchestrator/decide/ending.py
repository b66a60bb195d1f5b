"""Sequences that end before their last step: because something speaks against them, or by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from orchestrator.act import outbox
from orchestrator.decide import lease
from orchestrator.decide.lifting import Busy
from orchestrator.models import Enrolment, OutboxAction, RunLogEntry
from orchestrator.record import runlog
from rules import reasons, sequences
from rules.decision import No

BY_HAND = "ended_by_hand"
CHUNK = 500
WAITING = Enrolment.State.WAITING


def told(no: No) -> dict[str, Any]:
    """Why it ended, for the run log."""
    return {"why": reasons.told(no.reason), "reason": no.reason, "seen": dict(no.seen)}


def end(rows: QuerySet[Enrolment], no: No, now: datetime) -> None:
    """End those that still run, each with its line in the run log."""
    with transaction.atomic():
        running = _close(rows, no.reason, now)
        runlog.record(_line(row, "sequence_ended", **told(no)) for row in running)


def by_hand(rows: QuerySet[Enrolment], store_id: int, *, because: str, by: str, now: datetime) -> int:
    """A person ends these of one client, with what was not sent yet; answers how many. Raises Busy."""
    count = 0
    with lease.held(store_id) as ours:
        if ours is None:
            raise Busy
        try:
            while chosen := list(rows.filter(state=WAITING).values_list("pk", flat=True)[:CHUNK]):
                with ours.writing():
                    closed = _close(Enrolment.objects.filter(pk__in=chosen), BY_HAND, now)
                    runlog.record(
                        _line(each, "sequence_ended_by_hand", by=by, because=because) for each in closed
                    )
                    for action in _unsent(closed):
                        outbox.skip(action, BY_HAND, now)
                count += len(closed)
        except lease.Lost as error:
            raise Busy from error
    return count


def _close(rows: QuerySet[Enrolment], reason: str, now: datetime) -> Sequence[Enrolment]:
    locked = rows.filter(state=WAITING).select_for_update(of=("self",))
    running = list(locked.select_related("rule"))
    over = {"state": Enrolment.State.ENDED, "ended_because": reason, "ended_at": now}
    Enrolment.objects.filter(pk__in=[row.pk for row in running]).update(**over)
    return running


def _unsent(rows: Sequence[Enrolment]) -> list[OutboxAction]:
    """What their steps wrote and nobody has sent yet, in one query."""
    about = {(row.rule_id, row.subject, row.reference) for row in rows}
    mine = OutboxAction.objects.owed().filter(
        store__in={row.store_id for row in rows},
        rule__in={row.rule_id for row in rows},
        subject__in={row.subject for row in rows},
        effect_key__startswith=sequences.PREFIX,
        state=OutboxAction.State.WAITING,
    )
    found = mine.select_related("rule", "connection")
    return [each for each in found if (each.rule_id, each.subject, each.reference) in about]


def _line(row: Enrolment, code: str, **details: Any) -> RunLogEntry:
    return runlog.entry(
        code,
        store_id=row.store_id,
        rule=row.rule.name,
        rule_version=row.rule_version,
        subject=row.subject,
        reference=row.reference,
        trace=row.trace,
        step=row.step,
        **details,
    )
