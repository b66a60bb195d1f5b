"""The shared budget of a vendor's account: one row, looked at before each call and corrected by answers.

What a call costs here: one write, which does nothing where another process wrote since; then the row is
read, and written once more. An answer costs nothing, unless it tells something that the row does not know.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import msgspec
from django.db import DatabaseError

from connectors import refusals, timekeeper
from connectors.errors import NotYet
from connectors.limits import Breaker, Bucket, Entry, State, Told, Use
from connectors.limits.bucket import bucket_of
from connectors.limits.gate import Answer
from connectors.models import VendorAccount
from connectors.roles import Vendor

log = logging.getLogger(__name__)

KEPT = 1 / 3  # of each limit: reading leaves so much to acting …
OWN = 1 / 5  # … but has so much for itself, so that a long backlog of effects does not make us deaf
READING = " (reading)"  # the bucket that counts the latter
NO_HINT = 5.0  # seconds, after a 429 that does not say how long
SOON = 60.0  # seconds
FORGOTTEN = 100_000.0  # seconds after which a mark says nothing; longer than a day

Clock = Callable[[], float]


class Account(msgspec.Struct, omit_defaults=True):
    """What the row's ``state`` holds."""

    buckets: dict[str, State] = {}
    breaker: Breaker = Breaker()


