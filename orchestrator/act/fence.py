"""Asks before each call whether the claimed rows are still ours to send, and long enough for a whole call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from connectors import timekeeper
from orchestrator.act import stops
from orchestrator.models import OutboxAction, VendorState


def lease_end() -> datetime:
    """Leases live on the database's clock, whatever time the work is driven with."""
    return timekeeper.now() + timedelta(seconds=settings.LEASE_SECONDS)


class Fence:
    """While our lease lasts nobody else may take the rows, so the table is only asked to extend it.

    Whether a rule of theirs was stopped or paused meanwhile is read each time: then the batch ends here, and
    the next claim sees which rows are meant.
    """

    def __init__(self, rows: Sequence[OutboxAction] | Sequence[VendorState]) -> None:
        self._rows = type(rows[0])._default_manager.filter(claim_token=rows[0].claim_token)
        self._rules = {row.rule_id for row in rows if isinstance(row, OutboxAction) and row.rule_id}
        self._until = min((row.claimed_until for row in rows if row.claimed_until), default=timekeeper.now())

    def __call__(self) -> bool:
        return self._is_ours() and not (self._rules and stops.is_halted(self._rules))

    def _is_ours(self) -> bool:
        real = timekeeper.now()
        if self._until - real > timedelta(seconds=settings.CALL_DEADLINE):
            return True
        until = lease_end()
        if not self._rows.filter(claimed_until__gt=real).update(claimed_until=until):
            return False
        self._until = until
        return True
