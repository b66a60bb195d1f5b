"""Carries out what a person answered about the limits of a rule, or that nobody did in time."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Q

from connectors.models import Store
from orchestrator.act import approvals, limits, order, settling
from orchestrator.decide import ending
from orchestrator.decide.lease import Lease, Lost, held
from orchestrator.models import Approval, Enrolment, OutboxAction
from orchestrator.models.approval import ApprovalQuerySet
from orchestrator.record import attention
from rules import reasons
from rules.decision import No

log = logging.getLogger(__name__)

About, Answer = Approval.About, Approval.Answer
BATCH = 300
REASONS = {
    Answer.REJECTED: "approval_rejected",
    Answer.EXPIRED: "approval_expired",
    Answer.WITHDRAWN: "rule_retired",
}


def stores_due(now: datetime) -> list[int]:
    return sorted(set(_due(now).values_list("store_id", flat=True).distinct()[:500]))


def carry_out(store: Store, now: datetime) -> int:
    """Every answer that this client's rules have got, and every question whose time is over."""
    with held(store.pk) as ours:
        if ours is None:
            return 0
        try:
            rows = list(_due(now).filter(store=store).select_related("rule", "store").order_by("pk"))
            return sum(_carry_out(row, ours, now) for row in rows)
        except Lost:
            log.warning("The lease of a store was lost", extra={"store": store.pk})
    return 0


def _due(now: datetime) -> ApprovalQuerySet:
    """Where what is so already was approved, the rule's pass goes on with it."""
    is_over = Q(answer=Answer.NONE, expires_at__lte=now)
    rows = Approval.objects.unfinished().filter(is_over | ~Q(answer=Answer.NONE))
    return rows.exclude(about=About.GOING_LIVE, answer=Answer.APPROVED)


def _carry_out(row: Approval, ours: Lease, now: datetime) -> int:
    if row.answer == Answer.NONE:
        _expire(row, now)
        row.refresh_from_db(fields=["answer", "decided_by"])  # somebody may just have answered
    for batch in _parked(row):
        with ours.writing():
            _release(row, batch, now) if row.answer == Answer.APPROVED else _leave_out(row, batch, now)
    with ours.writing():
        _end_or_wake(row, now)
        approvals.finish(row, now)
    return 1


def _expire(row: Approval, now: datetime) -> None:
    if approvals.answer(row, Answer.EXPIRED, by="", now=now):
        sentence = f"{approvals.sentence(row).partition('; after that')[0]}: nobody did."
        attention.call(
            "approval_expired", sentence, now=now, store=row.store_id, reference=approvals.reference(row)
        )


def _parked(row: Approval) -> Iterator[Sequence[OutboxAction]]:
    waiting = row.rows.filter(state=OutboxAction.State.PARKED).select_related("rule").order_by("pk")
    while batch := list(waiting.prefetch_related("connection")[:BATCH]):
        yield batch


def _release(row: Approval, batch: Sequence[OutboxAction], now: datetime) -> None:
    """At once, as far as the hourly limit has room; but not what something newer has overtaken."""
    late = order.overtaken(batch)
    for each in batch:
        if each.pk in late:
            settling.skip(each, "superseded", now)
    queue = limits.queue(row.rule_id, row.rule.limits, now)
    at: defaultdict[datetime, list[OutboxAction]] = defaultdict(list)
    for each in (row for row in batch if row.pk not in late):
        at[queue.place(each.subject, max(now, each.planned_for))].append(each)
    for moment, alike in at.items():
        told = {"by": row.decided_by, "due": moment}
        settling.change(
            alike,
            "action_approved",
            told,
            state=OutboxAction.State.WAITING,
            due_at=moment,
            planned_for=moment,
        )


def _leave_out(row: Approval, batch: Sequence[OutboxAction], now: datetime) -> None:
    why = reasons.told(REASONS[Answer(row.answer)])
    settling.change(
        batch,
        "action_not_approved",
        {"why": why, "reason": REASONS[Answer(row.answer)]},
        state=OutboxAction.State.SKIPPED,
        settled_at=now,
        because=why,
    )


def _end_or_wake(row: Approval, now: datetime) -> None:
    """Sequences whose step waited: taken now, later ones keep their distance; or they are over."""
    steps = Enrolment.objects.filter(approval=row, state=Enrolment.State.WAITING)
    if row.answer == Answer.APPROVED:
        steps.update(planned_for=now, due_at=now)
    else:
        ending.end(steps, No(reason=REASONS[Answer(row.answer)]), now)
