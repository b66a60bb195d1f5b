"""What the weekly review looks for in the run log: ready-made filters."""

from __future__ import annotations

import msgspec
from django.db.models import Q

from orchestrator.models import RunLogEntry

Kind = RunLogEntry.Kind


class Look(msgspec.Struct, frozen=True):
    label: str
    kinds: tuple[Kind, ...]

    @property
    def asked(self) -> Q:
        return Q(outcome=RunLogEntry.Outcome.FAILED, kind__in=self.kinds)


LOOKS = {
    "holds": Look("Hold failures", (Kind.SUPPRESSION,)),
    "routing": Look("Routing errors", (Kind.ACTION,)),
    "triggers": Look("Missed triggers", (Kind.EVENT, Kind.DECISION, Kind.CONNECTION)),
}


def asked(name: str) -> Q:
    """Nothing is asked of the rows by a name that there is not."""
    return LOOKS[name].asked if name in LOOKS else Q()
