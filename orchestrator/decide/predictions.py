"""What the marketing tool expects of the people of a batch, and how old that may be."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.types import Person, PredictionSnapshot
from orchestrator.decide.belongings import Belongings
from orchestrator.decide.people import People
from orchestrator.models import Prediction

TOO_OLD = timedelta(days=7)  # Klaviyo reckons anew about every week


def of(who: People) -> Belongings[PredictionSnapshot]:
    return Belongings(who, PredictionSnapshot, Prediction, lambda each: not each.is_gone, {})


def newest(
    known: Belongings[PredictionSnapshot], vendor: str, person: Person, now: datetime
) -> PredictionSnapshot | None:
    """None where none is known that still counts."""
    found = [each for each in known.of(vendor, person) if each.source_at > now - TOO_OLD]
    return max(found, key=lambda each: (each.source_at, each.id), default=None)
