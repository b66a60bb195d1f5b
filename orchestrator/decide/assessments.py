"""What the product does for the assessment, which knows nothing of it: evidence, alarms, deletion in time."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from assessment import retention
from assessment.models import Assessment, AuditRequest
from orchestrator.decide import evidence
from orchestrator.record import attention

PATIENCE = timedelta(hours=1)  # with a vendor that asks us to wait; what was seen by then counts


def tell_of_calls(now: datetime) -> int:
    """Each request becomes one alarm, which also reaches the agency's own chat where it has one."""
    rows = AuditRequest.objects.filter(told_at=None).select_related("assessment__store")
    waiting = list(rows.order_by("asked_at", "pk")[:100])
    for call in waiting:
        attention.call(
            "audit_call_asked",
            f"{call.assessment.who} would like the 30-minute audit call (level {call.assessment.level}).",
            now=now,
            store=call.assessment.store,
            reference=reference(call),
        )
        AuditRequest.objects.filter(pk=call.pk).update(told_at=now)
    return len(waiting)


def close_call(call: AuditRequest, now: datetime) -> bool:
    """It was dealt with. False when it was already."""
    done = AuditRequest.objects.filter(pk=call.pk, done_at=None).update(done_at=now)
    store_id = call.assessment.store_id
    attention.clear("audit_call_asked", now=now, store_id=store_id, reference=reference(call))
    return bool(done)


def reference(call: AuditRequest) -> str:
    return f"call:{call.pk}"


def wanting_evidence(now: datetime) -> list[int]:
    rows = Assessment.objects.filter(evidence_wanted_at__lte=now, store__isnull=False)
    return list(rows.order_by("evidence_wanted_at", "pk").values_list("pk", flat=True)[:20])


def add_evidence(row: Assessment, now: datetime) -> int:
    """What is seen now is stored; 0 when a vendor asked us to wait and another look comes later."""
    if row.store is None:
        return 0
    found = evidence.gather(row.store)
    wanted = row.evidence_wanted_at or now
    is_done = found.is_whole or now - wanted >= PATIENCE
    row.evidence = msgspec.to_builtins(found.seen)
    row.evidence_at = now
    row.evidence_wanted_at = None if is_done else wanted
    row.save(update_fields=["evidence", "evidence_at", "evidence_wanted_at"])
    return int(is_done)


def purge(now: datetime) -> int:
    return retention.purge(now)
