"""Steps of sequences that time has made due: exits first, then the branch, decided on what is so now."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from django.db.models import QuerySet

from connectors.errors import TryLater, VendorError
from connectors.models import Store
from orchestrator.act import stops
from orchestrator.decide import answers, enrolments, facts, fresh, lease, shelf
from orchestrator.decide.world import World
from orchestrator.intake import known
from orchestrator.models import Enrolment, OutboxAction, bulk
from orchestrator.record import attention
from rules import engine, pacing, publish, reasons, sequences
from rules.actions.send_event import SendEvent
from rules.compiled import CompiledRule
from rules.decision import No
from rules.facts import Change
from rules.models import Rule

log = logging.getLogger(__name__)

State = Enrolment.State
BATCH = 200
AGAIN = timedelta(minutes=5)
FIELDS = ("step", "planned_for", "due_at", "state", "ended_because", "ended_at")


def stores_with_steps(now: datetime) -> list[int]:
    return sorted(set(_due(now).values_list("store_id", flat=True).distinct()[:500]))


def advance(store: Store, now: datetime) -> int:
    """Take every step that is due; answers how many sequences were looked at."""
    count = 0
    while rows := list(_due(now).filter(store=store).order_by("due_at", "pk")[:BATCH]):
        if not (moved := _advance(store, rows, now)):
            break
        count += moved
    return count


def _due(now: datetime) -> QuerySet[Enrolment]:
    """Those of a rule that is paused or stopped wait."""
    waiting = Enrolment.objects.filter(state=State.WAITING, due_at__lte=now)
    return waiting.filter(stops.in_force().free("store", "rule")).exclude(rule__mode=Rule.Mode.PAUSED)


def _advance(store: Store, rows: Sequence[Enrolment], now: datetime) -> int:
    """None of it while another worker decides for the store: it is looked at again."""
    changes = {row.pk: _change(row) for row in rows}
    rules = publish.compiled_versions({(row.rule_id, row.rule_version) for row in rows})
    about = shelf.places(store.pk, changes.values(), rules.values())
    try:
        fresh.ensure(store, about, now, purchases=True)
    except VendorError as error:
        return _wait(store, rows, error, now)
    with lease.held(store.pk) as ours:
        if ours is None:
            return 0
        still = list(_due(now).filter(pk__in=[row.pk for row in rows]).order_by("due_at", "pk"))
        try:
            _take(store, still, about, rules, ours, now)
        except lease.Lost:
            log.warning("The lease of a store was lost", extra={"store": store.pk})
            return 0
    return len(rows)


def _wait(store: Store, rows: Sequence[Enrolment], error: VendorError, now: datetime) -> int:
    """What cannot be read now waits; only that newer news is under way needs nobody."""
    after = timedelta(seconds=max(error.after or 0, 60)) if isinstance(error, TryLater) else AGAIN
    Enrolment.objects.filter(pk__in=[row.pk for row in rows], state=State.WAITING).update(due_at=now + after)
    if error.code != "undecided":
        sentence = f"{store}: steps of sequences wait, because what they depend on cannot be read. "
        attention.call(
            "condition_unreadable", sentence + error.sentence, now=now, store=store, reference="sequences"
        )
    return len(rows)


def _take(
    store: Store,
    rows: Sequence[Enrolment],
    about: set[known.Place],
    rules: dict[tuple[int, int], CompiledRule],
    ours: lease.Lease,
    now: datetime,
) -> None:
    world = World.load(store, known.snapshots(store.pk, about), now)
    walk = Walk(world, _sent(store, rows, now), _running(store, rows))
    for row in rows:
        walk.take(row, rules.get((row.rule_id, row.rule_version)))
    with ours.writing():
        world.save()
        bulk.create_or_update(rows, FIELDS)


def _change(row: Enrolment) -> Change:
    return msgspec.json.decode(row.change, type=Change)


def _sent(store: Store, rows: Sequence[Enrolment], now: datetime) -> defaultdict[str, list[datetime]]:
    """When each person hears or heard from us, of late."""
    told = OutboxAction.objects.filter(
        store=store,
        subject__in={row.subject for row in rows},
        action=SendEvent.slug,
        planned_for__gt=now - pacing.WINDOW,
    ).exclude(state__in=[OutboxAction.State.SKIPPED, OutboxAction.State.FAILED])
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for subject, at in told.values_list("subject", "planned_for"):
        found[subject].append(at)
    return found


def _running(store: Store, rows: Sequence[Enrolment]) -> list[Enrolment]:
    """Sequences that must be the only one of their person: joined people may have two."""
    wanted = {row.rule_id for row in rows if row.is_alone}
    if not wanted:
        return []
    owners = {row.customer_id for row in rows if row.customer_id}
    return list(
        Enrolment.objects.filter(store=store, rule_id__in=wanted, customer_id__in=owners, state=State.WAITING)
    )


class Walk:
    """One batch of sequences, each taking the step that is due."""

    def __init__(
        self, world: World, sent: defaultdict[str, list[datetime]], running: list[Enrolment]
    ) -> None:
        self.world = world
        self.now = world.now
        self.sent = sent
        self.running = running

    def take(self, row: Enrolment, rule: CompiledRule | None) -> None:
        step = sequences.find(rule, row.step) if rule else None
        if rule is None or step is None:
            self._end(row, rule, No(reason="step_gone" if rule else "rule_gone"))
        elif rule.mode != Rule.Mode.LIVE:
            self._end(row, rule, No(reason="not_live"))
        elif self._is_second(row):
            self._end(row, rule, No(reason="another_running"))
        elif self.now - row.planned_for > engine.TOO_LATE:
            self._note("step_skipped", row, rule, planned_for=row.planned_for)
            self._go_on(row, rule, step)
        elif not self._is_deferred(row, rule):
            self._decide(row, rule, step)

    def _decide(self, row: Enrolment, rule: CompiledRule, step: sequences.Step) -> None:
        change = _change(row)
        turn = sequences.turn(rule, facts.gather(self.world, change), step)
        if isinstance(turn, No):
            self._doubt(row, rule, turn) if turn.is_unreadable else self._end(row, rule, turn)
            return
        answers.carry_out(self.world, change, [turn], row.trace, row.subject)
        self.sent[row.subject] += [self.now] * len(turn.decisions)
        self._go_on(row, rule, step)

    def _is_second(self, row: Enrolment) -> bool:
        """Of two that run for one person the older one goes on."""
        earlier = (each for each in self.running if (each.began_at, each.pk) < (row.began_at, row.pk))
        return row.is_alone and any(
            each.rule_id == row.rule_id and enrolments.is_same_person(each, row) for each in earlier
        )

    def _is_deferred(self, row: Enrolment, rule: CompiledRule) -> bool:
        """Later steps keep their distance from this one."""
        turn = pacing.turn(rule.params, self.world.store.timezone, self.sent[row.subject], self.now)
        if turn.at <= self.now:
            return False
        row.planned_for = row.due_at = turn.at
        self._note(
            "step_deferred",
            row,
            rule,
            why=reasons.told(turn.reason),
            reason=turn.reason,
            until=turn.at,
            timezone=turn.zone,
            timezone_source=turn.zone_source,
        )
        return True

    def _doubt(self, row: Enrolment, rule: CompiledRule, no: No) -> None:
        """What cannot be read is no "no": the step waits, and a person is told."""
        row.due_at = self.now + AGAIN
        told = reasons.told(no.reason)
        self._note("condition_unreadable", row, rule, rule_told=rule.name, told=told, seen=dict(no.seen))
        sentence = f"{self.world.store}: “{rule.name}” could not decide ({told}). Look at its conditions."
        self.world.alarm("condition_unreadable", sentence, f"rule:{rule.rule_id}")

    def _go_on(self, row: Enrolment, rule: CompiledRule, step: sequences.Step) -> None:
        after = sequences.following(rule, step)
        if after is None:
            row.state, row.ended_at = State.DONE, self.now
            self._note("sequence_finished", row, rule)
            return
        row.step = after.name
        row.planned_for = row.due_at = row.planned_for + (after.delay - step.delay)

    def _end(self, row: Enrolment, rule: CompiledRule | None, no: No) -> None:
        row.state, row.ended_because, row.ended_at = State.ENDED, no.reason, self.now
        self._note(
            "sequence_ended", row, rule, why=reasons.told(no.reason), reason=no.reason, seen=dict(no.seen)
        )

    def _note(self, code: str, row: Enrolment, rule: CompiledRule | None, **details: object) -> None:
        self.world.note(
            code,
            rule=rule.name if rule else "",
            rule_version=row.rule_version,
            subject=row.subject,
            reference=row.reference,
            trace=row.trace,
            step=row.step,
            **details,
        )
