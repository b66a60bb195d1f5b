"""What befalls our own processes and servers: one small class each, and the fate that deals them out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any, Protocol

from tests.chaos.crew import Crew
from tests.chaos.sizes import Embedded, ScaleOut
from tests.servers import OwnRedis


class Misfortune(Protocol):
    @property
    def told(self) -> str:
        """As the table names it."""

    def strike(self, crew: Any, dice: random.Random) -> None: ...


@dataclass(frozen=True)
class Kill:
    """SIGKILL in the middle of a call to a vendor."""

    part: str

    @property
    def told(self) -> str:
        return f"{self.part} killed"

    def strike(self, crew: Crew, dice: random.Random) -> None:
        crew.kill(self.part, dice.randrange(100))


@dataclass(frozen=True)
class WipeBroker:
    told: str = "broker wiped"

    def strike(self, crew: Embedded | ScaleOut, dice: random.Random) -> None:
        crew.wipe_broker()


@dataclass(frozen=True)
class FreezeBroker:
    """It takes connections and never answers."""

    seconds: float = 3.0
    told: str = "broker frozen"

    def strike(self, crew: ScaleOut, dice: random.Random) -> None:
        if isinstance(crew.broker, OwnRedis):
            crew.broker.freeze()
            Event().wait(self.seconds)
            crew.broker.thaw()


@dataclass(frozen=True)
class RestartDatabase:
    """Killed, or stopped at once; it recovers from its log."""

    told: str = "database restarted"

    def strike(self, crew: ScaleOut, dice: random.Random) -> None:
        crew.database.restart(killed=dice.random() < 0.5)


@dataclass(frozen=True)
class SecondBeat:
    """Somebody starts a beat, though there is one."""

    told: str = "second beat started"

    def strike(self, crew: ScaleOut, dice: random.Random) -> None:
        crew.hire_second_beat()


@dataclass(frozen=True)
class WrongClock:
    """A process comes back with another time."""

    part: str
    seconds: int

    @property
    def told(self) -> str:
        return f"{self.part.rstrip('0123456789')}'s clock wrong by {self.seconds:+} s"

    def strike(self, crew: ScaleOut, dice: random.Random) -> None:
        crew.put_clock_wrong(self.part, self.seconds)


LOOPS = (Kill("worker"), Kill("worker"), Kill("web"))
EMBEDDED = (Kill("worker"), Kill("serve"), Kill("web"), Kill("beat"), WipeBroker())
# Ahead by less than a wake-up lives, for a worker further ahead takes every wake-up for stale.
APART = (WrongClock("worker0", -180), WrongClock("worker1", 45), WrongClock("web", 120), SecondBeat())
SCALE_OUT = (
    Kill("worker"),
    RestartDatabase(),
    Kill("worker"),
    Kill("web"),
    FreezeBroker(),
    Kill("beat"),
    WipeBroker(),
)


class Fate:
    """Told of every call to a vendor; in the middle of some of them something happens.

    ``first`` strikes in this order; then ``deck`` again and again, shuffled, so that each has its turn.
    """

    def __init__(
        self,
        crew: Crew,
        seed: int,
        *,
        first: Sequence[Misfortune] = (),
        deck: Sequence[Misfortune],
        calls: tuple[int, int],
    ) -> None:
        self.struck: Counter[str] = Counter()
        self._crew = crew
        self._dice = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
        self._deck, self._waiting = deck, list(first)
        self._calls = calls
        self._left = self._dice.randint(*calls)
        self._lock = Lock()
        self._striking: Thread | None = None

    def on_call(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left > 0 or (self._striking and self._striking.is_alive()):
                return
            self._left = self._dice.randint(*self._calls)
            misfortune = self._next()
            self.struck[misfortune.told] += 1
            self._striking = Thread(target=misfortune.strike, args=(self._crew, self._dice))
            self._striking.start()
            if isinstance(misfortune, Kill):
                self._striking.join()  # the answer finds nobody

    def rest(self) -> None:
        """Until the last misfortune is over."""
        with self._lock:  # whoever makes it strike has begun it by then
            striking = self._striking
        if striking:
            striking.join()

    def _next(self) -> Misfortune:
        if not self._waiting:
            self._waiting = self._dice.sample(self._deck, len(self._deck))
        return self._waiting.pop(0)
