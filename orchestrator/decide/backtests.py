"""Backtests in the background: a rule, or two forms of it, on what a client's tools told in the last days.

All that was recorded before those days is played too, uncounted, so that the rule knows what it would have
known. Events come a few at a time and everything else is on the scratch tables' disk, so memory does not grow
with them. A worker that dies loses the scratch tables, so whoever takes over begins anew.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any
from uuid import uuid4

import msgspec
from django.db import DatabaseError, transaction

from connectors import timekeeper
from orchestrator.decide.replay import figures, findings
from orchestrator.decide.replay.findings import Line, Part
from orchestrator.decide.replay.player import Player
from orchestrator.decide.replay.scratch import ALWAYS, Cast, Scratch
from orchestrator.models import Backtest, BacktestLine, InboxEvent
from rules import zones
from rules.models import Rule, RuleVersion

log = logging.getLogger(__name__)

State = Backtest.State
DAYS = (7, 30, 90)
CHUNK = 100  # events between two looks whether it is still wanted
LINES = 500
LEASE = timedelta(minutes=10)
TRIES = 2
KEPT = timedelta(days=30)


class Ended(Exception):
    """Cancelled, or in other hands by now: nothing more may be written."""


def ask(
    rule: Rule,
    days: int,
    form: tuple[str, Any],
    other: tuple[str, Any] | None,
    *,
    by: str,
    now: datetime,
) -> Backtest:
    """``form`` and ``other`` are a name and parameters each. The same that is under way is answered again."""
    label, params = form
    other_label, other_params = other or ("", None)
    alike = Backtest.objects.unfinished().filter(rule=rule, asked_by=by, is_cancelled=False)
    for known in alike:
        wanted = (known.until - known.since == timedelta(days=days), known.params, known.other_params)
        if wanted == (True, params, other_params):
            return known
    return Backtest.objects.create(
        store=rule.store,
        rule=rule,
        label=label,
        params=params,
        other_label=other_label,
        other_params=other_params,
        since=now - timedelta(days=days),
        until=now,
        asked_by=by,
        asked_at=now,
        expires_at=now + KEPT,
    )


def cancel(row: Backtest, now: datetime) -> bool:
    """One that nobody has begun ends here, another where its worker looks next. False when it is over."""
    mine = Backtest.objects.unfinished().filter(pk=row.pk)
    if mine.filter(state=State.WAITING).update(is_cancelled=True, state=State.CANCELLED, finished_at=now):
        return True
    return bool(mine.update(is_cancelled=True))


def due(now: datetime) -> list[int]:
    """One at a time, the oldest first: they take long, and nobody waits for them. Old ones go."""
    Backtest.objects.filter(expires_at__lte=now).delete()
    waiting = Backtest.objects.unfinished()
    if waiting.exclude(pk__in=waiting.free(timekeeper.now())).exists():
        return []
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:1])


def play(row: Backtest, now: datetime) -> int:
    """To its end, or until somebody cancels it."""
    token = uuid4().hex
    free = Backtest.objects.unfinished().free(timekeeper.now()).filter(pk=row.pk)
    values = {"lease_token": token, "lease_until": timekeeper.now() + LEASE, "state": State.RUNNING}
    if not free.update(**values, heard=0, attempts=row.attempts + 1):
        return 0
    job = _Job(row, token)
    if row.attempts >= TRIES:
        told = "Its worker ended each time before it was through. Try fewer days."
        job.finish(State.FAILED, told=told)
        return 1
    try:
        job.play()
    except Ended:
        job.finish(State.CANCELLED)
    except Exception as error:
        if isinstance(error, DatabaseError) and not job.is_playing:
            raise  # the client's own tables are away: it is taken up again
        log.exception("A backtest failed", extra={"backtest": row.pk})
        told = (
            f"It could not be played to its end ({type(error).__name__}). Nothing of the client was changed."
        )
        job.finish(State.FAILED, told=told)
    return 1


class _Job:
    """One backtest in the hands of this worker."""

    def __init__(self, row: Backtest, token: str) -> None:
        self.row = row
        self.is_playing = False  # on tables of its own
        self._mine = Backtest.objects.unfinished().filter(pk=row.pk, lease_token=token)
        self._events = (
            InboxEvent.objects.filter(store=row.store_id)
            .exclude(state=InboxEvent.State.ASIDE)
            .prefetch_related("connection")
        )
        self._heard = 0
        self._counted: Counter[str] = Counter()  # of those days, by origin

    def play(self) -> None:
        """Raises Ended."""
        row, store = self.row, self.row.store
        last = self._events.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._events = self._events.filter(pk__lte=last)
        first = self._events.order_by("pk").values_list("received_at", flat=True).first()
        forms = [row.params] if row.other_params is None else [row.params, row.other_params]
        self._tell(total=self._events.count() * len(forms), known_since=first)
        with ExitStack() as stack:
            played = []
            for params in forms:
                played.append(stack.enter_context(closing(Scratch())))
                self._play(played[-1], Cast(store, self._versions(params), row.until))
            self._settle(played)

    def _versions(self, params: Any) -> Iterator[RuleVersion]:
        """The rule in this form, and the others that are live as they are today."""
        rule = self.row.rule
        number = rule.version.number if rule.version else 1
        yield RuleVersion(rule=rule, number=number, recipe=rule.recipe, params=params, published_at=ALWAYS)
        others = Rule.objects.filter(store=self.row.store_id, mode=Rule.Mode.LIVE, version__isnull=False)
        for each in others.exclude(pk=rule.pk).select_related("version").order_by("pk"):
            if each.version is not None:
                each.version.rule = each
                yield each.version

    def _play(self, scratch: Scratch, cast: Cast) -> None:
        player: Player | None = None
        for events in self._chunks():
            with self._on(scratch):
                player = player or Player(cast.enter(), events[0].received_at)
                player.hear(events)
                player.forget(self.row.since)
            self._heard += len(events)
            self._counted.update(each.origin for each in events if each.received_at >= self.row.since)
            self._tell(heard=self._heard, reached_at=player.now)
        if player is not None:
            with self._on(scratch):
                player.end(self.row.until)

    def _chunks(self) -> Iterator[list[InboxEvent]]:
        after = 0
        while rows := list(self._events.filter(pk__gt=after).order_by("pk")[:CHUNK]):
            after = rows[-1].pk
            if heard := [each for each in rows if each.received_at <= self.row.until]:
                yield heard

    def _on(self, scratch: Scratch) -> ExitStack:
        stack = ExitStack()
        stack.enter_context(scratch.used())
        self.is_playing = True
        stack.callback(setattr, self, "is_playing", False)
        return stack

    def _settle(self, played: list[Scratch]) -> None:
        row, zone = self.row, zones.named(self.row.store.timezone) or zones.UTC
        told = []
        for scratch in played:
            with scratch.used():
                told.append(figures.of(row.rule_id, row.rule.name, row.since, zone))
        if len(played) == 1:
            who = findings.all_of(played[0], row.rule_id, row.since)
            met = findings.read(played[0], figures.collisions(row.rule_id, row.since, zone))
            lines: Iterator[tuple[Part, Line]] = chain(who, ((Part.COLLISION, each) for each in met))
        else:
            lines = findings.differing(played[0], played[1], row.rule_id, row.since)
        with transaction.atomic():
            counts = self._keep(lines)
            result = {
                "figures": [msgspec.to_builtins(each) for each in told],
                "lines": counts,
                "events": self._counted.total() // len(played),
                "imported": self._counted[InboxEvent.Origin.IMPORT] // len(played),
            }
            self.finish(State.DONE, result=result)

    def _keep(self, lines: Iterator[tuple[Part, Line]]) -> dict[str, int]:
        """All of them, a chunk at a time; answers how many of each part."""
        counts: dict[str, int] = {}
        BacktestLine.objects.filter(backtest=self.row).delete()
        while chunk := list(islice(lines, LINES)):
            BacktestLine.objects.bulk_create(_line(self.row, part, line) for part, line in chunk)
            for part, _ in chunk:
                counts[part.value] = counts.get(part.value, 0) + 1
        return counts

    def _tell(self, **values: Any) -> None:
        """How far it is. Raises Ended."""
        values["lease_until"] = timekeeper.now() + LEASE
        if not self._mine.filter(is_cancelled=False).update(**values):
            raise Ended

    def finish(self, state: State, **values: Any) -> None:
        self._mine.update(
            state=state, finished_at=timekeeper.now(), lease_token="", lease_until=None, **values
        )


def _line(row: Backtest, part: Part, line: Line) -> BacktestLine:
    return BacktestLine(
        backtest=row,
        part=part,
        at=line.at,
        subject=line.subject,
        reference=line.reference,
        told=line.told[:500],
        branch=line.branch[:300],
    )
