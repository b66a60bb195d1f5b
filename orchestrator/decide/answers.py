"""Carries the rules' answers into the world: ledger, outbox plans, run log, alarms."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.models import Connection
from orchestrator.act import order
from orchestrator.decide.world import World
from orchestrator.models import OutboxAction
from rules import reasons, registry
from rules.decision import Decision, Hold, Message, No, Release, Reorder, ReorderState
from rules.engine import Verdict
from rules.facts import Change


def carry_out(
    world: World, change: Change, verdicts: Sequence[Verdict], trace: str, subject: str = ""
) -> None:
    """Effects of live rules happen; those of shadow rules are only told. All the noes are one line.

    ``subject`` is whom or what the change is about, where an effect does not say so itself.
    """
    for verdict in verdicts:
        for decision in verdict.decisions:
            _note_yes(world, change, verdict, decision, trace, subject)
            if not verdict.is_shadow:
                _effect(world, change, verdict, decision, trace)
    _note_noes(world, change, verdicts, trace, subject)


def _effect(world: World, change: Change, verdict: Verdict, decision: Decision, trace: str) -> None:
    effect = decision.effect
    if isinstance(effect, Hold):
        world.ledger.hold(effect, verdict.rule, trace, world.now)
    elif isinstance(effect, Release):
        world.ledger.release(effect, verdict.rule, trace, world.now)
    elif isinstance(effect, Reorder):
        world.reorders.open(effect, verdict.rule, trace, world.now)
    elif isinstance(effect, ReorderState):
        world.reorders.move(effect, verdict.rule, trace, world.now)
    else:
        _plan(world, change, verdict, effect, trace)


def _plan(world: World, change: Change, verdict: Verdict, message: Message, trace: str) -> None:
    rule, action = verdict.rule, message.action
    connection = world.connections.get(action.role)
    fields = {
        "rule": rule.name,
        "rule_version": rule.version,
        "subject": message.subject,
        "reference": change.reference,
        "trace": trace,
        "what": action.sentence(),
    }
    if connection is None:
        world.note("action_no_connection", role=action.role, **fields)
        sentence = f"{world.store}: “{rule.name}” needs a {action.role} connection, and there is none."
        world.alarm("no_connection", sentence, f"rule:{rule.rule_id}:{action.role}")
        return
    row = _owed(world, connection, change, verdict, message, trace)
    world.plans.append(row)
    if message.after:
        world.note("action_planned", vendor=connection.vendor, at=row.planned_for, **fields)


def _owed(
    world: World, connection: Connection, change: Change, verdict: Verdict, message: Message, trace: str
) -> OutboxAction:
    rule, action = verdict.rule, message.action
    slug, arguments = registry.store_action(action)
    at = max(change.at + message.after, world.now) if message.after else world.now
    return OutboxAction(
        store=world.store,
        connection=connection,
        rule_id=rule.rule_id,
        rule_version=rule.version,
        key=effect_key(rule.rule_id, change, message.key),
        action=slug,
        arguments=arguments,
        change=msgspec.json.encode(change).decode(),
        effect_key=message.key,
        is_rechecked=message.recheck,
        subject=message.subject,
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


def _note_yes(
    world: World, change: Change, verdict: Verdict, decision: Decision, trace: str, subject: str
) -> None:
    world.note(
        "decided_would" if verdict.is_shadow else "decided_yes",
        rule=verdict.rule.name,
        rule_version=verdict.rule.version,
        subject=getattr(decision.effect, "subject", "") or subject,
        reference=change.reference,
        trace=trace,
        effect=describe(decision),
        because=reasons.told(decision.because),
        seen=dict(decision.seen),
        transition=change.transition.value,
    )


def _note_noes(world: World, change: Change, verdicts: Sequence[Verdict], trace: str, subject: str) -> None:
    noes = [(verdict, no) for verdict in verdicts for no in verdict.noes]
    for verdict, no in noes:
        if no.is_unreadable:
            _alarm_unreadable(world, change, verdict, no, trace, subject)
    plain = [_told(verdict, no) for verdict, no in noes if not no.is_unreadable]
    if plain:
        world.note(
            "decided_no",
            subject=subject,
            reference=change.reference,
            trace=trace,
            count="One rule" if len(plain) == 1 else f"{len(plain)} answers",
            told="; ".join(f"“{each['rule']}”: {reasons.told(each['reason'])}" for each in plain),
            noes=plain,
            transition=change.transition.value,
        )


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


def describe(decision: Decision) -> str:
    effect = decision.effect
    if isinstance(effect, Hold):
        return "Hold marketing"
    if isinstance(effect, Release):
        return "End the hold"
    if isinstance(effect, Reorder):
        return f"Draft a reorder of {effect.title}"
    if isinstance(effect, ReorderState):
        closes = effect.state == "good"
        return f"{'Close' if closes else 'Update'} the reorder draft of {effect.title}"
    return effect.action.sentence()
