"""Steps of sequences that time has made due: exits first, then the branch, decided on what is so now."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db.models import QuerySet

from connectors.errors import TryLater, VendorError
from connectors.models import Store
from orchestrator.act import stops
from orchestrator.decide import (
    answers,
    beside,
    cart_flows,
    coupons,
    ending,
    enrolments,
    facts,
    fresh,
    lease,
    rations,
    reread,
)
from orchestrator.decide.gate import CAPPED, Gate
from orchestrator.decide.received import Received
from orchestrator.decide.world import World
from orchestrator.intake import known
from orchestrator.models import Enrolment, bulk
from orchestrator.record import attention
from rules import engine, pacing, publish, reasons, sequences
from rules.actions.create_discount import CreateDiscount
from rules.compiled import CompiledRule
from rules.decision import Message, No
from rules.facts import CART_FLOWS, Change, Facts
from rules.models import Rule

log = logging.getLogger(__name__)

State = Enrolment.State
BATCH = 200
AGAIN = timedelta(minutes=5)
SOON = timedelta(seconds=10)  # what a step waits for is made within seconds
FIELDS = ("approval", "step", "planned_for", "due_at", "state", "ended_because", "ended_at")


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
    """Those of a rule that is paused or stopped wait, and those that need a person's yes."""
    waiting = Enrolment.objects.to_take().filter(due_at__lte=now)
    return waiting.filter(stops.in_force().free("store", "rule")).exclude(rule__mode=Rule.Mode.PAUSED)


def _advance(store: Store, rows: Sequence[Enrolment], now: datetime) -> int:
    """None of it while another worker decides for the store: it is looked at again."""
    changes = {row.pk: _change(row) for row in rows}
    rules = beside.versions({_version(row) for row in rows})
    about = reread.places(store.pk, changes.values(), rules.values(), now)
    if _begins(rows, rules):
        cart_flows.look(store, now)
    try:
        fresh.ensure(store, about, now, whole=fresh.sources(rules.values()))
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


def _begins(rows: Sequence[Enrolment], rules: Mapping[tuple[int, int], CompiledRule]) -> bool:
    """Whether a first step is due that depends on what the marketing tool does by itself."""
    due = ((rules.get((row.rule_id, row.rule_version)), row.step) for row in rows)
    return any(
        CART_FLOWS in rule.recipe.wants(rule.params) and sequences.is_first(rule, step)
        for rule, step in due
        if rule
    )


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
    world = World.load(store, known.snapshots(store.pk, about), now, asked=rules.values())
    gate = Gate(store, rules.values(), now)
    gate.load(rows)
    asked = [(rules.get(_version(row)), _change(row)) for row in rows]
    issued = coupons.Issued(store.pk, asked, now, may_issue=True)
    received = Received(store.pk, {row.subject for row in rows}, now)
    walk = Walk(world, received, issued, _running(store, rows), gate)
    broken = publish.broken_versions({_version(row) for row in rows} - set(rules))
    for row in rows:
        if unfit := broken.get(_version(row)):
            walk.wait(row, unfit)
        else:
            walk.take(row, rules.get(_version(row)))
    with ours.writing():
        gate.ask()
        world.save()
        issued.save()
        bulk.create_or_update(rows, FIELDS)
        gate.count()


def _version(row: Enrolment) -> tuple[int, int]:
    return (row.rule_id, row.rule_version)


