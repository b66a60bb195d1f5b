"""A client in the assessment: a finished attempt with evidence, an open one, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Model

from assessment import attempts
from assessment.models import Assessment, AuditRequest, Invitation
from assessment.sets import CURRENT
from connectors.models import Store

YES = ("cross_tool", "low_stock", "vip_queue")


def finished(store: Store | None, at: datetime, *yes: str) -> Assessment:
    row = attempts.begin(store, at)
    answers = {each.slug: "yes" if each.slug in yes else "no" for each in CURRENT.questions}
    for page, group in enumerate(CURRENT.groups, start=2):
        mine = {each.slug: answers[each.slug] for each in CURRENT.of(group.slug)}
        row = attempts.save_answers(row, mine, page, at)
    return attempts.finish(row, at)


def rows(owner: Store, at: datetime) -> list[Model]:
    row = finished(owner, at, *YES)
    row.evidence = {
        "ticket_hold": {"answer": "yes", "facts": [f"Our rule “Hold” of {owner} is live."]},
        "vip_queue": {"answer": "unseen", "facts": ["Helpdesk rules cannot be seen."]},
    }
    row.evidence_at, row.evidence_wanted_at = at, None
    row.save()
    call = AuditRequest.objects.create(
        assessment=row, name=f"Owner of {owner}", email=f"owner@{owner.slug}.test", asked_at=at
    )
    invitation = Invitation.objects.create(store=owner, expires_at=at + timedelta(days=3000))
    return [row, call, invitation, attempts.begin(owner, at)]
