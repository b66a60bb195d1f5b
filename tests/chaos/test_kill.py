"""Workers are killed again and again while vendors fail: nothing is lost, nothing doubled, nobody wrong.

CHAOS_SEED repeats a run as far as processes can be repeated.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.server import running
from tests.chaos import truth
from tests.chaos.crew import Crew, until
from tests.chaos.story import Story
from tests.chaos.weather import Weather

SLUG, METRIC, SECRET = "chaos", "Ticket opened", "hook-secret"
CLIENT = """
store: {{slug: {slug}, name: Chaos, platform: shopify, currency: USD, timezone: UTC}}
connections:
  - {{vendor: gorgias, credentials: {gorgias}, api_root: {url}/gorgias, token: hook, poll_every: 5}}
  - {{vendor: klaviyo, credentials: {klaviyo}, api_root: {url}/klaviyo}}
rules:
  - {{recipe: ticket_hold, name: Hold, mode: live, params: {{}}}}
  - recipe: custom
    name: Tell
    mode: live
    params:
      when: ticket.opened
      then:
        - {{action: send_event, with: {{metric: {metric}, properties: {{about: "{{ticket.subject}}"}}}}}}
        - {{action: internal_note, with: {{text: "{{ticket.subject}}"}}}}
"""
BUSY = """
SELECT (SELECT count(*) FROM orchestrator_outboxaction WHERE state = 'claimed')
     + (SELECT count(*) FROM orchestrator_vendorstate WHERE claim_token != '')
     + (SELECT count(*) FROM orchestrator_delivery WHERE state = 'new')
     + (SELECT count(*) FROM orchestrator_inboxevent WHERE state IN ('new', 'reread'))
"""


@dataclass
class Size:
    """``steps`` things happen in the helpdesk; about every ``calls`` calls to a vendor a worker dies."""

    steps: int
    tickets: int
    customers: int
    calls: tuple[int, int]


class Killer:
    """Counts calls to the vendors and kills a worker in the middle of some."""

    def __init__(self, crew: Crew, seed: int, calls: tuple[int, int]) -> None:
        self._crew = crew
        self._dice = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
        self._calls = calls
        self._left = self._dice.randint(*calls)

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._left = self._dice.randint(*self._calls)
            self._crew.kill_one(self._dice.randrange(2))


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    crew = Crew(tmp_path)
    try:
        yield crew
    finally:
        crew.stop()


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(Size(steps=150, tickets=50, customers=40, calls=(6, 20)), id="short"),
        pytest.param(
            Size(steps=3000, tickets=1200, customers=120, calls=(20, 80)), id="long", marks=pytest.mark.chaos
        ),
    ],
)
def test_nothing_is_lost_doubled_or_wrong(crew: Crew, tmp_path: Path, size: Size) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(10**6))
    weather = Weather(seed, on_call=Killer(crew, seed, size.calls))
    with running() as sandbox:
        story = Story(sandbox.url, SLUG, size.customers, seed)
        begin(crew, story, sandbox.url, tmp_path)

        sandbox.application.control.faults = weather
        for _ in range(size.steps):
            story.go_on(size.tickets)
            weather.next_call(patience=0.1)
        weather.clear_up()
        finish(crew, story)

        gorgias, klaviyo = story.state("gorgias"), story.state("klaviyo")
    lost, doubled, wrong = judge(crew, story, gorgias, klaviyo)
    told = f"seed {seed}: faults {weather.injected}, kills {crew.kills}, "
    told += f"lost {len(lost)}, doubled {len(doubled)}, wrong {len(wrong)}"
    sys.stdout.write(f"{told}\n")
    assert crew.kills > 2
    assert (lost, doubled, wrong) == (set(), set(), set()), told


def begin(crew: Crew, story: Story, url: str, directory: Path) -> None:
    """A database, a client, a web server and two workers."""
    credentials = story.set_up(f"http://127.0.0.1:{crew.port}/hooks/hook/", SECRET)
    file = directory / "client.yaml"
    file.write_text(CLIENT.format(slug=SLUG, url=url, metric=METRIC, **credentials))
    assert crew.manage("migrate", "--verbosity", "0") == 0
    assert crew.manage("apply_client", str(file)) == 0
    crew.open_the_door()
    crew.hire(workers=2)


def finish(crew: Crew, story: Story) -> None:
    """The workers take up what the dead left, then all that waits for a time gets its time."""
    story.end()
    assert until(lambda: crew.ask(BUSY) == [(0,)], 120), "work is left that nobody takes up"
    crew.dismiss()
    for minutes in (30, 120):
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        assert crew.manage("work", "--until-idle", "--poll-now", "--now", now.isoformat()) == 0


def judge(
    crew: Crew, story: Story, gorgias: truth.Json, klaviyo: truth.Json
) -> tuple[set[str], set[str], set[str]]:
    """What is lost, what is doubled, who is held or free and should not be; by the vendors' own state."""
    keys = crew.ask("SELECT action, key FROM orchestrator_outboxaction")
    events = truth.events(klaviyo, METRIC)
    there = {
        "internal_note": truth.notes(gorgias),
        "send_event": Counter(each["unique_id"] for each in events),
    }
    by_subject = [truth.notes_by_text(gorgias), Counter(each["properties"]["about"] for each in events)]
    lost = {key for action, key in keys if not there[action][key]}
    lost |= {subject for said in by_subject for subject in story.never_trashed - said.keys()}
    doubled = {key for counted in there.values() for key, times in counted.items() if times > 1}
    doubled |= {
        subject
        for said in by_subject
        for subject, times in said.items()
        if times > story.openings.count[subject]
    }
    held = truth.who_waits(gorgias)
    ledger = {
        row[0] for row in crew.ask("SELECT subject FROM orchestrator_suppression WHERE closed_at IS NULL")
    }
    wrong = (held ^ ledger) | (held ^ truth.members(klaviyo, f"Orchestrator hold: {SLUG}"))
    return lost, doubled, wrong
