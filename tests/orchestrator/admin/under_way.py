"""Somebody on their way through a rule's steps, for the console's tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from orchestrator.models import Enrolment
from rules.models import Rule


def enrolment(cause: Rule, subject: str, now: datetime, number: int = 8001, **fields: Any) -> Enrolment:
    defaults = {
        "rule_version": 1,
        "reference": f"shopify:cart:{number}",
        "key": f"rule{cause.pk}:cart.abandoned:{number}",
        "change": "{}",
        "trace": f"{number:032x}",
        "step": "text",
        "began_at": now - timedelta(hours=3),
        "planned_for": now + timedelta(hours=21),
        "due_at": now + timedelta(hours=21),
    }
    return Enrolment.objects.create(store=cause.store, rule=cause, subject=subject, **{**defaults, **fields})
