"""All work there is, stage by stage: Celery's tasks and ``manage.py work`` call the same functions.

Each stage does what is due in bounded batches. Trouble in one store or connection is recorded and leaves
the others alone; what one connection brought in is decided at once, not after the slowest.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from assessment.models import Assessment
from connectors import budget, connect, timekeeper
from connectors.errors import TryLater, VendorError
from connectors.limits import Use
from connectors.models import Connection, Store
from connectors.roles import Marketing
from orchestrator.act import agency, drift, outbox, reconcile, setting_up, vendor_wishes
from orchestrator.decide import (
    abandoned,
    approvals,
    assessments,
    backtests,
    campaigns,
    cart_flows,
    doubles,
    drain,
    due,
    lease,
    shadowing,
    steps,
)
from orchestrator.intake import importing, integrations, polling, reading, wanted, watch
from orchestrator.models import Backtest, ExportJob, Inventory
from orchestrator.record import exporting, health, lacks, retention, rotation
from orchestrator.slots import Rank
from orchestrator.stage import NO_ROW, Stage, Stages
from rules.facts import CART_FLOWS

log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(hours=1)
PURGE_SECONDS = 5.0  # of one slot, most of them resting
SWEEP_AGAIN = timedelta(minutes=1)  # when the store was busy or the vendor had enough


def _import(connection: Connection, now: datetime) -> int:
    """What was read is decided at once, so that news of the same store never waits behind its history."""
    return importing.advance(connection, now, partial(drain.drain, connection.store, now))


def _sweep(connection: Connection, now: datetime) -> int:
    Connection.objects.filter(pk=connection.pk).update(next_sweep_at=now + SWEEP_EVERY)
    health.watch_quiet(connection, now)
    lacks.look(connection.store, now)
    rotation.look(connection, now)
    if connection.role == Marketing.role:
        _align(connection, now)
    try:
        vendor = connect.open(connection, use=Use.READING)
        if connection.role in watch.OPEN:
            watch.reread_open(connection, vendor, now)
        if isinstance(vendor, Marketing):
            drift.compare(connection, vendor, now)
            _look_for_cart_flows(connection.store, now)
            setting_up.look_over(connection, now)
    except TryLater as error:
        again = timedelta(seconds=error.after) if error.after else SWEEP_AGAIN
        Connection.objects.filter(pk=connection.pk).update(next_sweep_at=now + again)
        health.fails(connection, error, now)
    except VendorError as error:
        health.fails(connection, error, now)
    return 1


def _look_for_cart_flows(store: Store, now: datetime) -> None:
    if CART_FLOWS in wanted.of_rules(store.pk):
        cart_flows.look(store, now)


def _align(connection: Connection, now: datetime) -> None:
    """While nobody decides for the store, or a wish that just changed would be taken back."""
    try:
        with lease.held(connection.store_id) as ours:
            if ours is None:
                Connection.objects.filter(pk=connection.pk).update(next_sweep_at=now + SWEEP_AGAIN)
            else:
                with ours.writing():
                    vendor_wishes.align(connection.store_id, connection, now)
    except lease.Lost:
        log.warning("The lease of a store was lost", extra={"store": connection.store_id})


def _sweep_due(now: datetime) -> Iterable[int]:
    """Where the last comparison is an hour old."""
    rows = Connection.objects.active().exclude(next_sweep_at__gt=now)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _import_due(now: datetime) -> Iterable[int]:
    importing.want_first(now)
    return importing.due(now)


def _tell_of_calls(_: None, now: datetime) -> int:
    """Tell of new requests for a call, and delete what is over its time."""
    return assessments.tell_of_calls(now) + assessments.purge(now)


def _post_alerts(_: None, now: datetime) -> int:
    return agency.post(now)


def _purge(store: Store | None, _: datetime) -> int:
    """Delete what is over its time. By the real clock: under a pretended one everything might be old."""
    owner = retention.Kept.of(store) if store else retention.Kept.of_nobody()
    return retention.purge(owner, timekeeper.now(), retention.Budget(PURGE_SECONDS))


def _stores_to_purge(_: datetime) -> Iterable[int]:
    return [owner.store_id for owner in retention.due(timekeeper.now()) if owner.store_id]


def _is_rest_to_purge(_: datetime) -> Iterable[int]:
    """Lines that belong to no client."""
    return [0 for owner in retention.due(timekeeper.now()) if not owner.store_id]


BEHIND = Rank.BACKGROUND

# In the order in which one thing follows from another: a way through the queue would only cost time.
perform_due = Stage(outbox.connections_due, due.dispatch, soon=outbox.soon)
reconcile_due = Stage(reconcile.connections_due, reconcile.drive, soon=reconcile.soon)
_act = (perform_due, reconcile_due)
set_up_due = Stage(setting_up.connections_due, setting_up.go_on, rank=BEHIND)
_drain = Stage(lambda now: drain.stores_with_work(), drain.drain, Store, then=_act)
decide_new = Stages(
    (
        _drain,
        Stage(abandoned.stores_with_carts, abandoned.tell, Store, then=_act),
        Stage(steps.stores_with_steps, steps.advance, Store, then=_act),
        Stage(campaigns.stores_to_look, campaigns.look, Store, then=_act),
        Stage(approvals.stores_due, approvals.carry_out, Store, then=_act),
        Stage(due.stores_to_release, due.release, Store, then=_act),
        Stage(shadowing.stores_due, shadowing.go_on, Store),
    )
)
read_new = Stage(reading.with_work, reading.read_new, then=(_drain,), soon=reading.soon, gathers=True)
poll_due = Stage(polling.due, polling.poll, rank=BEHIND, then=(_drain,))
poll_everything = Stage(partial(polling.due, everything=True), polling.poll, rank=BEHIND)
import_due = Stage(_import_due, _import, rank=BEHIND, then=_act, is_sliced=True)
post_alerts = Stage(agency.due, _post_alerts, None, soon=agency.soon)
look_after_webhooks = Stage(integrations.due, integrations.look_after, rank=BEHIND)
look_after_assessments = Stages(
    (
        Stage(lambda now: NO_ROW, _tell_of_calls, None, rank=BEHIND),
        Stage(assessments.wanting_evidence, assessments.add_evidence, Assessment, rank=BEHIND),
        Stage(doubles.wanted, doubles.look, Inventory, rank=BEHIND),
    )
)
sweep = Stage(_sweep_due, _sweep, rank=BEHIND)
play_backtests = Stage(backtests.due, backtests.play, Backtest, rank=BEHIND)
write_exports = Stage(exporting.due, exporting.advance, ExportJob, rank=BEHIND, is_sliced=True)
purge = Stages(
    (
        Stage(_stores_to_purge, _purge, Store, rank=BEHIND, is_sliced=True),
        Stage(_is_rest_to_purge, _purge, None, rank=BEHIND, is_sliced=True),
    )
)

ALL = (
    read_new,
    decide_new,
    perform_due,
    reconcile_due,
    post_alerts,
    poll_due,
    import_due,
    look_after_webhooks,
    look_after_assessments,
    sweep,
    set_up_due,
    play_backtests,
    write_exports,
    purge,
)


def is_pacing(now: datetime) -> bool:
    """Whether something is due at once but for the distance that a chat wants between messages."""
    return outbox.is_pacing(now) or agency.is_pacing(now) or budget.is_pacing()
