"""What we want the vendors to show: a change of mind, when it is due, and the comparison with the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from connectors.models import Connection
from orchestrator.models import Suppression, VendorState, bulk

WISH = ["wanted", "version", "trace", "changed_at", "because", "restored"]
WISH += ["state", "attempts", "due_at", "prior", "seen_at"]
# By the reconciler:
LEARNT = ("seen", "seen_at", "prior", "kept", "is_in_doubt", "receipt", "claim_token", "due_at")


def wish(state: VendorState, wanted: bool, trace: str, now: datetime) -> None:
    """Want something else from now on; ``save_wishes`` makes it due."""
    state.wanted = wanted
    state.version += 1
    state.trace = trace
    state.changed_at = now
    state.because = ""
    state.restored = 0


def save_wishes(states: Iterable[VendorState], now: datetime) -> None:
    """Only the wish is written, and when it is due by what the reconciler knows now.

    It may have learnt more, or begun, since these rows were read. A call in doubt above all has to settle
    before anybody looks: what it began may land late.
    """
    rows = list(states)
    if not rows:
        return
    known = {row.pk: row for row in rows if row.pk is not None}
    with transaction.atomic():
        for newest in VendorState.objects.select_for_update().order_by("pk").filter(pk__in=known):
            for name in LEARNT:
                setattr(known[newest.pk], name, getattr(newest, name))
        for row in rows:
            _make_due(row, now)
        bulk.create_or_update(rows, WISH)


def _make_due(state: VendorState, now: datetime) -> None:
    """What was never sent and is no longer wanted costs no call. Where we left a mark it is taken off, also
    where somebody else ended the hold."""
    has_to_wait = state.is_in_doubt or state.receipt
    is_marked = bool(state.kept) and not state.wanted
    if bool(state.seen) == state.wanted and not (has_to_wait or state.claim_token or is_marked):
        state.state, state.due_at = VendorState.State.APPLIED, None
        if not state.wanted:  # nothing of ours is there: who is there before the next hold is looked at then
            state.prior = state.seen_at = None
    else:
        state.state, state.attempts = VendorState.State.PENDING, 0
        state.due_at = state.due_at if has_to_wait and state.due_at else now


def align(store_id: int, connection: Connection, now: datetime) -> int:
    """Bring the wishes in line with the ledger: after a connection was added, or as a safety net.

    Answers how many wishes were wrong.
    """
    open_rows = Suppression.objects.open().filter(store_id=store_id)
    held = set(open_rows.exclude(method="").values_list("method", "subject"))
    states = {
        (row.key, row.subject): row
        for row in VendorState.objects.filter(connection=connection).filter(
            Q(wanted=True) | Q(subject__in=open_rows.values("subject"))
        )
    }
    changed = []
    for place in held | {place for place, row in states.items() if row.wanted}:
        state = states.get(place) or VendorState(
            connection=connection, key=place[0], subject=place[1], wanted=False, version=0
        )
        if state.wanted != (place in held):
            wish(state, place in held, state.trace, now)
            changed.append(state)
    save_wishes(changed, now)
    return len(changed)
