"""A question about the limits of a rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from orchestrator.models import Approval
from rules.models import Rule


def approval(rule: Rule, at: datetime, **fields: Any) -> Approval:
    """Nobody has answered yet."""
    defaults = {
        "about": "messages",
        "limit": "approve_above",
        "customers": 2,
        "actions": 3,
        "asked_at": at,
        "expires_at": at + timedelta(days=1),
    }
    return Approval.objects.create(store=rule.store, rule=rule, **{**defaults, **fields})
