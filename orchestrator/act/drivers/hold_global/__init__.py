"""Suppresses people globally, so that no e-mail of the account reaches them. It never fights people.

Setting and lifting are jobs: taken at once, through later, without a word about single people. So the state
of each person is read before (and what silenced them before us is theirs), and again after. Klaviyo does not
tell who suppressed somebody: ours is what a job of ours began, at the stamp that was read then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import EmailState
from orchestrator.act.drivers.hold_global import drift, jobs, sharing
from orchestrator.act.holding import Batch, chunks
from orchestrator.models import VendorState

LEFT = "somebody else may have suppressed this person too, so it is left"
UNKNOWN = "no profile of this e-mail there"

Rows = Sequence[VendorState]


def is_prepared(connection: Connection) -> bool:
    return True


def drive(vendor: Marketing, batch: Batch) -> None:
    _forget_what_was_not_sent(batch.open)
    jobs.find_lost_answers(vendor, batch)
    jobs.confirm(vendor, batch)
    _suppress(vendor, batch)
    _lift(vendor, batch)


def compare(connection: Connection, vendor: Marketing, now: datetime) -> None:
    drift.compare(connection, vendor, now)


def _forget_what_was_not_sent(rows: Rows) -> None:
    """Only what was asked for and has no answer is in doubt; the rest is looked at anew."""
    for row in rows:
        if row.receipt or row.asked_at is None:
            row.is_in_doubt = False
        if not row.is_in_doubt and not row.receipt:
            row.asked_at = None
            row.prior = row.prior if row.seen else None


def _suppress(vendor: Marketing, batch: Batch) -> None:
    wanted = [row for row in batch.open if row.wanted]
    batch.applied([row for row in wanted if row.seen])
    missing = [row for row in wanted if not row.seen]
    if missing and (because := sharing.why_not(batch.connection, vendor, batch.now)):
        batch.not_possible(missing, because)
        return
    states = jobs.read(vendor, missing)
    batch.not_possible([row for row in missing if row.subject not in states], UNKNOWN)
    known = [row for row in missing if row.subject in states]
    for row in known:
        row.vendor_id = states[row.subject].profile_id
        row.prior = bool(states[row.subject].suppressions)
        row.seen = row.prior
    batch.applied([row for row in known if row.prior])
    _begin(vendor, batch, [row for row in known if not row.prior], states)


def _lift(vendor: Marketing, batch: Batch) -> None:
    unwanted = [row for row in batch.open if not row.wanted]
    ours = [row for row in unwanted if row.seen and not row.prior]
    batch.applied([row for row in unwanted if not row.seen or row.prior])
    states = jobs.read(vendor, ours)
    found: defaultdict[str, list[VendorState]] = defaultdict(list)
    for row in ours:
        found[_whose(row, states.get(row.subject))].append(row)
    batch.gone(found["nobody's"])
    batch.kept(found["somebody's"], LEFT)
    _begin(vendor, batch, found["ours"], states)


def _whose(row: VendorState, state: EmailState | None) -> str:
    """Whose suppression is there. Ours alone is lifted."""
    if state is None or not state.suppressions:
        return "nobody's"
    (first, *others) = state.suppressions
    is_ours = row.seen_at is not None and first.is_by_hand and first.at == row.seen_at
    return "ours" if is_ours and not others else "somebody's"


def _begin(vendor: Marketing, batch: Batch, rows: Rows, states: jobs.States) -> None:
    """Jobs for these people; that they are asked for is stored before, with the vendor's time."""
    for chunk in chunks(rows, vendor.suppress_batch):
        asked_at, call = jobs.asked_at(chunk, states, batch.now), uuid4().hex
        for row in chunk:
            row.asked_at, row.call = asked_at, call
        batch.remember(chunk)
        batch.begin(chunk, vendor.suppress if chunk[0].wanted else vendor.unsuppress)
