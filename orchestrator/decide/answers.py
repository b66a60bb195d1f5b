"""Carries the rules' answers into the world: ledger, outbox plans, run log, alarms."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from connectors import capabilities
from connectors.models import Connection
from orchestrator.act import order
from orchestrator.decide import people, words
from orchestrator.decide.enrolments import Begun
from orchestrator.decide.once import Once
from orchestrator.decide.rations import Ration
from orchestrator.decide.wishes import Reasons, Wish
from orchestrator.decide.world import World
from orchestrator.models import Enrolment, OutboxAction, RunLogEntry
from orchestrator.record import runlog
from rules import needs, reasons, registry, sequences
from rules.actions.create_discount import CreateDiscount
from rules.decision import Decision, Enrol, Hold, Message, No, Release, Reorder, ReorderState, State
from rules.engine import Verdict
from rules.facts import Change


def carry_out(
    world: World, change: Change, verdicts: Sequence[Verdict], trace: str, subject: str = ""
) -> None:
    """All the noes are one line.

    ``subject`` is whom or what the change is about, where an effect does not say so itself.
    """
    for verdict in verdicts:
        for decision in verdict.decisions:
            told = _note_yes(world, change, verdict, decision, trace, subject)
            _effect(world, change, verdict, decision, trace, told)
    _note_noes(world, change, verdicts, trace, subject)


def _effect(
    world: World, change: Change, verdict: Verdict, decision: Decision, trace: str, told: RunLogEntry
) -> None:
    effect = decision.effect
    if isinstance(effect, Hold):
        world.ledger.hold(effect, verdict.rule, trace, world.now)
    elif isinstance(effect, Release):
        world.ledger.release(effect, verdict.rule, trace, world.now)
    elif isinstance(effect, Reorder):
        world.reorders.open(effect, verdict.rule, trace, world.now)
    elif isinstance(effect, ReorderState):
        world.reorders.move(effect, verdict.rule, trace, world.now)
    elif isinstance(effect, Enrol):
        _enrol(world, change, verdict, decision, effect, trace, told)
    elif isinstance(effect, State):
        _wish(world, change, verdict, decision, effect, trace, told)
    else:
        _plan(world, change, verdict, decision, effect, trace, told)


def _plan(
    world: World,
    change: Change,
    verdict: Verdict,
    decision: Decision,
    message: Message,
    trace: str,
    told: RunLogEntry,
) -> None:
    connection = _connection(world, change, verdict, message, trace)
    if connection is None:
        return
    at = max(change.at + message.after, world.now) if message.after else world.now
    row = _owed(world, connection, change, verdict, message, trace, at)
    row.is_rechecked = message.recheck
    if message.once:
        row.key = once_key(verdict.rule.rule_id, message)
        world.onces.add(Once(row, told, _refusal(world, change, verdict, decision, trace, told)))
        return
    if message.after:
        about = _about(change, verdict, message, trace)
        world.note("action_planned", vendor=connection.vendor, at=row.planned_for, **about)
    if isinstance(message.action, CreateDiscount) and not sequences.is_step(message.key):
        planned = world.entries[-1] if message.after else None
        no = _refusal(world, change, verdict, decision, trace, told)
        world.rations.add(Ration(row, verdict.rule, message.action, told, no, planned))
    else:
        world.plans.append(row)


def _wish(
    world: World,
    change: Change,
    verdict: Verdict,
    decision: Decision,
    state: State,
    trace: str,
    told: RunLogEntry,
) -> None:
    """Planned when the batch is saved, unless it was wished before."""
    no = _refusal(world, change, verdict, decision, trace, told)
    if state.takes_back and state.action.role not in world.connections:
        world.entries[world.entries.index(told)] = no({"never_set": [state.key]})
    elif connection := _connection(world, change, verdict, state, trace):
        row = _owed(world, connection, change, verdict, state, trace, world.now)
        row.is_state = True
        world.wishes.add(Wish(row, state.takes_back, told, no))


def _enrol(
    world: World,
    change: Change,
    verdict: Verdict,
    decision: Decision,
    enrol: Enrol,
    trace: str,
    told: RunLogEntry,
) -> None:
    """Stored when the batch is saved, unless it runs already."""
    rule, first = verdict.rule, sequences.steps(verdict.rule)[0]
    at = max(change.at + first.delay, world.now)
    snapshot = world.snapshot(change.vendor, change.kind, change.object_id)
    row = Enrolment(
        store=world.store,
        rule_id=rule.rule_id,
        rule_version=rule.version,
        subject=enrol.subject,
        reference=change.reference,
        key=effect_key(rule.rule_id, change, "enrol"),
        change=msgspec.json.encode(change).decode(),
        trace=trace,
        is_alone=enrol.is_alone,
        step=first.name,
        began_at=change.at,
        planned_for=at,
        due_at=at,
    )
    owners = people.owners(change.vendor, snapshot) if snapshot else frozenset()
    no = _refusal(world, change, verdict, decision, trace, told)
    world.enrolments.add(Begun(row, owners, told, no))


def _refusal(
    world: World, change: Change, verdict: Verdict, decision: Decision, trace: str, told: RunLogEntry
) -> Callable[[Reasons], RunLogEntry]:
    """Makes the line that takes the place of a yes which turns out to be needless."""

    def no(reasons: Reasons) -> RunLogEntry:
        seen = {code: {**decision.seen, "effects": list(names)} for code, names in reasons.items()}
        plain = [_told(verdict, No(reason=code, seen=values)) for code, values in seen.items()]
        return runlog.entry(
            "decided_no", store_id=world.store.pk, **_noes(change, plain, trace, told.subject)
        )

    return no


def _connection(
    world: World, change: Change, verdict: Verdict, effect: Message | State, trace: str
) -> Connection | None:
    """The tool it needs; that there is none, or none that can do this, is shown."""
    role = effect.action.role
    connection = world.connections.get(role)
    if connection is None:
        world.note("action_no_connection", role=role, **_about(change, verdict, effect, trace))
        sentence = f"{world.store}: “{verdict.rule.name}” needs a {role} connection, and there is none."
        world.alarm("no_connection", sentence, f"rule:{verdict.rule.rule_id}:{role}")
    elif not capabilities.can(connection, effect.action.asks):
        told = {"vendor_label": connection.label, "does": needs.does([effect.action.asks])}
        world.note("action_not_possible", **told, **_about(change, verdict, effect, trace))
        return None
    return connection


def _about(change: Change, verdict: Verdict, effect: Message | State, trace: str) -> dict[str, Any]:
    return {
        "rule": verdict.rule.name,
        "rule_version": verdict.rule.version,
        "subject": effect.subject,
        "reference": change.reference,
        "trace": trace,
        "what": effect.action.sentence(),
    }


def _owed(
    world: World,
    connection: Connection,
    change: Change,
    verdict: Verdict,
    effect: Message | State,
    trace: str,
    at: datetime,
) -> OutboxAction:
    rule, action = verdict.rule, effect.action
    slug, arguments = registry.store_action(action)
    return OutboxAction(
        store=world.store,
        connection=connection,
        rule_id=rule.rule_id,
        rule_version=rule.version,
        key=effect_key(rule.rule_id, change, effect.key),
        action=slug,
        arguments=arguments,
        change=msgspec.json.encode(change).decode(),
        effect_key=effect.key,
        subject=effect.subject,
        reference=change.reference,
        setting=order.setting_of(action),
        target=":".join([connection.vendor, *action.target]) if action.target else "",
        trace=trace,
        planned_for=at,
        due_at=at,
        created_at=world.now,
    )


def effect_key(rule_id: int, change: Change, name: str) -> str:
    """One effect of one rule for one change, whichever version of the rule decided it."""
    text = f"{rule_id}|{change.reference}|{change.transition}|{change.at.isoformat()}|{name}"
    digest = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return f"rule{rule_id}:{change.transition}:{digest}"


def once_key(rule_id: int, message: Message) -> str:
    """The same for every change that asks for it."""
    digest = hashlib.blake2b(f"{message.once}|{message.key}".encode(), digest_size=12).hexdigest()
    return f"rule{rule_id}:once:{digest}"


def _note_yes(
    world: World, change: Change, verdict: Verdict, decision: Decision, trace: str, subject: str
) -> RunLogEntry:
    told = runlog.entry(
        "decided_yes",
        store_id=world.store.pk,
        rule=verdict.rule.name,
        rule_version=verdict.rule.version,
        subject=getattr(decision.effect, "subject", "") or subject,
        reference=change.reference,
        trace=trace,
        effect=words.describe(decision),
        because=reasons.told(decision.because),
        seen=dict(decision.seen),
        transition=change.transition.value,
    )
    world.entries.append(told)
    return told


def _note_noes(world: World, change: Change, verdicts: Sequence[Verdict], trace: str, subject: str) -> None:
    noes = [(verdict, no) for verdict in verdicts for no in verdict.noes]
    for verdict, no in noes:
        if no.is_unreadable:
            _alarm_unreadable(world, change, verdict, no, trace, subject)
    plain = [_told(verdict, no) for verdict, no in noes if not no.is_unreadable]
    if plain:
        world.note("decided_no", **_noes(change, plain, trace, subject))


def _noes(change: Change, plain: Sequence[dict[str, Any]], trace: str, subject: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "reference": change.reference,
        "trace": trace,
        "count": "One rule" if len(plain) == 1 else f"{len(plain)} answers",
        "told": "; ".join(f"“{each['rule']}”: {reasons.told(each['reason'])}" for each in plain),
        "noes": plain,
        "transition": change.transition.value,
    }


def _alarm_unreadable(
    world: World, change: Change, verdict: Verdict, no: No, trace: str, subject: str
) -> None:
    told = reasons.told(no.reason)
    world.note(
        "condition_unreadable",
        rule=verdict.rule.name,
        rule_version=verdict.rule.version,
        subject=subject,
        reference=change.reference,
        trace=trace,
        rule_told=verdict.rule.name,
        told=told,
        noes=[_told(verdict, no)],
    )
    sentence = f"{world.store}: “{verdict.rule.name}” could not decide ({told}). Look at its conditions."
    world.alarm("condition_unreadable", sentence, f"rule:{verdict.rule.rule_id}")


def _told(verdict: Verdict, no: No) -> dict[str, Any]:
    rule = verdict.rule
    return {"rule": rule.name, "version": rule.version, "reason": no.reason, "seen": dict(no.seen)}
