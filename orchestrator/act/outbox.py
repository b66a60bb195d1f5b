"""The outbox: effects are planned once, claimed, sent, settled. Nothing is sent twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from connectors import connect, shadow, timekeeper
from connectors import registry as vendors
from connectors.errors import VendorError
from connectors.models import Connection
from connectors.roles import Vendor
from orchestrator import outage
from orchestrator.act import asking, order, settling, stops
from orchestrator.act.clock import Clock, running
from orchestrator.act.fence import Fence, lease_end
from orchestrator.models import OutboxAction, bulk
from orchestrator.record import health
from rules import registry
from rules.actions.base import AnyAction, Result

log = logging.getLogger(__name__)

State = OutboxAction.State
RECENT = timedelta(seconds=5)
BATCH = 200
TICK = timedelta(seconds=5)
LEAST_PAUSE = 0.1  # seconds
CROWD = 5  # more than so many go together where the vendor wants a distance


def plan(rows: Iterable[OutboxAction]) -> None:
    """Store effects; one that is planned already stays as it is. The caller holds the transaction."""
    bulk.append(list(rows), ignore_conflicts=True)


def connections_due(now: datetime) -> list[int]:
    """Connections with effects that are due (or whose sender died) and that no stop keeps back."""
    return sorted(set(_due(now).values_list("connection_id", flat=True).distinct()[:500]))


def is_pacing(now: datetime) -> bool:
    """Whether something is due that only waits for its distance to the one before, or for a breath."""
    just_now = timekeeper.now() - RECENT  # a breath may have ended since it was looked for
    due = Connection.objects.active().filter(pk__in=connections_due(now))
    return any(_spacing(each) or (each.next_send_at and each.next_send_at > just_now) for each in due)


def claim(connection: Connection, now: datetime, limit: int = BATCH) -> list[OutboxAction]:
    """Take due rows for this worker: one UPDATE sets a token, then they are read by it.

    A row whose sender's lease ran out may have been sent: it is in doubt, never simply tried again.
    Where the vendor wants a distance between effects, few are taken at a time, or none yet.
    """
    real = timekeeper.now()
    with transaction.atomic():
        # One worker at a time picks for a connection: of two wishes for one thing only one is under way.
        locked = Connection.objects.select_for_update(no_key=True).only("next_send_at").get(pk=connection.pk)
        _doubt_abandoned(connection, real, now)
        limit = min(limit, _room(locked, connection, now, real))
        return _take(connection, order.pick(connection, _due(now), now, limit))


def _room(locked: Connection, connection: Connection, now: datetime, real: datetime) -> int:
    """How many may be taken: none while the account has to catch its breath or its distance is not kept."""
    if shadow.is_on():
        return BATCH
    if not (spacing := _spacing(connection)):
        return 0 if locked.next_send_at and locked.next_send_at > real else BATCH
    waiting = _due(now).filter(connection=connection).exclude(state=State.CLAIMED).count()
    return _at_once(connection, waiting) if waiting and _takes_turn(connection, spacing, real) else 0


def _take(connection: Connection, ids: Sequence[int]) -> list[OutboxAction]:
    if not ids:
        return []
    token = uuid4().hex
    free = OutboxAction.objects.filter(pk__in=ids, state__in=[State.WAITING, State.IN_DOUBT, State.ACCEPTED])
    taken = Case(When(state=State.ACCEPTED, then=Value(State.ACCEPTED)), default=Value(State.CLAIMED))
    was_in_doubt = Case(When(state=State.IN_DOUBT, then=Value(True)), default=F("was_in_doubt"))
    free.update(claim_token=token, claimed_until=lease_end(), state=taken, was_in_doubt=was_in_doubt)
    rows = OutboxAction.objects.filter(claim_token=token).order_by("planned_for", "id")
    claimed = list(rows.prefetch_related("rule"))  # one object each, not one a row
    for row in claimed:
        row.connection = connection
    return claimed


def soon(connection: Connection, now: datetime) -> float | None:
    """Seconds until this connection has something to send again, if that is before the next tick."""
    free_to_go = stops.in_force().free("store", "rule")
    rows = OutboxAction.objects.owed().filter(free_to_go, connection=connection, due_at__lte=now + TICK)
    first = rows.exclude(state=State.CLAIMED).order_by("due_at").values_list("due_at", flat=True).first()
    if first is None:
        return None
    free = Connection.objects.filter(pk=connection.pk).values_list("next_send_at", flat=True).get()
    waits = [(first - now).total_seconds(), LEAST_PAUSE]
    return max(waits if free is None else [*waits, (free - timekeeper.now()).total_seconds()])


def _spacing(connection: Connection) -> timedelta:
    """How far apart the vendor wants effects of one connection."""
    if timekeeper.is_virtual() or shadow.is_on():
        return timedelta()
    kind = vendors.all_vendors().get(connection.vendor)
    return timedelta(seconds=kind.seconds_between if kind else 0)


def _at_once(connection: Connection, waiting: int) -> int:
    """Each its own call, unless a crowd waits."""
    return vendors.vendor_class(connection.vendor).at_once if waiting > CROWD else 1


def _takes_turn(connection: Connection, spacing: timedelta, real: datetime) -> bool:
    """One UPDATE, so that of several workers only one sends; on the real clock."""
    free = Q(next_send_at=None) | Q(next_send_at__lte=real)
    return bool(Connection.objects.filter(free, pk=connection.pk).update(next_send_at=real + spacing))


def _due(now: datetime) -> Any:
    """Waiting work whose time has come, and claims that nobody holds any more (on the real clock)."""
    waiting = Q(state__in=[State.WAITING, State.IN_DOUBT], due_at__lte=now)
    real = timekeeper.now()
    free = Q(claim_token="") | Q(claimed_until__lt=real)
    accepted = Q(state=State.ACCEPTED, due_at__lte=now) & free
    abandoned = Q(state=State.CLAIMED, claimed_until__lt=real)
    free_to_go = stops.in_force().free("store", "rule")
    return OutboxAction.objects.owed().filter(waiting | accepted | abandoned, free_to_go)


def _doubt_abandoned(connection: Connection, real: datetime, now: datetime) -> None:
    dead = OutboxAction.objects.owed().filter(
        connection=connection, state=State.CLAIMED, claimed_until__lt=real
    )
    settle_at = now + timedelta(seconds=settings.SETTLE_SECONDS)
    dead.update(state=State.IN_DOUBT, was_in_doubt=True, claim_token="", due_at=settle_at)


def perform(connection: Connection, rows: Sequence[OutboxAction], now: datetime) -> bool:
    """Send claimed rows and settle each. False when going on with this connection is no use now."""
    if not rows:
        return True
    if timekeeper.is_virtual() or shadow.is_on():
        settling.change(rows, "action_done", {}, state=State.DONE, settled_at=now, because="")
        return True  # as if it had been taken
    try:
        vendor = connect.open(connection)
    except VendorError as error:
        health.fails(connection, error, now)
        postpone(rows, error, now)
        return False
    goes_on, fence, clock = True, Fence(rows), running(now)
    ordered = sorted(rows, key=lambda row: (row.action, row.state, row.was_in_doubt))
    for _, group in groupby(ordered, key=lambda row: (row.action, row.state, row.was_in_doubt)):
        batch = list(group)
        if not goes_on:
            settling.unclaim(batch, clock())
            continue
        goes_on = _perform_alike(connection, vendor, batch, clock, fence)
    return goes_on


def _perform_alike(
    connection: Connection, vendor: Vendor, batch: Sequence[OutboxAction], clock: Clock, fence: Fence
) -> bool:
    """One kind of action in one state of knowledge: confirm, look, or send."""
    kind = registry.action(batch[0].action)
    if batch[0].state == State.ACCEPTED:
        return asking.confirm(connection, vendor, kind, batch, clock())
    if batch[0].was_in_doubt and not kind.repeat_safe:
        batch = asking.look(connection, vendor, kind, batch, clock())
    if not batch:
        return True
    vendor.client.calls.clear()
    actions = [(registry.load_action(row.action, row.arguments), row.key) for row in batch]
    results = _send(kind, vendor, actions, batch[0].was_in_doubt, fence)
    return settling.settle(connection, batch, results, clock(), calls=list(vendor.client.calls))


def _send(
    kind: type[AnyAction],
    vendor: Vendor,
    actions: Sequence[tuple[AnyAction, str]],
    again: bool,
    may_call: Callable[[], bool],
) -> Sequence[Result]:
    """An action that fails as a whole failed for each of its batch; what our own fault sent is in doubt."""
    try:
        return kind.perform_many(vendor, actions, again=again, may_call=may_call)
    except VendorError as error:
        return [error] * len(actions)
    except Exception as error:
        if outage.cause_of(error):
            raise
        log.exception("An action failed by our own fault", extra={"action": kind.slug})
        return [settling.our_fault(error)] * len(actions)


def apart(rows: Sequence[OutboxAction]) -> Iterator[Sequence[OutboxAction]]:
    """All together, but each alone that was in a batch which failed by our own fault: one of those is to
    blame, and the others shall not fail with it again."""
    suspects = [row for row in rows if row.because.startswith(settling.OURS)]
    if rest := [row for row in rows if row not in suspects]:
        yield rest
    for row in suspects:
        yield [row]


def blame(rows: Sequence[OutboxAction], error: Exception, now: datetime) -> None:
    """What we did not foresee: each waits, is looked at, tried again alone, and in the end set aside."""
    log.error("Actions failed by our own fault", exc_info=error)
    settling.retry(rows, settling.our_fault(error), now)


def unclaim(rows: Sequence[OutboxAction], now: datetime) -> None:
    """Not tried, because going on is no use now."""
    settling.unclaim(rows, now)


def skip(row: OutboxAction, reason: str, now: datetime, **details: Any) -> None:
    """No longer wanted at the moment of sending."""
    settling.skip(row, reason, now, **details)


def defer(row: OutboxAction, later: datetime, **details: Any) -> None:
    """It is still wanted, but not before ``later``: it is meant for then, so it does not come too late."""
    settling.defer(row, later, **details)


def postpone(rows: Sequence[OutboxAction], error: VendorError, now: datetime) -> None:
    """Not sent, for a reason that waiting (or a person) removes."""
    settling.retry(rows, error, now)


def retry(ids: Sequence[int], now: datetime) -> int:
    """Staff ask for another try of effects that failed. Answers how many wait again."""
    failed = OutboxAction.objects.filter(pk__in=ids, state=State.FAILED)
    # What cannot be looked up would only end in the same doubt again: staff have decided to send it.
    failed.filter(action__in=blind()).update(was_in_doubt=False)
    return failed.update(
        state=State.WAITING, due_at=now, attempts=0, settled_at=None, because="", claim_token=""
    )


def blind() -> set[str]:
    """Actions that nobody can look up, and that arrive twice when they are repeated."""
    return {slug for slug, kind in registry.all_actions().items() if not (kind.can_look or kind.repeat_safe)}
