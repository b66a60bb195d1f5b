"""What time has made due: graces that are over, holds that are too old, messages to send."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from connectors import shadow
from connectors.errors import VendorError
from connectors.models import Connection, Store
from orchestrator import outage
from orchestrator.act import asking, outbox, suppressions
from orchestrator.act.clock import Clock, running
from orchestrator.decide import fresh, lease, recheck
from orchestrator.models import OutboxAction, Suppression
from orchestrator.models.ledger import SuppressionQuerySet
from orchestrator.record import attention, telling
from rules import engine
from rules.models import Rule

log = logging.getLogger(__name__)

State = OutboxAction.State
BATCH = 300


def stores_to_release(now: datetime) -> list[int]:
    return sorted(set(_ended(now).values_list("store_id", flat=True).distinct()[:500]))


def release(store: Store, now: datetime) -> int:
    """Close causes whose grace is over, and those that reached their maximum age (with an alarm)."""
    count = 0
    with lease.held(store.pk) as ours:
        if ours is None:
            return 0
        try:
            while rows := list(_ended(now).filter(store=store).order_by("pk")[:BATCH]):
                count += _release(store, rows, ours, now)
        except lease.Lost:
            log.warning("The lease of a store was lost", extra={"store": store.pk})
    return count


def _release(store: Store, rows: Sequence[Suppression], ours: lease.Lease, now: datetime) -> int:
    subjects = {row.subject for row in rows}
    ledger = suppressions.Ledger.load(
        store.pk, suppressions.account_of(store), references=(), subjects=subjects
    )
    with ours.writing():
        count = _close_ended(ledger, store, now)
        ledger.save(now)
    return count


def _ended(now: datetime) -> SuppressionQuerySet:
    return Suppression.objects.open().filter(Q(release_at__lte=now) | Q(expires_at__lte=now))


def _close_ended(ledger: suppressions.Ledger, store: Store, now: datetime) -> int:
    count = 0
    for row in list(ledger.causes.values()):
        if row.release_at is not None and row.release_at <= now:
            ledger.close(row, row.closed_because or "grace_over", now)
        elif row.expires_at is not None and row.expires_at <= now:
            ledger.close(row, "too_old", now, code="hold_expired")
            _alarm_expired(store, row, now)
        else:
            continue
        count += 1
    return count


def _alarm_expired(store: Store, row: Suppression, now: datetime) -> None:
    if row.is_shadow:
        return  # it held nobody
    told = telling.thing(row.reference)
    sentence = f"{store}: the hold for {told} reached its maximum age. Answer or close it there."
    attention.call("hold_expired", sentence, now=now, store=store, reference=row.reference)


def dispatch(connection: Connection, now: datetime) -> int:
    """Send what is due through one connection: claim, ask again where promised, perform, settle."""
    count, clock = 0, running(now)
    while claimed := outbox.claim(connection, clock()):
        goes_on = True
        for batch in outbox.apart(claimed):
            if goes_on:
                goes_on = _dispatch(connection, batch, clock)
            else:
                outbox.unclaim(batch, clock())
        count += len(claimed)
        if not goes_on or len(claimed) < outbox.BATCH:
            break  # whatever is due by now was among them, or comes with the next look (see outbox.soon)
    return count


def _dispatch(connection: Connection, claimed: Sequence[OutboxAction], clock: Clock) -> bool:
    """False when going on with this connection is no use now. A fault of ours harms this batch only."""
    moment, unread = clock(), False
    batch = asking.readable(claimed, moment)
    try:
        declined = _too_late(batch, moment)
        declined |= _out_of_service([row for row in batch if row.pk not in declined], moment)
        rechecked = [row for row in batch if row.pk not in declined and _has_aged(row, moment)]
        if rechecked:
            try:
                declined |= recheck.ask(connection, rechecked, moment)
            except VendorError as error:
                outbox.postpone(rechecked, error, moment)
                declined |= {row.pk for row in rechecked}
                unread = True  # the next ones would only meet the same
        sent = outbox.perform(connection, [row for row in batch if row.pk not in declined], clock())
        return sent and not unread
    except Exception as error:
        if outage.cause_of(error):
            raise
        outbox.blame(batch, error, clock())
        return True


def _too_late(rows: Sequence[OutboxAction], now: datetime) -> set[int]:
    """What waited for more than a day is not said any more; what may have been sent is looked at still."""
    late = [
        row
        for row in rows
        if now - row.planned_for > engine.TOO_LATE
        and row.state == State.CLAIMED
        and not (row.is_state or row.was_in_doubt)
    ]
    for row in late:
        outbox.skip(row, "too_late", now, planned_for=row.planned_for)
    return {row.pk for row in late}


def _out_of_service(rows: Sequence[OutboxAction], now: datetime) -> set[int]:
    """A rule that was paused or taken back since sends nothing any more, however fresh the wish is."""
    claimed = [(row, row.rule.mode) for row in rows if row.rule and row.state == State.CLAIMED]
    in_service = Rule.Mode.SHADOW if shadow.is_on() else Rule.Mode.LIVE
    over = [(row, mode) for row, mode in claimed if mode != in_service]
    for row, mode in over:
        outbox.skip(row, "paused" if mode == Rule.Mode.PAUSED else "not_live", now)
    return {row.pk for row, _ in over}


def _has_aged(row: OutboxAction, now: datetime) -> bool:
    """Planned for later, or held up since: what was true then may not be so now. What was taken is taken.

    A state is not asked about: a change that turns it brings a newer wish, which replaces it.
    """
    is_old = row.is_rechecked or now - row.planned_for > fresh.FRESH
    return is_old and bool(row.change) and not row.is_state and row.state == State.CLAIMED
