"""What a rule wants, in words for the run log."""

from __future__ import annotations

from orchestrator.models import Suppression
from rules.decision import Decision, Enrol, Hold, Release, Reorder, ReorderState

CUSTOMER = Suppression.SubjectKind.CUSTOMER


def describe(decision: Decision) -> str:
    effect = decision.effect
    if isinstance(effect, Hold):
        return f"Hold what features {effect.told}" if effect.subject_kind != CUSTOMER else "Hold marketing"
    if isinstance(effect, Release):
        return "End the hold"
    if isinstance(effect, Enrol):
        return "Begin the sequence"
    if isinstance(effect, Reorder):
        return f"Draft a reorder of {effect.title}"
    if isinstance(effect, ReorderState):
        closes = effect.state == "good"
        return f"{'Close' if closes else 'Update'} the reorder draft of {effect.title}"
    return effect.action.sentence()
