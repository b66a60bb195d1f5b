"""What became of an effect: done, taken, refused, to be tried again, or in doubt."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from connectors import timekeeper
from connectors.errors import NeedsAttention, NotYet, TryLater, VendorError
from connectors.models import Connection
from orchestrator.models import OutboxAction, RunLogEntry
from orchestrator.record import attention, health, runlog
from rules import reasons, registry
from rules.actions.base import Accepted, Done, Needless, NotTried, Result

State = OutboxAction.State
LONGEST_WAIT = 15 * 60.0  # seconds
ATTENTION_WAIT = 5 * 60.0
CONFIRM_WAIT = 2.0
LONGEST_BREATH = 1.0
LONG_UNCONFIRMED = timedelta(days=1)
UNREADABLE = (LookupError, ValueError)  # of stored actions
FAULT = "system_failed"
OURS = "Our own fault"
TRIES = 5  # of an action that fails by our own fault
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
    told = {"calls": calls} if len(calls) <= CALLS_TOLD else {"calls_made": len(calls)}
    for result, alike in _grouped(rows, results):
        if isinstance(result, Done):
            change(alike, "action_done", told, state=State.DONE, settled_at=now, because="")
        elif isinstance(result, Accepted):
            _accept(alike, result.receipt, now)
        elif isinstance(result, Needless):
            for row in alike:
                skip(row, result.reason, now)
        elif isinstance(result, TryLater | NeedsAttention):
            trouble = result
            retry(alike, result, now)
        elif isinstance(result, VendorError):
            for row in alike:
                fail(row, result, now)
    untried = [row for row, result in zip(rows, results, strict=True) if isinstance(result, NotTried)]
    unclaim(untried, now, after=_wait_untried(trouble))
    if trouble is not None:
        health.fails(connection, trouble, now)
    if any(isinstance(each, Done | Accepted | Needless) for each in results) and not _is_failure(trouble):
        health.works(connection, now)
    return trouble is None


def _is_failure(trouble: VendorError | None) -> bool:
    return trouble is not None and not isinstance(trouble, NotYet)


def _wait_untried(trouble: VendorError | None) -> float:
    if isinstance(trouble, NotYet):
        return trouble.after or CONFIRM_WAIT
    return ATTENTION_WAIT if isinstance(trouble, NeedsAttention) else CONFIRM_WAIT


def _grouped(
    rows: Sequence[OutboxAction], results: Sequence[Result]
) -> list[tuple[Result, list[OutboxAction]]]:
    """Rows with the same result together, so that a bulk call is settled in bulk."""
    alike: dict[Any, tuple[Result, list[OutboxAction]]] = {}
    for row, result in zip(rows, results, strict=True):
        key = id(result) if isinstance(result, VendorError) else result
        alike.setdefault(key, (result, []))[1].append(row)
    return list(alike.values())


def change(rows: Sequence[OutboxAction], code: str, told: Mapping[str, Any], **values: Any) -> None:
    """Write this, with a line for each, where the claim is still ours."""
    with transaction.atomic():
        mine = OutboxAction.objects.filter(
            pk__in=[row.pk for row in rows], claim_token=rows[0].claim_token, state=rows[0].state
        )
        ours = set(mine.select_for_update().values_list("pk", flat=True))
        OutboxAction.objects.filter(pk__in=ours).update(claim_token="", **values)
        runlog.record([_line(row, code, **told) for row in rows if row.pk in ours])


def finish(row: OutboxAction, state: State, code: str, now: datetime, **details: Any) -> None:
    """The end of an effect, with its line in the run log, if the claim is still ours."""
    with transaction.atomic():
        mine = OutboxAction.objects.filter(pk=row.pk, claim_token=row.claim_token)
        because = str(details.get("because", ""))[:500]
        if mine.update(state=state, settled_at=now, claim_token="", because=because):
            runlog.record([_line(row, code, **details)])


def skip(row: OutboxAction, reason: str, now: datetime, **details: Any) -> None:
    """No longer wanted."""
    finish(row, State.SKIPPED, "action_skipped", now, because=reasons.told(reason), reason=reason, **details)


def defer(row: OutboxAction, later: datetime, **details: Any) -> None:
    """Back to where it was, and meant for later."""
    change([row], "message_deferred", details, state=_before(row), due_at=later, planned_for=later)


def retry(
    rows: Sequence[OutboxAction], error: VendorError, now: datetime, *, code: str = "action_retry"
) -> None:
    """Not done, or not known to be done: it waits, and what is in doubt is looked at first.

    What we kept back ourselves is no attempt: it stays as it was, without a line in the log.
    """
    if isinstance(error, NotYet):
        unclaim(rows, now, after=error.after or CONFIRM_WAIT, because=error.sentence)
        _catch_breath(rows[0].connection_id, error)
        return
    hopeless = [row for row in rows if error.code == FAULT and _is_hopeless(row)]
    for row in hopeless:
        fail(row, error, now)
    for (state, attempts), alike in _by_history(row for row in rows if row not in hopeless).items():
        if isinstance(error, TryLater) and error.in_doubt:
            wait = _settling_time(attempts, error)
            _postpone(alike, State.IN_DOUBT, error, now + wait, "action_in_doubt")
        else:
            wait = _delay(attempts + 1, _least_wait(error))
            _postpone(alike, state, error, now + wait, code)


def our_fault(error: Exception) -> TryLater:
    """What we did not foresee may have happened after the call, so it is in doubt."""
    told = f"{OURS} ({type(error).__name__}). It is looked at and tried again."
    return TryLater(told, code=FAULT, in_doubt=True)


def _is_hopeless(row: OutboxAction) -> bool:
    """It failed so before, so it was tried alone and has nobody else to blame."""
    return row.because.startswith(OURS) and row.attempts + 1 >= TRIES


def _catch_breath(connection_id: int, error: NotYet) -> None:
    """The next ones would only meet the same: nobody claims for this connection, on the real clock.

    Not for long, as other kinds of calls may have room.
    """
    pause = timedelta(seconds=min(error.after or CONFIRM_WAIT, LONGEST_BREATH))
    Connection.objects.filter(pk=connection_id).update(next_send_at=timekeeper.now() + pause)


def _by_history(rows: Iterable[OutboxAction]) -> dict[tuple[State, int], list[OutboxAction]]:
    found: dict[tuple[State, int], list[OutboxAction]] = {}
    for row in rows:
        found.setdefault((_before(row), row.attempts), []).append(row)
    return found


def unclaim(
    rows: Sequence[OutboxAction], now: datetime, after: float = CONFIRM_WAIT, because: str = ""
) -> None:
    """Never tried: back to where they were, without a line in the log."""
    told = {"because": because[:500]} if because else {}
    for (state, _), alike in _by_history(rows).items():
        mine = OutboxAction.objects.filter(pk__in=[row.pk for row in alike], claim_token=alike[0].claim_token)
        mine.update(state=state, claim_token="", due_at=now + timedelta(seconds=after), **told)


def _before(row: OutboxAction) -> State:
    """The state a claimed row goes back to when nothing was sent: what the vendor took is not sent again."""
    if row.state == State.ACCEPTED:
        return State.ACCEPTED
    return State.IN_DOUBT if row.was_in_doubt else State.WAITING


def _postpone(
    rows: Sequence[OutboxAction], state: State, error: VendorError, due_at: datetime, code: str
) -> None:
    values: dict[str, Any] = {"was_in_doubt": True} if state == State.IN_DOUBT else {}
    change(
        rows,
        code,
        {"because": error.sentence, "error": error.code, "due_at": due_at},
        state=state,
        attempts=_one_more(rows[0].attempts),
        due_at=due_at,
        because=error.sentence[:500],
        **values,
    )


def _accept(rows: Sequence[OutboxAction], receipt: str, now: datetime) -> None:
    due_at = now + timedelta(seconds=CONFIRM_WAIT)
    told = {"receipt": receipt}
    change(rows, "action_accepted", told, state=State.ACCEPTED, receipt=receipt, due_at=due_at)


def wait_for_receipt(rows: Sequence[OutboxAction], error: VendorError | None, now: datetime) -> None:
    if isinstance(error, NotYet):
        unclaim(rows, now, after=error.after or CONFIRM_WAIT)
        return
    attempts = max(row.attempts for row in rows)
    after = _least_wait(error) if error else CONFIRM_WAIT
    mine = OutboxAction.objects.filter(pk__in=[row.pk for row in rows], claim_token=rows[0].claim_token)
    due_at = now + _delay(attempts + 1, after)
    mine.update(claim_token="", due_at=due_at, attempts=_one_more(attempts))
    if error is None and now - rows[0].planned_for > LONG_UNCONFIRMED:
        alarm(rows[0], "was taken by the vendor a day ago and is not confirmed yet", now)


def _one_more(attempts: int) -> int:
    return min(attempts + 1, 1000)


def fail(row: OutboxAction, error: VendorError, now: datetime) -> None:
    finish(
        row, State.FAILED, "action_failed", now, because=error.sentence, error=error.code, status=error.status
    )
    alarm(row, error.sentence, now)


def alarm(row: OutboxAction, why: str, now: datetime) -> None:
    attention.call(
        "action_failed",
        f"{_what(row)}: {why}"[:500],
        now=now,
        store=row.store_id,
        reference=f"action:{row.pk}",
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
        what=_what(row),
        vendor_label=row.connection.label,
        action=row.action,
        key=row.key,
        **details,
    )


def _what(row: OutboxAction) -> str:
    try:
        return registry.load_action(row.action, row.arguments).sentence()
    except UNREADABLE:
        return f"The action “{row.action}”"


def _least_wait(error: VendorError) -> float | None:
    return ATTENTION_WAIT if isinstance(error, NeedsAttention) else getattr(error, "after", None)


def _settling_time(attempts: int, error: VendorError) -> timedelta:
    """The vendor may still be at it; one that stays away is looked at less and less often."""
    wait = min(settings.SETTLE_SECONDS * 2.0 ** min(attempts, 12), LONGEST_WAIT)
    return timedelta(seconds=max(wait, settings.SETTLE_SECONDS, _least_wait(error) or 0.0))


def _delay(attempt: int, after: float | None) -> timedelta:
    """Doubling, half of it by chance, so that many do not come back at once. Jitter, not a secret."""
    wait = min(2.0 ** min(attempt, 12), LONGEST_WAIT)
    spread = wait * (0.5 + random.random() / 2)  # noqa: S311
    return timedelta(seconds=max(spread, after or 0.0))
