"""Looks at the people we suppressed: whom somebody lets be written to again is lost, and stays so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import EmailState
from orchestrator.act import holding
from orchestrator.act.drivers.hold_global import jobs
from orchestrator.models import RunLogEntry, VendorState, bulk
from orchestrator.record import attention, runlog

KEY = "hold_global"
State = VendorState.State


def compare(connection: Connection, vendor: Marketing, now: datetime) -> None:
    """Raises VendorError. Who was suppressed before us is looked at too: that may be lifted as well.

    And whom we lost: somebody may have suppressed them again, which ends what a person was told of.
    """
    held = VendorState.objects.filter(connection=connection, key=KEY, wanted=True)
    settled = held.filter(Q(seen=True) | Q(state=State.LOST), claim_token="", due_at=None)
    ours = list(settled.order_by("pk"))
    versions = {row.pk: row.version for row in ours}
    states = jobs.read(vendor, ours)
    other = {row.pk for row in ours if bool(row.seen) != _is_silent(states.get(row.subject))}
    with transaction.atomic():
        rows = settled.select_for_update().order_by("pk").filter(pk__in=other)
        changed = [row for row in rows if row.version == versions[row.pk]]  # nobody thought anew since
        entries = [
            _lose_or_look_again(row, states, connection, now) if row.seen else _find(row, connection, now)
            for row in changed
        ]
        bulk.create_or_update(changed, ["state", "due_at", "seen", "seen_at", "because", "prior"])
        runlog.record(entries)


def _is_silent(state: EmailState | None) -> bool:
    return state is not None and bool(state.suppressions)


def _find(row: VendorState, connection: Connection, now: datetime) -> RunLogEntry:
    """Silent again, and by somebody else: it is theirs to lift."""
    row.state, row.seen, row.prior, row.because = State.APPLIED, True, True, ""
    attention.clear("hold_lost", now=now, store_id=connection.store_id, reference=f"hold:{row.pk}")
    return holding.line("hold_found", row, connection, key=KEY)


def _lose_or_look_again(
    row: VendorState, states: jobs.States, connection: Connection, now: datetime
) -> RunLogEntry:
    """Who has no profile any more was not let go by anybody: there is just nobody to hold."""
    code = "hold_lost"
    if row.subject in states:
        holding.lose(row, connection, now, jobs.LIFTED)
    else:
        code, row.because = "hold_retry", "the profile is gone there; looked up again"
        row.state, row.due_at = State.PENDING, now
        row.seen, row.seen_at, row.prior = False, None, None
    return holding.line(code, row, connection, because=row.because)
