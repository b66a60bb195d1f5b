"""A hold that a person ends: the cause is closed like any other, and the log says by whom and why."""

from __future__ import annotations

from datetime import datetime

from orchestrator import wake
from orchestrator.act import suppressions
from orchestrator.decide import lease
from orchestrator.models import Suppression

WHY = "lifted_by_hand"


class Busy(Exception):
    """A worker is deciding this client's events at this moment; a moment later it is free again."""

    def __str__(self) -> str:
        return "This client is being worked on at this very moment. Press again."


def lift(row: Suppression, *, because: str, by: str, now: datetime) -> bool:
    """Close one cause; False when it was closed already. Raises Busy.

    A newer change of the same thing opens it again if the rule still wants that: what a person knows
    of today says nothing of tomorrow.
    """
    store = row.store
    with lease.held(store.pk) as ours:
        if ours is None:
            raise Busy
        ledger = suppressions.Ledger.load(
            store.pk, suppressions.account_of(store), references={row.reference}, subjects={row.subject}
        )
        found = next((each for each in ledger.causes.values() if each.pk == row.pk), None)
        if found is None:
            return False
        ledger.close(found, WHY, now, code="hold_lifted", by=by, because=because)
        try:
            with ours.writing():
                ledger.save(now)
                wake.after_commit("reconcile")
        except lease.Lost as error:
            raise Busy from error
    return True
