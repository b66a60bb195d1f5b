"""Delivers the vendors' webhooks from background threads, one line per account, in order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread

import requests

from connectors.sandbox.wire import Json

PAUSE = 0.2  # seconds between two tries; vendors take minutes
LINGER = 1.0  # seconds that a line keeps its thread and its connection with nothing to deliver
MODES = ("normal", "paused", "shuffle", "double", "storm")
SHUFFLED, TWICE = ("shuffle", "storm"), ("double", "storm")  # in a storm the second time comes later


def _nothing(_ok: bool) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Delivery:
    """One webhook on its way. A vendor that signs puts the signature among the headers.

    ``settled`` hears once whether the receiver took it, after the last try.
    """

    vendor: str
    account: str
    url: str
    body: bytes
    headers: dict[str, str]
    method: str = "POST"
    tries: int = 3
    timeout: float = 5.0
    settled: Callable[[bool], None] = _nothing

    @property
    def line(self) -> tuple[str, str]:
        return (self.vendor, self.account)


class Webhooks:
    """All deliveries that wait. Pausing, doubling and shuffling are what an unkind network does."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._lines: dict[tuple[str, str], list[Delivery]] = {}
        self._workers: dict[tuple[str, str], Thread] = {}
        self._in_hand: set[int] = set()
        self._told_once: set[int] = set()  # of those that still wait
        self._mode = "normal"
        self._pause = PAUSE
        self._dice = random.Random(7)  # noqa: S311  the same order each time
        self._counts = {"delivered": 0, "failed": 0}
        self._closed = False

    def send(self, delivery: Delivery) -> None:
        with self._changed:
            if self._closed:
                return
            self._lines.setdefault(delivery.line, []).append(delivery)
            if delivery.line not in self._workers:
                worker = Thread(target=self._work, args=(delivery.line,), daemon=True)
                self._workers[delivery.line] = worker
                worker.start()
            self._changed.notify_all()

    def set(self, mode: str | None, pause: float | None) -> None:
        """Choose how deliveries go out, and how long a failed one rests before its next try."""
        with self._changed:
            self._mode = mode or self._mode
            self._pause = self._pause if pause is None else pause
            self._changed.notify_all()

    def wait_until_empty(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._pending() == 0, seconds)

    def summary(self) -> Json:
        with self._changed:
            return {"delivery": self._mode, "pending": self._pending(), **self._counts}

    def clear(self) -> None:
        """Forget what waits and go back to normal delivery."""
        with self._changed:
            self._lines.clear()
            self._told_once.clear()
            self._mode, self._pause = "normal", PAUSE
            self._counts = dict.fromkeys(self._counts, 0)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._lines.clear()
            self._changed.notify_all()

    def _pending(self) -> int:
        return sum(len(line) for line in self._lines.values()) + len(self._in_hand)

    def _work(self, line: tuple[str, str]) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (taken := self._take(line)) is not None:
                delivery, is_last = taken
                is_taken = self._deliver(session, delivery)
                if is_last:
                    delivery.settled(is_taken)
                self._put_down(delivery, is_taken)

    def _take(self, line: tuple[str, str]) -> tuple[Delivery, bool] | None:
        """The next one, and whether it is over with it then; what comes twice stays in its line once.

        None: nothing came for a while, so the thread ends. The next delivery starts another.
        """
        with self._changed:
            while not self._changed.wait_for(lambda: self._closed or self._is_ready(line), LINGER):
                if not self._lines.get(line):  # each that waits is woken by whatever happens to any line
                    del self._workers[line]
                    return None
            if self._closed:
                return None
            waiting = self._lines[line]
            place = self._dice.randrange(len(waiting)) if self._mode in SHUFFLED else 0
            delivery = waiting[place]
            self._in_hand.add(id(delivery))
            is_last = self._mode not in TWICE or id(delivery) in self._told_once
            if is_last:
                del waiting[place]
                self._told_once.discard(id(delivery))
            else:
                self._told_once.add(id(delivery))
            return delivery, is_last

    def _is_ready(self, line: tuple[str, str]) -> bool:
        return self._mode != "paused" and bool(self._lines.get(line))

    def _put_down(self, delivery: Delivery, is_taken: bool) -> None:
        with self._changed:
            self._in_hand.discard(id(delivery))
            self._counts["delivered" if is_taken else "failed"] += 1
            self._changed.notify_all()

    def _deliver(self, session: requests.Session, delivery: Delivery) -> bool:
        for attempt in range(delivery.tries):
            if attempt and not self._rest(self._pause):
                return False
            if _post(session, delivery):
                return True
        return False

    def _rest(self, seconds: float) -> bool:
        """Wait between two tries; False when there is no more point."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)
            return not self._closed


def _post(session: requests.Session, delivery: Delivery) -> bool:
    try:
        answer = session.request(
            delivery.method,
            delivery.url,
            data=delivery.body,
            headers=delivery.headers,
            timeout=delivery.timeout,
            allow_redirects=False,
        )
    except requests.RequestException:
        return False
    return 200 <= answer.status_code < 300