class Budget:
    """A gate for the calls of one connection. ``share`` is the part of each limit that is ours, to 1.

    ``patience``: seconds that reading may wait, all together, for the next call that fits. It is less than
    one call that hangs; whatever is longer waits as a due time on a row.
    """

    def __init__(
        self,
        vendor: type[Vendor],
        key: str,
        *,
        share: float,
        use: Use = Use.ACTING,
        deadline: float = 20.0,
        patience: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self.vendor = vendor
        self.key = key
        self.share = share
        self.use = use
        self._deadline = deadline
        self._patience = patience
        self._clock = clock or _now

    def enter(self, method: str, path: str, cost: float = 1.0) -> Entry:
        bucket = bucket_of(self.vendor.buckets, method, path)
        while True:
            entry, wait = self._try(bucket, cost)
            if entry is not None:
                return entry
            if wait > self._patience:
                _process.keeps_back(self.use, wait)
                raise _no_room(self.vendor.label, bucket, wait)
            self._patience -= wait
            time.sleep(wait)

    def told(self, entry: Entry, answer: Answer | None) -> float:
        """Bookkeeping never spoils a call that was made: trouble with the database is only logged."""
        try:
            return self._told(entry, answer)
        except DatabaseError:
            log.warning("A budget could not be corrected", extra={"vendor": self.vendor.slug}, exc_info=True)
            return 0.0

    def _try(self, bucket: Bucket | None, cost: float) -> tuple[Entry | None, float]:
        now, is_asked = self._clock(), self.use is Use.ASKED
        for known, account, is_fresh in self._tries():
            down = account.breaker.wait(now)
            state, wait = self._take(account, bucket, cost, now) if bucket else (State(), 0.0)
            if (down or wait) and not is_asked:
                if not is_fresh:
                    continue  # perhaps another process knows better
                if down:
                    raise _down(self.vendor.label, down)
                return None, wait
            entry = Entry(bucket, state, cost, account.breaker)
            if account.breaker.is_open:
                account.breaker = account.breaker.probed(now, self._deadline)
            if self._save(known, account, now):
                break
        return entry, 0.0

    def _take(self, account: Account, bucket: Bucket, cost: float, now: float) -> tuple[State, float]:
        """Notes it in the account when it fits."""
        known = account.buckets.get(bucket.name, State())
        keep = KEPT if self.use is Use.READING else 0.0
        state, wait = bucket.take(known, now, share=self.share, cost=cost, keep=keep)
        if wait and keep:
            own = bucket.name + READING
            before = account.buckets.get(own, State())
            mine, my_wait = bucket.take(before, now, share=self.share, cost=cost / OWN)
            state, full = bucket.take(known, now, share=self.share, cost=cost)
            if not my_wait and not full:
                account.buckets[own] = mine
            wait = min(wait, max(my_wait, full))
        if not wait:
            account.buckets[bucket.name] = state
        return state, wait

    def _told(self, entry: Entry, answer: Answer | None) -> float:
        now = self._clock()
        is_failure = answer is None or answer.status >= 500 or answer.status == 408
        told = self._heard(entry, answer) if answer is not None else None
        is_news = told is not None and _is_news(entry, told, now)
        if not is_news and not is_failure and entry.breaker == Breaker():
            return 0.0
        for known, account, _ in self._tries():
            if told is not None and is_news and entry.bucket is not None:
                before = account.buckets.get(entry.bucket.name, State())
                account.buckets[entry.bucket.name] = entry.bucket.told(
                    before, entry.state, told, now, entry.cost
                )
            if is_failure:
                account.breaker = account.breaker.failed(now, was_probe=entry.breaker.is_open)
            else:
                account.breaker = account.breaker.worked()
            if self._save(known, account, now):
                break
        return account.breaker.wait(now)

    def _tries(self) -> Iterator[tuple[str, Account, bool]]:
        """The account's state, what it says and whether it was just read, until what was made of it is saved.

        The first try takes it as this process left it, which saves a look if nobody else wrote since.
        """
        if (left := _process.left.pop(self.key, None)) is not None:
            yield left, _decoded(left), False
        while True:
            state = self._read()
            yield state, _decoded(state), True

    def _read(self) -> str:
        states = VendorAccount.objects.filter(key=self.key).values_list("state", flat=True)
        if (known := states.first()) is not None:
            return known
        new = VendorAccount(vendor=self.vendor.slug, key=self.key)
        VendorAccount.objects.bulk_create([new], ignore_conflicts=True)
        return states.get()

    def _save(self, known: str, account: Account, now: float) -> bool:
        """False, and nothing is written, when somebody else wrote since the state was ``known``."""
        account.buckets = {
            name: state for name, state in account.buckets.items() if not state.is_older(now - FORGOTTEN)
        }
        opened_at = account.breaker.opened_at
        state = msgspec.json.encode(account).decode()
        is_saved = VendorAccount.objects.filter(key=self.key, state=known).update(
            state=state, down_since=datetime.fromtimestamp(opened_at, UTC) if opened_at else None
        )
        if is_saved:
            _process.left[self.key] = state
        return bool(is_saved)

    def _heard(self, entry: Entry, answer: Answer) -> Told | None:
        """What the vendor's own headers say, with the pause that any refusal may ask for."""
        if entry.bucket is None:
            return None
        told = self.vendor.told(entry.bucket, answer.headers, answer.json)
        if answer.status != 429:
            return told
        wait = refusals.wait(answer)
        return msgspec.structs.replace(told or Told(), wait=NO_HINT if wait is None else wait)


class _Process:
    """What only this process knows."""

    def __init__(self) -> None:
        self.ahead = 0.0  # seconds, while it pretends another time
        self.fits_at = 0.0  # on the monotonic clock: when what was kept back last has room
        self.left: dict[str, str] = {}  # by account: its state as it was written here last

    def keeps_back(self, use: Use, wait: float) -> None:
        if use is Use.ACTING and wait <= SOON:
            self.fits_at = max(self.fits_at, time.monotonic() + wait + 1)


_process = _Process()


@contextmanager
def pretending(now: datetime | None) -> Iterator[None]:
    """This process counts as if it were this time, going on; None = the real one."""
    before = _process.ahead
    _process.ahead = now.timestamp() - time.time() if now else 0.0
    try:
        yield
    finally:
        _process.ahead = before


def is_pacing() -> bool:
    """Whether this process has work that only waits for room, and for a minute at most."""
    return time.monotonic() < _process.fits_at


def _now() -> float:
    return timekeeper.now().timestamp() + _process.ahead


def read(keys: Iterable[str]) -> dict[str, Account]:
    """What is known of these accounts, for showing it."""
    rows = VendorAccount.objects.filter(key__in=set(keys)).values_list("key", "state")
    return {key: _decoded(state) for key, state in rows}


def _is_news(entry: Entry, told: Told, now: float) -> bool:
    """Whether it would change what this process knew when it made the call, by a call or more."""
    if entry.bucket is None:
        return False
    if told.wait is not None or told.is_free:
        return True
    after = entry.bucket.told(entry.state, entry.state, told, now, entry.cost)
    return entry.bucket.differs(entry.state, after, now)


def _decoded(state: str) -> Account:
    """What another version wrote and we cannot read says nothing."""
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(state, type=Account)
    return Account()


def _no_room(label: str, bucket: Bucket | None, wait: float) -> NotYet:
    name = f" ({bucket.name})" if bucket else ""
    return NotYet(
        f"{label}{name}: the calls that are ours are used up for now. It goes on by itself.",
        code="throttled",
        after=wait,
    )


def _down(label: str, wait: float) -> NotYet:
    error = NotYet(
        f"{label} does not answer. It is tried again by itself, by one call at a time.", code="vendor_down"
    )
    error.hold(wait)
    return error
