"""What follows when a rule was published, by whatever way."""

from __future__ import annotations

from datetime import datetime

from orchestrator import wake
from orchestrator.act import setting_up
from orchestrator.record import lacks
from rules.models import Rule


def follow(rule: Rule, now: datetime) -> None:
    """Staff are told what it lacks, what it needs in the marketing tool is looked for, and it begins."""
    lacks.look(rule.store, now)
    setting_up.ask(rule, now, make=False)
    wake.after_commit("drain")
    wake.after_commit("set_up")
