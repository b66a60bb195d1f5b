"""One run from the first event to the verdict, and what is told of it."""

from __future__ import annotations

import os
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.sandbox.server import running
from tests.chaos.crew import Crew
from tests.chaos.misfortunes import Fate, Misfortune
from tests.chaos.story import Story
from tests.chaos.verdict import Verdict, judge
from tests.chaos.weather import Weather
from tests.processes import until

BUSY = """
SELECT (SELECT count(*) FROM orchestrator_outboxaction
        WHERE state IN ('claimed', 'accepted') OR (action = 'alert' AND state IN ('waiting', 'in_doubt'))),
       (SELECT count(*) FROM orchestrator_vendorstate WHERE claim_token != ''),
       (SELECT count(*) FROM orchestrator_delivery WHERE state = 'new'),
       (SELECT count(*) FROM orchestrator_inboxevent WHERE state IN ('new', 'reread'))
"""
PENDING = """
SELECT (SELECT count(*) FROM orchestrator_vendorstate WHERE state = 'pending' OR due_at IS NOT NULL)
     + (SELECT count(*) FROM orchestrator_outboxaction WHERE settled_at IS NULL)
"""
LEASED = """
SELECT (SELECT count(*) FROM orchestrator_outboxaction WHERE state = 'claimed' AND claimed_until > '{now}')
     + (SELECT count(*) FROM orchestrator_vendorstate WHERE claim_token != '' AND claimed_until > '{now}')
"""
ROUNDS = 6


@dataclass(frozen=True)
class Plan:
    """About every ``calls`` calls to a vendor something happens.

    ``pace`` is how long one event waits for us at most, in seconds.
    """

    events: int
    tickets: int  # at most, for each client
    customers: int  # of each client
    calls: tuple[int, int]
    first: Sequence[Misfortune] = ()
    deck: Sequence[Misfortune] = ()
    pace: float = 0.1
    is_small: bool = False
    seed: int = field(default_factory=lambda: int(os.environ.get("CHAOS_SEED") or secrets.randbelow(10**6)))


@dataclass(frozen=True)
class Outcome:
    size: str
    seed: int
    events: int
    webhooks: int
    seconds: float
    faults: Counter[str]
    struck: Counter[str]
    kills: Counter[str]
    falls: Counter[str]
    verdict: Verdict

    def __str__(self) -> str:
        return (
            f"{self.size}, seed {self.seed}: {self.events} events, {self.webhooks} webhooks, "
            f"{self.seconds:.0f} s; faults {dict(self.faults)}; struck {dict(self.struck)}; "
            f"ended by themselves {dict(self.falls)}; alerts unknown {len(self.verdict.unknown)}; "
            f"{self.verdict}"
        )


def play(crew: Crew, plan: Plan, directory: Path) -> Outcome:
    fate = Fate(crew, plan.seed, first=plan.first, deck=plan.deck, calls=plan.calls)
    weather = Weather(plan.seed, on_call=fate.on_call)
    began = time.monotonic()
    with running() as sandbox:
        story = Story(sandbox.url, plan.seed, plan.customers, is_small=plan.is_small)
        crew.start()
        story.set_up(crew, directory)
        sandbox.application.control.faults = weather
        while story.events < plan.events:
            story.go_on(plan.tickets)
            weather.next_call(patience=plan.pace)
        weather.clear_up()
        fate.rest()
        webhooks = story.end()
        _finish(crew)
        verdict = judge(crew, story.clients)
    return Outcome(
        crew.size,
        plan.seed,
        story.events,
        webhooks,
        time.monotonic() - began,
        weather.injected,
        fate.struck,
        crew.kills,
        crew.falls,
        verdict,
    )


def _finish(crew: Crew) -> None:
    """The workers take up what the dead left, then all that waits for a time gets its time."""
    try:
        until(lambda: not any(crew.ask(BUSY)[0]), 180)
    except AssertionError:
        raise AssertionError(f"left: {crew.ask(BUSY)[0]} actions, wishes, deliveries, events") from None
    crew.dismiss()
    until(
        lambda: crew.ask(LEASED.format(now=datetime.now(UTC))) == [(0,)]
    )  # what they had in hand at the end
    for hours in range(1, ROUNDS + 1):  # a job at the vendor, or its limits, may take more than one
        later = datetime.now(UTC) + timedelta(hours=hours)
        assert crew.manage("work", "--until-idle", "--poll-now", "--now", later.isoformat()) == 0
        if crew.ask(PENDING) == [(0,)]:
            return
