"""Tries a rule out on one change: the world, facts and evaluator of always; nothing is kept or sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from connectors import registry as vendors
from connectors import rehearsal
from connectors.models import Connection, Store
from connectors.types import AnySnapshot, ProductSnapshot, Transition
from orchestrator.decide import facts, mirror, reread, samples, shelves, words
from orchestrator.decide.offers import Offers
from orchestrator.decide.world import World
from orchestrator.intake import known
from orchestrator.models import InboxEvent, RunLogEntry
from rules import engine, pacing, reasons, registry, sequences
from rules.actions.base import AnyAction
from rules.compiled import CompiledRule
from rules.decision import Decision, Enrol, Message, No, State
from rules.engine import Rulebook, Verdict
from rules.facts import Change, Facts, windows

ROLES = (samples.STOREFRONT, samples.HELPDESK, samples.MARKETING, "chat")


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that would be done. ``arguments`` are the action's, as they would be stored; ``call`` is the
    first request, where it can be told without asking. ``turn`` says why it waits until
    ``at``, if it does."""

    at: datetime
    told: str
    because: str
    seen: Mapping[str, object]
    tool: str = ""
    is_connected: bool = True
    arguments: Mapping[str, object] = {}
    call: rehearsal.Call | None = None
    step: str = ""
    turn: pacing.Turn | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule answered to one change. Without effects and noes it does not hear such a change."""

    change: Change
    effects: tuple[Effect, ...]
    noes: tuple[No, ...]


def sample(
    store: Store, rule: CompiledRule, transition: Transition, said: samples.Said, now: datetime
) -> Outcome:
    """A change that never happened, at ``now``, in a world that knows only what the sample tells."""
    scene = samples.scene(transition, said, now)
    world = World.blank(store, Rulebook([rule]), now)
    world.connections = connections(store)
    for role, snapshot in scene.known:
        world.put(world.connections[role].vendor, snapshot, now)
    vendor = world.connections[scene.role].vendor
    if scene.before is not None:
        world.put(vendor, scene.before, now)
    told = mirror.apply(scene.before, scene.after, vendor=vendor)
    world.put(vendor, scene.after, now)
    background = [(world.connections[role].vendor, each) for role, each in scene.known]
    world.offers = _offers(world, rule, [*background, (vendor, scene.after)])
    heard = (each for each in told.changes if each.transition is transition)
    return _ask(world, rule, next(heard, None) or _by_time(vendor, scene.after, transition, now))


def recorded(
    store: Store, rule: CompiledRule, event: InboxEvent, snapshot: AnySnapshot, transition: Transition
) -> Outcome:
    """What a recorded change would mean at its own time, with what is known of all else today."""
    vendor = event.connection.vendor
    now, change = snapshot.source_at, _by_time(vendor, snapshot, transition, snapshot.source_at)
    beside = reread.places(store.pk, [change], [rule], now) - {(vendor, snapshot.kind, snapshot.id)}
    about = [(vendor, snapshot), *known.snapshots(store.pk, beside)]
    world = World.load(store, about, now, rulebook=Rulebook([rule]), asked=[rule])
    world.put(vendor, snapshot, event.received_at)
    return _ask(world, rule, change)


def transitions(event: InboxEvent) -> list[Transition]:
    """What this event told, as the run log has it."""
    reference = f"{event.connection.vendor}:{event.kind}:{event.object_id}"
    lines = RunLogEntry.objects.filter(trace=event.trace, store=event.store_id, code="event_heard")
    told = [each.details.get("transitions", ()) for each in lines if each.reference == reference]
    return [Transition(name) for names in told for name in names if name in list(Transition)]


def connections(store: Store) -> dict[str, Connection]:
    """By role; for a role that has none yet a stand-in, which is not stored and has no key."""
    found = {row.role: row for row in Connection.objects.filter(store=store, is_enabled=True)}
    kinds = vendors.all_vendors()
    for role in ROLES:
        if role not in found:
            fit = [each.slug for each in kinds.values() if each.role == role]
            slug = store.platform if store.platform in fit else next(iter(fit), store.platform)
            found[role] = Connection(store=store, vendor=slug)
    return found


def _offers(world: World, rule: CompiledRule, told: Sequence[tuple[str, AnySnapshot]]) -> Offers:
    """In a sample whatever there is sells well."""
    ranked: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for vendor, each in told:
        if isinstance(each, ProductSnapshot):
            ranked[(vendor, shelves.category_of(each))].append((vendor, each.id))
    days = windows(rule.recipe.wants(rule.params))
    return Offers(world.store.pk, world.now, world.people, told, days, ranked)


def _by_time(vendor: str, snapshot: AnySnapshot, transition: Transition, at: datetime) -> Change:
    return Change(transition=transition, vendor=vendor, kind=snapshot.kind, object_id=snapshot.id, at=at)


def _ask(world: World, rule: CompiledRule, change: Change) -> Outcome:
    gathered = facts.gather(world, change)
    verdicts = engine.decide([rule], gathered)
    decisions = [each for verdict in verdicts for each in verdict.decisions]
    noes = [no for verdict in verdicts for no in verdict.noes]
    effects = _paced(rule, gathered, [(each, _effect(world, change, each)) for each in decisions])
    if any(isinstance(each.effect, Enrol) for each in decisions):
        steps, more = _steps(world, rule, change)
        effects, noes = effects + steps, noes + more
    return Outcome(change=change, effects=tuple(effects), noes=tuple(noes))


def _paced(rule: CompiledRule, gathered: Facts, told: Sequence[tuple[Decision, Effect]]) -> list[Effect]:
    """What the customer hears waits for its hour and its turn; what others sent them is not looked at."""
    sent: list[datetime] = []
    found = []
    for decision, effect in told:
        if _is_heard(decision) and pacing.applies(rule.params):
            turn = pacing.turn(rule.params, gathered, sent, effect.at)
            sent.append(turn.at)
            effect = _waiting(effect, turn)
        found.append(effect)
    return found


def _is_heard(decision: Decision) -> bool:
    return isinstance(decision.effect, Message) and decision.effect.action.is_heard


def _waiting(effect: Effect, turn: pacing.Turn) -> Effect:
    return msgspec.structs.replace(effect, at=turn.at, turn=turn) if turn.reason else effect


def _steps(world: World, rule: CompiledRule, change: Change) -> tuple[list[Effect], list[No]]:
    """Every step at its own time, if all stays as it is. Where one waits, later ones keep their distance."""
    effects: list[Effect] = []
    noes: list[No] = []
    sent: list[datetime] = []
    behind = timedelta()
    for step in sequences.steps(rule):
        planned = max(change.at + step.delay + behind, world.now)
        world.now = planned
        pace = pacing.turn(rule.params, facts.gather(world, change), sent, world.now)
        world.now, behind = pace.at, behind + (pace.at - planned)
        turn = sequences.turn(rule, facts.gather(world, change), step)
        if isinstance(turn, Verdict):
            steps = [(each, _effect(world, change, each, step.name)) for each in turn.decisions]
            sent += [each.at for decision, each in steps if _is_heard(decision)]
            effects += [_waiting(each, pace) for _, each in steps]
            noes += turn.noes
        else:
            noes.append(turn)
    return effects, noes


def _effect(world: World, change: Change, decision: Decision, step: str = "") -> Effect:
    effect = decision.effect
    after = effect.after if isinstance(effect, Message) else timedelta()
    plain = Effect(
        at=max(change.at + after, world.now) if after else world.now,
        told=words.describe(decision),
        because=reasons.told(decision.because),
        seen=decision.seen,
        step=step,
    )
    return _addressed(world, plain, effect.action) if isinstance(effect, Message | State) else plain


def _addressed(world: World, plain: Effect, action: AnyAction) -> Effect:
    """With the tool that would be asked, and how."""
    known = world.connections.get(action.role)
    connection = known or connections(world.store)[action.role]
    return msgspec.structs.replace(
        plain,
        tool=connection.label,
        is_connected=connection.pk is not None,
        arguments=msgspec.json.decode(registry.store_action(action)[1]),
        call=rehearsal.first_call(
            connection, lambda vendor: action.perform_many(vendor, [(action, "sample")])
        ),
    )


def heard(rule: CompiledRule) -> Sequence[Transition]:
    """In the order of the vocabulary."""
    return [each for each in Transition if each in rule.hears]
