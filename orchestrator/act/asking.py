"""Asks the vendors about effects that are not known to be done: taken but unconfirmed, or in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from connectors.errors import NeedsAttention, NotYet, Refused, TryLater, VendorError
from connectors.models import Connection
from connectors.roles import Vendor
from orchestrator.act import settling
from orchestrator.models import OutboxAction
from orchestrator.record import health
from rules import registry
from rules.actions.base import AnyAction
from rules.facts import Change

State = OutboxAction.State


def confirm(
    connection: Connection, vendor: Vendor, kind: type[AnyAction], rows: Sequence[OutboxAction], now: datetime
) -> bool:
    """Ask about what the vendor took earlier; one question per receipt. False when asking is no use now."""
    trouble: VendorError | None = None
    for receipt in dict.fromkeys(row.receipt for row in rows):
        mine = [row for row in rows if row.receipt == receipt]
        if trouble is not None and _concerns_all(trouble):
            settling.wait_for_receipt(mine, trouble, now)
            continue
        try:
            is_settled = kind.is_settled(vendor, receipt)
        except (TryLater, NeedsAttention) as error:
            trouble = error
            settling.wait_for_receipt(mine, error, now)
        except VendorError as error:
            for row in mine:
                settling.fail(row, error, now)
        else:
            if is_settled:
                settling.change(mine, "action_done", {}, state=State.DONE, settled_at=now, because="")
            else:
                settling.wait_for_receipt(mine, None, now)
    if trouble is not None:
        health.fails(connection, trouble, now)
    return trouble is None


def _concerns_all(error: VendorError) -> bool:
    return isinstance(error, NeedsAttention | NotYet) or error.code == "throttled"


def readable(rows: Sequence[OutboxAction], now: datetime) -> list[OutboxAction]:
    """Those whose stored form still fits; the others have failed for good and hold up nobody."""
    found = []
    unreadable = Refused("Its stored form cannot be read any more.", code="unreadable_action")
    for row in rows:
        try:
            registry.load_action(row.action, row.arguments)
            if row.change:
                msgspec.json.decode(row.change, type=Change)
            found.append(row)
        except settling.UNREADABLE:
            settling.fail(row, unreadable, now)
    return found


def look(
    connection: Connection, vendor: Vendor, kind: type[AnyAction], rows: Sequence[OutboxAction], now: datetime
) -> list[OutboxAction]:
    """Whether calls in doubt arrived. Answers those that did not: they may be sent again."""
    if not kind.can_look:
        for row in rows:
            settling.finish(row, State.FAILED, "action_unknown", now)
            settling.alarm(row, "may have been sent and cannot be looked up", now)
        return []
    missing: list[OutboxAction] = []
    trouble: VendorError | None = None
    for row in rows:
        if trouble is not None and _concerns_all(trouble):
            settling.retry([row], trouble, now, code="action_in_doubt")
            continue
        try:
            if registry.load_action(row.action, row.arguments).has_landed(vendor, row.key):
                settling.finish(row, State.DONE, "action_found", now)
            else:
                missing.append(row)
        except (TryLater, NeedsAttention) as error:
            trouble = error
            settling.retry([row], error, now, code="action_in_doubt")
        except VendorError as error:
            settling.finish(row, State.FAILED, "action_unknown", now, because=error.sentence)
            settling.alarm(row, f"may have been sent and cannot be looked up ({error.sentence})", now)
    if trouble is not None:
        health.fails(connection, trouble, now)
    return missing
