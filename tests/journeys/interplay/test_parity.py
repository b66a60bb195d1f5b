"""Live, backtest and sample decide the same on the same recorded stream, row by row, with all recipes live.

What happens to one person is Hypothesis' choice. Live asks the fake vendors again before it writes to
anybody; what it read then is in the stream. Backtest and sample have no network at all.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from connectors.sandbox.server import Sandbox, running
from orchestrator.decide import mirror, rehearsing
from orchestrator.decide.replay.player import LATE, Player, together
from orchestrator.decide.replay.scratch import Cast, Scratch
from orchestrator.decide.replay.waiting import Waiting
from orchestrator.intake import inbox, known
from orchestrator.models import InboxEvent, RunLogEntry, Suppression
from rules import publish
from rules.models import RuleVersion
from tests.journeys.interplay.happenings import Happenings
from tests.journeys.interplay.house import BEGIN
from tests.stories import tried

pytestmark = pytest.mark.django_db

stories = settings(
    max_examples=tried(2, 20, 200),
    stateful_step_count=tried(20, 40, 60),
    derandomize=bool(tried(True, False, False)),
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TOLD = {
    "decided_yes": ("effect", "because", "seen"),
    "decided_no": ("noes",),
    "condition_unreadable": ("noes",),
    "hold_opened": ("cause",),
    "hold_released": ("cause", "why"),
    "sequence_ended": ("reason",),
    "sequence_finished": (),
    "action_skipped": ("reason",),
    "action_done": ("key",),
}
SENT, VENDORS_SAID = "sent", ("object_gone",)
Row = tuple[str, str, str, str, str]


def decisions() -> list[Row]:
    """Of the tables that are used now, in order for each thing; the order of different things is free, and so
    is that in which what was due at one moment leaves."""
    campaigns = Suppression._base_manager.filter(subject_kind="campaign").values("subject")
    rows = RunLogEntry.objects.exclude(subject__in=campaigns).order_by("reference", "pk")
    told = [_row(each, code_of(each)) for each in rows if code_of(each) in TOLD]
    return [each for each in told if each[1] != SENT] + sorted(each for each in told if each[1] == SENT)


def code_of(row: RunLogEntry) -> str:
    """As it is told of a rule that is live."""
    return "decided_yes" if row.code == "decided_would" else str(row.details.get("code", row.code))


def _row(row: RunLogEntry, code: str) -> Row:
    """What a vendor answered is no decision: it was sent."""
    is_sent = code == "action_done" or row.details.get("reason") in VENDORS_SAID
    told = {name: row.details.get(name) for name in (("key",) if is_sent else TOLD[code])}
    words = json.dumps(told, sort_keys=True)  # a server keeps names in an order of its own
    return row.reference, SENT if is_sent else code, row.rule, row.subject, words


class Parity(Happenings):
    """Time goes from one due moment to the next, as it does for workers that are awake."""

    a_vendor_is_in_trouble = None  # type: ignore[assignment]  # that is transport, which a replay has none of

    def __init__(self, sandbox: Sandbox) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        super().__init__(sandbox)
        self.worked = self.house.now

    def teardown(self) -> None:
        try:
            self.time_goes(60 * 24 * 4)
            assert replayed(self) == decisions()
            agrees_with_samples(self)
        finally:
            self.is_undone()

    def is_undone(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @rule(minutes=st.sampled_from([1, 5, 61, 61, 60 * 7, 60 * 13, 60 * 25]))
    def time_passes(self, minutes: float) -> None:
        self.time_goes(minutes)

    def time_goes(self, minutes: float) -> None:
        until = self.house.now + timedelta(minutes=minutes)
        self.works()
        waits = self.waits()
        while (at := soonest(waits, self.worked)) is not None and at < until:
            self.goes_to(at)
            self.works()
        self.goes_to(until)
        self.works()

    def waits(self) -> list[Waiting]:
        return [Waiting(self.house.store)]

    def works(self) -> None:
        self.worked = self.house.now
        self.house.works(polls=True)

    def goes_to(self, moment: datetime) -> None:
        self.house.later(max((moment - self.house.now).total_seconds(), 0) / 60)


def soonest(waits: list[Waiting], after: datetime) -> datetime | None:
    return min((at for each in waits if (at := each.next(after))), default=None)


@contextmanager
def stage(story: Parity) -> Iterator[Player]:
    """A replay that has not begun, without a network."""
    store, scratch = story.house.store, Scratch()
    cast = Cast(store, RuleVersion.objects.select_related("rule").order_by("pk"), story.house.now)
    with mock.patch.object(socket, "socket", None), scratch.used():
        yield Player(cast.enter(), BEGIN)
    scratch.close()


def recorded(story: Parity) -> list[InboxEvent]:
    rows = InboxEvent.objects.filter(store=story.house.store).select_related("connection", "store")
    return list(rows.order_by("pk"))


def replayed(story: Parity) -> list[Row]:
    events = recorded(story)
    with stage(story) as player:
        player.hear(events)
        player.end(story.house.now)
        return decisions()


def agrees_with_samples(story: Parity) -> None:
    """Each event is tried out, as it is, before it is decided."""
    events = recorded(story)
    with stage(story) as player:
        for moment, batch in together(events):
            player.until(moment - LATE)
            for event in batch:
                answers = samples(event)
                before = RunLogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
                player.hear([event])
                agree(answers, event, before)


Answered = tuple[str, str, frozenset[str], frozenset[str]]  # rule, transition, yes, no


def samples(event: InboxEvent) -> list[Answered]:
    """What *Try it out* says to this event now, before it is decided, for each rule that hears it."""
    vendor, snapshot = event.connection.vendor, inbox.read_body(bytes(event.body))
    rows = known.rows(event.store_id, [(vendor, snapshot.kind, snapshot.id)])
    old = next((known.snapshot(each) for each in rows.values()), None)
    told = mirror.apply(old, snapshot, vendor=vendor)
    rules = publish.compiled_for([event.store_id])[event.store_id]
    return [
        _answered(
            each.name,
            change.transition,
            rehearsing.recorded(event.store, each, event, snapshot, change.transition),
        )
        for change in told.changes
        for each in rules.hearing(change.transition)
    ]


def _answered(name: str, transition: str, outcome: rehearsing.Outcome) -> Answered:
    yes = frozenset(f"{each.told}: {each.because}" for each in outcome.effects if not each.step)
    return name, transition, yes, frozenset(each.reason for each in outcome.noes)


def agree(tried_out: list[Answered], event: InboxEvent, before: int) -> None:
    """The sample says what was decided; of what is so already only the decision says that it is needless."""
    rows = list(RunLogEntry.objects.filter(pk__gt=before, trace=event.trace))
    heard = {name for row in rows if row.code == "event_heard" for name in row.details["transitions"]}
    for name, transition, yes, no in tried_out:
        if transition not in heard:
            continue
        mine = [row for row in rows if row.details.get("transition") == transition]
        said = {
            f"{row.details['effect']}: {row.details['because']}"
            for row in mine
            if row.rule == name and row.code == "decided_yes"
        }
        noes = [each for row in mine for each in row.details.get("noes", ()) if each["rule"] == name]
        needless = [each for each in noes if "effects" in each["seen"]]
        assert said <= yes
        assert said == yes or needless or "Begin the sequence" in str(yes - said)
        assert {each["reason"] for each in noes if each not in needless} <= no


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Its own, because its clock is moved and its webhooks are kept."""
    with running() as server:
        yield server


def test_a_backtest_and_a_sample_decide_what_was_decided_live(sandbox: Sandbox, settings: Any) -> None:
    settings.ALLOW_LOOPBACK_VENDORS, settings.SETTLE_SECONDS = True, 0.0

    story: Any = partial(Parity, sandbox)
    run_state_machine_as_test(story, settings=stories)
