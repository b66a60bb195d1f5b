"""One claimed batch of wishes: sends with a fence, and writes down what each became."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from connectors.errors import NeedsAttention, NotYet, TryLater, VendorError
from connectors.models import Connection
from connectors.types import Job
from orchestrator.act import stops
from orchestrator.act.clock import running
from orchestrator.act.fence import Fence
from orchestrator.models import RunLogEntry, VendorState, bulk
from orchestrator.record import attention, health, places, runlog

State = VendorState.State
LOOK_AGAIN = timedelta(minutes=10)  # for somebody the vendor does not know yet
ATTENTION_WAIT = 300.0
LONGEST_WAIT = 900.0


class Batch:
    """``rows`` carry the wish as it was when they were claimed; a newer wish stays due."""

    def __init__(self, connection: Connection, rows: Sequence[VendorState], now: datetime) -> None:
        self.connection = connection
        self.key = rows[0].key
        self.rows = list(rows)
        self.now = now
        self.token = rows[0].claim_token
        self._may_call = Fence(rows)
        self._clock = running(now)
        self._open = {row.pk: row for row in rows}
        self._sending: frozenset[int] | None = None  # whom the call in hand is about

    @property
    def open(self) -> list[VendorState]:
        """What is not settled yet."""
        return list(self._open.values())

    def among(self, rows: Iterable[VendorState]) -> list[VendorState]:
        """Those of them that are not settled yet."""
        return [row for row in rows if row.pk in self._open]

    def send(self, rows: Sequence[VendorState], call: Callable[[Sequence[str]], None]) -> None:
        """One bulk call for these rows. Raises VendorError when it failed or may have failed."""
        if not rows or not self._may_call():
            return
        stops.check_holds(self.connection, rows)
        self._sending = frozenset(row.pk for row in rows)
        call([row.vendor_id for row in rows])
        self._sending = None
        for row in rows:
            row.seen, row.seen_at = row.wanted, self._clock() if row.wanted else None
        self.applied(rows)

    def begin(self, rows: Sequence[VendorState], call: Callable[[Sequence[str]], Job]) -> None:
        """One bulk call whose work goes on there; it is asked about at once, then less and less often."""
        if not rows or not self._may_call():
            return
        stops.check_holds(self.connection, rows)
        self._sending = frozenset(row.pk for row in rows)
        job = call([row.subject for row in rows])
        self._sending = None
        for row in rows:
            row.receipt, row.is_in_doubt, row.attempts, row.because = job.receipt, False, 0, ""
            row.state, row.due_at = State.PENDING, self._clock()
        self._settle(rows, lambda row: "hold_accepted")

    def wait(self, rows: Sequence[VendorState], because: str = "") -> None:
        """Not through yet, or to be begun again."""
        _count_up(rows)
        seconds = min(2.0 ** min(_fewest(rows), 12), LONGEST_WAIT)
        for row in rows:
            row.state, row.because = State.PENDING, because
            row.due_at = self._clock() + timedelta(seconds=seconds)
        self._settle(rows, lambda row: "hold_retry" if because else "")

    def applied(self, rows: Iterable[VendorState]) -> None:
        """The vendor shows what was wanted (or what was there before us, which stays)."""
        rows = list(rows)
        codes = {row.pk: _applied_code(row) for row in rows}
        for row in rows:
            if row.prior:
                row.seen = True if row.wanted else None
            if not row.wanted:
                row.prior = row.seen_at = None  # who is there next time is looked at again
                row.kept = {}
            row.is_in_doubt = False
            row.asked_at = None
            row.attempts, row.because, row.due_at, row.state = 0, "", None, State.APPLIED
        self._settle(rows, lambda row: codes[row.pk])

    def remember(self, rows: Sequence[VendorState]) -> None:
        """Stored before the next call: who was there before us, or the job that was found."""
        bulk.create_or_update(rows, REMEMBERED)

    def lost(self, rows: Sequence[VendorState], because: str) -> None:
        """Somebody took it away while it is wanted: shown, not fought."""
        for row in rows:
            row.is_in_doubt, row.asked_at = False, None
            lose(row, self.connection, self.now, because)
        self._settle(rows, lambda row: "hold_lost")

    def kept(self, rows: Sequence[VendorState], because: str) -> None:
        """Wanted gone, and perhaps not ours to lift: left, and shown to a person."""
        for row in rows:
            attention.call(
                "hold_kept",
                f"{self.connection}: {because}. Look at the profile there, and lift it if it should not be.",
                now=self.now,
                connection=self.connection,
                reference=f"hold:{row.pk}",
            )
            row.seen, row.prior, row.seen_at = None, None, None
            row.is_in_doubt, row.asked_at = False, None
            row.attempts, row.because, row.due_at, row.state = 0, because, None, State.APPLIED
        self._settle(rows, lambda row: "hold_kept")

    def not_possible(self, rows: Iterable[VendorState], because: str) -> None:
        """Nothing to hold there now; looked at again while it is wanted."""
        rows = list(rows)
        for row in rows:
            row.is_in_doubt = False
            was_so = row.state == State.NOT_POSSIBLE
            row.state, row.because, row.due_at = State.NOT_POSSIBLE, because, self.now + LOOK_AGAIN
            row.attempts = min(row.attempts + 1, 1000) if was_so else 1
        self._settle(rows, lambda row: "hold_not_possible" if row.attempts == 1 else "")

    def failed(self, error: VendorError) -> None:
        """What is still open of the batch waits, or is in doubt when the call may have landed."""
        health.fails(self.connection, error, self.now)
        if isinstance(error, NotYet):
            self._keep_back(error)
            return
        in_doubt = isinstance(error, TryLater) and error.in_doubt
        rows = list(self._open.values())
        sent = {row.pk for row in rows} if self._sending is None else self._sending
        _count_up(rows)
        due_at = self._clock() + timedelta(seconds=_wait(error, _fewest(rows)))
        for row in rows:
            row.state, row.because = State.PENDING, error.sentence[:300]
            row.is_in_doubt = row.is_in_doubt or (in_doubt and row.pk in sent)
            row.asked_at = row.asked_at if row.is_in_doubt else None  # what did not arrive was not asked
            row.due_at = due_at
        self._settle(rows, lambda row: "hold_in_doubt" if row.is_in_doubt else "hold_retry")

    def _keep_back(self, error: NotYet) -> None:
        """We did not call: no attempt, and no line in the log. What was learnt before is kept."""
        rows = list(self._open.values())
        for row in rows:
            row.state, row.because = State.PENDING, error.sentence[:300]
            row.asked_at = row.asked_at if row.is_in_doubt else None
            row.due_at = self._clock() + timedelta(seconds=error.after or 1.0)
        self._settle(rows, lambda row: "")

    def forget_profiles(self, rows: Sequence[VendorState]) -> None:
        """A profile was merged or deleted there: look everybody up again, then go on."""
        for row in rows:
            row.vendor_id = ""
            row.attempts = min(row.attempts + 1, 1000)
            row.state, row.due_at = State.PENDING, self._clock() + timedelta(seconds=min(row.attempts, 60))
            row.because = "a profile of this batch is gone there; looked up again"
        self._settle(rows, lambda row: "hold_retry")

    def gone(self, rows: Sequence[VendorState]) -> None:
        """Who has no profile there any more is on no list either."""
        for row in rows:
            row.seen = False
        self.applied(rows)

    def _settle(self, rows: Sequence[VendorState], code_of: Callable[[VendorState], str]) -> None:
        """Write what we learnt; where the wish changed meanwhile, the newest one is due at once."""
        if not rows:
            return
        entries: list[RunLogEntry] = []
        with transaction.atomic():
            current = (
                VendorState.objects.select_for_update()
                .order_by("pk")
                .filter(pk__in=[row.pk for row in rows], claim_token=self.token)
            )
            newest = {row.pk: (row.version, row.wanted) for row in current}
            mine = [row for row in rows if row.pk in newest]
            for row in mine:
                if code := code_of(row):
                    entries.append(self._line(code, row))
                version, wanted = newest[row.pk]
                if version != row.version:
                    row.version, row.wanted = version, wanted
                    has_to_wait = row.is_in_doubt or row.receipt
                    row.state, row.due_at = State.PENDING, row.due_at if has_to_wait else self.now
                row.claim_token, row.claimed_until = "", None
            bulk.create_or_update(mine, WRITTEN)
            runlog.record(entries)
        for row in rows:
            self._open.pop(row.pk, None)

    def _line(self, code: str, row: VendorState) -> RunLogEntry:
        because, attempt = row.because, row.attempts
        return line(
            code, row, self.connection, because=because, attempt=attempt, key=row.key, wanted=row.wanted
        )


# With what was seen: whether a call in doubt was to hold or to lift is read off it.
REMEMBERED = ["seen", "seen_at", "prior", "kept", "vendor_id", "asked_at", "call", "receipt", "is_in_doubt"]
WRITTEN = [
    "seen",
    "seen_at",
    "prior",
    "kept",
    "vendor_id",
    "state",
    "because",
    "due_at",
    "is_in_doubt",
    "receipt",
    "asked_at",
    "attempts",
    "claim_token",
    "claimed_until",
]


def _applied_code(row: VendorState) -> str:
    if row.prior:
        return "hold_prior_kept"
    return "hold_applied" if row.wanted else "hold_removed"


def _count_up(rows: Sequence[VendorState]) -> None:
    for row in rows:
        row.attempts = min(row.attempts + 1, 1000)


def _fewest(rows: Sequence[VendorState]) -> int:
    """Attempts by which all of them wait: what went in one call is looked for together, by its size."""
    return min((row.attempts for row in rows), default=0)


def _wait(error: VendorError, attempt: int) -> float:
    if isinstance(error, NeedsAttention):
        return ATTENTION_WAIT
    spread = min(2.0**attempt, LONGEST_WAIT) * (0.5 + random.random() / 2)  # noqa: S311
    if isinstance(error, TryLater):
        least = settings.SETTLE_SECONDS if error.in_doubt else 0.0
        return max(spread, least, error.after or 0.0)
    return max(spread, 60.0)


def lose(row: VendorState, connection: Connection, now: datetime, because: str) -> None:
    """It is gone there, and we leave it so."""
    row.state, row.due_at, row.seen, row.seen_at, row.because = State.LOST, None, False, None, because
    attention.call(
        "hold_lost",
        f"{connection}: {because}. What it was held for is not over; speak with whoever did it.",
        now=now,
        connection=connection,
        reference=f"hold:{row.pk}",
    )


def line(code: str, row: VendorState, connection: Connection, **details: Any) -> RunLogEntry:
    """What became of one wish, for the run log."""
    return runlog.entry(
        code,
        store_id=connection.store_id,
        vendor=connection.vendor,
        vendor_label=connection.label,
        place=places.place(row.key),
        subject=row.subject,
        trace=row.trace,
        **details,
    )


def chunks(rows: Sequence[VendorState], size: int) -> list[Sequence[VendorState]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