def _change(row: Enrolment) -> Change:
    return msgspec.json.decode(row.change, type=Change)


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
        self, world: World, received: Received, issued: coupons.Issued, running: list[Enrolment], gate: Gate
    ) -> None:
        self.world = world
        self.gate = gate
        self.now = world.now
        self.received = received
        self.issued = issued
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
        else:
            change = _change(row)
            gathered = self.issued.told(facts.gather(self.world, change), rule)
            if not self._is_deferred(row, rule, gathered):
                self._decide(row, rule, step, change, gathered)

    def wait(self, row: Enrolment, unfit: engine.Broken) -> None:
        """Its version does not fit any more, after an upgrade: that is no reason to give it up."""
        self._doubt(row, unfit, No(reason="rule_broken", seen={"why": unfit.sentence}, is_unreadable=True))

    def _decide(
        self, row: Enrolment, rule: CompiledRule, step: sequences.Step, change: Change, gathered: Facts
    ) -> None:
        turn = sequences.not_begun(rule, gathered, step) or sequences.turn(rule, gathered, step)
        if isinstance(turn, No):
            self._doubt(row, rule, turn) if turn.is_unreadable else self._end(row, rule, turn)
            return
        if turn.decisions and self._is_limited(row, rule):
            return
        planned = len(self.world.plans)
        if any(isinstance(each, sequences.Later) for each in turn.noes):
            self._prepare(row, turn, change, gathered)
            self._mark(row, planned)
            row.due_at = self.now + SOON
            return
        answers.carry_out(self.world, change, [turn], row.trace, row.subject)
        rations.alarm(self.world, rule, turn.noes)
        self._mark(row, planned)
        row.approval = None  # the yes was for this step
        if any(isinstance(each.effect, Message) and each.effect.action.is_heard for each in turn.decisions):
            self.received.take(row.subject, self.now)
        self._go_on(row, rule, step)

    def _mark(self, row: Enrolment, planned: int) -> None:
        """What a person approved is not counted again."""
        for each in self.world.plans[planned:]:
            each.approval_id = row.approval_id

    def _prepare(self, row: Enrolment, turn: engine.Verdict, change: Change, gathered: Facts) -> None:
        """Ask once for what the step needs; it is decided again when that is there, or will not be."""
        if gathered.coupons and gathered.coupons.own:
            return
        asked = msgspec.structs.replace(turn, noes=())
        answers.carry_out(self.world, change, [asked], row.trace, row.subject)
        for each in turn.decisions:
            if isinstance(each.effect, Message) and isinstance(each.effect.action, CreateDiscount):
                self.issued.issue(turn.rule, change, each.effect.action, each.effect.key)

    def _is_second(self, row: Enrolment) -> bool:
        """Of two that run for one person the older one goes on."""
        earlier = (each for each in self.running if (each.began_at, each.pk) < (row.began_at, row.pk))
        return row.is_alone and any(
            each.rule_id == row.rule_id and enrolments.is_same_person(each, row) for each in earlier
        )

    def _is_deferred(self, row: Enrolment, rule: CompiledRule, gathered: Facts) -> bool:
        """Later steps keep their distance from this one."""
        turn = pacing.turn(rule.params, gathered, self.received.times(row.subject), self.now)
        if turn.at <= self.now:
            return False
        self._defer(row, rule, turn.at, **pacing.told(turn))
        return True

    def _is_limited(self, row: Enrolment, rule: CompiledRule) -> bool:
        """By the rule's own limits: it comes later, or when a person said yes."""
        turn = self.gate.turn(row, self.now)
        if turn.needs:
            self._note("step_parked", row, rule, why=reasons.told(turn.needs), reason=turn.needs)
        elif turn.at > self.now:
            self._defer(row, rule, turn.at, why=reasons.told(CAPPED), reason=CAPPED, until=turn.at)
        return bool(turn.needs) or turn.at > self.now

    def _defer(self, row: Enrolment, rule: CompiledRule, at: datetime, **told: object) -> None:
        row.planned_for = row.due_at = at
        self._note("step_deferred", row, rule, **told)

    def _doubt(self, row: Enrolment, rule: CompiledRule | engine.Broken, no: No) -> None:
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
        self._note("sequence_ended", row, rule, **ending.told(no))

    def _note(
        self, code: str, row: Enrolment, rule: CompiledRule | engine.Broken | None, **details: object
    ) -> None:
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
