"""What became of an effect: done, taken, refused, to be tried again, or in doubt."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from connectors.errors import NeedsAttention, TryLater, VendorError
from connectors.models import Connection
from connectors.roles import Vendor
from orchestrator.models import OutboxAction, RunLogEntry
from orchestrator.record import attention, health, runlog
from rules import registry
from rules.actions.base import Accepted, AnyAction, Done, NotTried, Result

State = OutboxAction.State
LONGEST_WAIT = 15 * 60.0  # seconds
ATTENTION_WAIT = 5 * 60.0
CONFIRM_WAIT = 2.0
CALLS_TOLD = 5  # of a longer batch it is not known which call was for whom


def settle(
    connection: Connection,
    rows: Sequence[OutboxAction],
    results: Sequence[Result],
    now: datetime,
    *,
    calls: Sequence[str] = (),
) -> bool:
    """Write down each result, with the calls that were made. False when the connection is in trouble."""
    trouble: VendorError | None = None
    done, untried = [], []
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, Done):
            done.append(row)
        elif isinstance(result, Accepted):
            _accept(row, result.receipt, now)
        elif isinstance(result, NotTried):
            untried.append(row)
        elif isinstance(result, TryLater | NeedsAttention):
            trouble = result
            retry([row], result, now)
        else:
            _fail(row, result, now)
    _finish_done(done, now, calls)
    if trouble is not None:
        unclaim(untried, now, after=ATTENTION_WAIT if isinstance(trouble, NeedsAttention) else CONFIRM_WAIT)
        health.fails(connection, trouble, now)
        return False
    health.works(connection, now)
    return True


def _finish_done(rows: Sequence[OutboxAction], now: datetime, calls: Sequence[str]) -> None:
    """The common end, in bulk: only rows whose claim is still ours."""
    if not rows:
        return
    with transaction.atomic():
        mine = OutboxAction.objects.filter(
            pk__in=[row.pk for row in rows], claim_token=rows[0].claim_token, state=State.CLAIMED
        )
        ours = set(mine.select_for_update().values_list("pk", flat=True))
        OutboxAction.objects.filter(pk__in=ours).update(
            state=State.DONE, settled_at=now, claim_token="", because=""
        )
        told = {"calls": calls} if len(calls) <= CALLS_TOLD else {"calls_made": len(calls)}
        runlog.record([_line(row, "action_done", **told) for row in rows if row.pk in ours])


def confirm(
    connection: Connection, vendor: Vendor, kind: type[AnyAction], rows: Sequence[OutboxAction], now: datetime
) -> bool:
    """Ask about what the vendor took earlier; one question per receipt."""
    for receipt in dict.fromkeys(row.receipt for row in rows):
        mine = [row for row in rows if row.receipt == receipt]
        try:
            is_settled = kind.is_settled(vendor, receipt)
        except TryLater as error:
            _wait_for_receipt(mine, now + _delay(mine[0].attempts + 1, error.after))
            continue
        except VendorError as error:
            for row in mine:
                _fail(row, error, now)
            continue
        if is_settled:
            for row in mine:
                finish(row, State.DONE, "action_done", now)
        else:
            _wait_for_receipt(mine, now + _delay(mine[0].attempts + 1, CONFIRM_WAIT))
    return True


def look(
    connection: Connection, vendor: Vendor, kind: type[AnyAction], rows: Sequence[OutboxAction], now: datetime
) -> list[OutboxAction]:
    """Whether calls in doubt arrived. Answers those that did not: they may be sent again."""
    if not kind.can_look:
        for row in rows:
            finish(row, State.FAILED, "action_unknown", now)
            _alarm(row, "may have been sent and cannot be looked up", now)
        return []
    missing = []
    for row in rows:
        try:
            if registry.load_action(row.action, row.arguments).has_landed(vendor, row.key):
                finish(row, State.DONE, "action_found", now)
            else:
                missing.append(row)
        except VendorError as error:
            _stay_in_doubt(row, error, now)
    return missing


def finish(row: OutboxAction, state: State, code: str, now: datetime, **details: Any) -> None:
    """The end of an effect, with its line in the run log, if the claim is still ours."""
    with transaction.atomic():
        mine = OutboxAction.objects.filter(pk=row.pk, claim_token=row.claim_token)
        because = str(details.get("because", ""))[:500]
        if mine.update(state=state, settled_at=now, claim_token="", because=because):
            runlog.record([_line(row, code, **details)])


def retry(rows: Sequence[OutboxAction], error: VendorError, now: datetime) -> None:
    """Not done, or not known to be done: it waits, and what is in doubt is looked at first."""
    for row in rows:
        if isinstance(error, TryLater) and error.in_doubt:
            _stay_in_doubt(row, error, now)
            continue
        after = ATTENTION_WAIT if isinstance(error, NeedsAttention) else getattr(error, "after", None)
        _postpone(row, _before(row), error, now + _delay(row.attempts + 1, after), "action_retry")


def unclaim(rows: Sequence[OutboxAction], now: datetime, after: float = CONFIRM_WAIT) -> None:
    """Never tried: back to where they were, without a line in the log."""
    for row in rows:
        mine = OutboxAction.objects.filter(pk=row.pk, claim_token=row.claim_token)
        mine.update(state=_before(row), claim_token="", due_at=now + timedelta(seconds=after))


def _before(row: OutboxAction) -> State:
    """The state a claimed row goes back to when nothing was sent: what the vendor took is not sent again."""
    if row.state == State.ACCEPTED:
        return State.ACCEPTED
    return State.IN_DOUBT if row.was_in_doubt else State.WAITING


def _stay_in_doubt(row: OutboxAction, error: VendorError, now: datetime) -> None:
    settle_for = max(settings.SETTLE_SECONDS, getattr(error, "after", None) or 0)
    _postpone(row, State.IN_DOUBT, error, now + timedelta(seconds=settle_for), "action_in_doubt")


def _postpone(row: OutboxAction, state: State, error: VendorError, due_at: datetime, code: str) -> None:
    with transaction.atomic():
        changed = OutboxAction.objects.filter(pk=row.pk, claim_token=row.claim_token).update(
            state=state,
            was_in_doubt=row.was_in_doubt or state == State.IN_DOUBT,
            claim_token="",
            attempts=min(row.attempts + 1, 1000),
            due_at=due_at,
            because=error.sentence[:500],
        )
        if changed:
            runlog.record([_line(row, code, because=error.sentence, error=error.code, due_at=due_at)])


def _accept(row: OutboxAction, receipt: str, now: datetime) -> None:
    with transaction.atomic():
        mine = OutboxAction.objects.filter(pk=row.pk, claim_token=row.claim_token)
        due_at = now + timedelta(seconds=CONFIRM_WAIT)
        if mine.update(state=State.ACCEPTED, receipt=receipt, claim_token="", due_at=due_at):
            runlog.record([_line(row, "action_accepted", receipt=receipt)])


def _wait_for_receipt(rows: Sequence[OutboxAction], due_at: datetime) -> None:
    for row in rows:
        mine = OutboxAction.objects.filter(pk=row.pk, claim_token=row.claim_token)
        mine.update(claim_token="", due_at=due_at, attempts=min(row.attempts + 1, 1000))


def _fail(row: OutboxAction, error: VendorError, now: datetime) -> None:
    finish(
        row, State.FAILED, "action_failed", now, because=error.sentence, error=error.code, status=error.status
    )
    _alarm(row, error.sentence, now)


def _alarm(row: OutboxAction, why: str, now: datetime) -> None:
    what = registry.load_action(row.action, row.arguments).sentence()
    attention.call(
        "action_failed", f"{what}: {why}"[:500], now=now, store=row.store_id, reference=f"action:{row.pk}"
    )


def _line(row: OutboxAction, code: str, **details: Any) -> RunLogEntry:
    return runlog.entry(
        code,
        store_id=row.store_id,
        rule=row.rule.name if row.rule else "",
        rule_version=row.rule_version,
        vendor=row.connection.vendor,
        subject=row.subject,
        reference=row.reference,
        trace=row.trace,
        attempt=row.attempts + 1,
        what=registry.load_action(row.action, row.arguments).sentence(),
        vendor_label=row.connection.label,
        action=row.action,
        key=row.key,
        **details,
    )


def _delay(attempt: int, after: float | None) -> timedelta:
    """Doubling, half of it by chance, so that many do not come back at once. Jitter, not a secret."""
    wait = min(2.0 ** min(attempt, 12), LONGEST_WAIT)
    spread = wait * (0.5 + random.random() / 2)  # noqa: S311
    return timedelta(seconds=max(spread, after or 0.0))
