"""Asks the rules again at the moment of sending: what is not wanted any more, or not now, does not leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db.models import QuerySet

from connectors.errors import TryLater
from connectors.models import Connection
from orchestrator.act import order, outbox
from orchestrator.decide import beside, coupons, ending, facts, fresh, reread
from orchestrator.decide.received import Received
from orchestrator.decide.world import World
from orchestrator.intake import known
from orchestrator.models import Enrolment, OutboxAction
from orchestrator.record import attention
from rules import engine, pacing, publish, reasons, registry, sequences
from rules.compiled import CompiledRule
from rules.decision import Decision, Message, No
from rules.facts import Change, Facts


def ask(connection: Connection, rows: Sequence[OutboxAction], now: datetime) -> set[int]:
    """Ids that must not be sent now: no longer wanted (settled so), too early, or undecidable (they wait).

    Raises VendorError when what they depend on cannot be read now.
    """
    store = connection.store
    changes = {row.pk: msgspec.json.decode(row.change, type=Change) for row in rows}
    rules = beside.versions({_version(row) for row in rows})
    broken = publish.broken_versions({_version(row) for row in rows} - set(rules))
    about = reread.places(store.pk, changes.values(), rules.values(), now)
    fresh.ensure(store, about, now, whole=fresh.sources(rules.values()))
    world = World.load(store, known.snapshots(store.pk, about), now, asked=rules.values())
    paced = [row.subject for row in rows if _is_paced(row, rules.get(_version(row)))]
    received = Received(store.pk, paced, now) if paced else None
    asked = [(rules.get(_version(row)), changes[row.pk]) for row in rows]
    issued = coupons.Issued(store.pk, asked, now, may_issue=False)
    declined = set()
    for row in rows:
        rule = rules.get(_version(row))
        gathered = facts.gather(world, changes[row.pk])
        gathered = issued.told(gathered, rule) if rule else gathered
        answer = _answer(rule, gathered, row) if rule else _unruly(broken.get(_version(row)))
        if isinstance(answer, No):
            _decline(row, answer, now)
            declined.add(row.pk)
        elif rule and received and _is_paced(row, rule) and _waits(row, rule, gathered, received):
            declined.add(row.pk)
        else:
            _rewrite(row, answer)
    return declined


def _unruly(broken: engine.Broken | None) -> No:
    """A version that does not fit any more waits until it does, or a day is over."""
    if broken is None:
        return No(reason="rule_gone")
    return No(reason="rule_broken", seen={"why": broken.sentence}, is_unreadable=True)


def _answer(rule: CompiledRule, gathered: Facts, row: OutboxAction) -> Decision | No:
    if sequences.is_step(row.effect_key):
        return sequences.still_wanted(rule, gathered, row.effect_key)
    return engine.still_wanted(rule, gathered, row.effect_key)


def _is_paced(row: OutboxAction, rule: CompiledRule | None) -> bool:
    """What may have left already is not kept back: it counts as sent, and is only looked after."""
    is_heard = registry.action(row.action).is_heard
    return is_heard and rule is not None and pacing.applies(rule.params) and not row.was_in_doubt


def _waits(row: OutboxAction, rule: CompiledRule, gathered: Facts, received: Received) -> bool:
    """Quiet hours may have begun, and others may have written, since it was decided: it goes later."""
    turn = pacing.turn(rule.params, gathered, received.before(row), gathered.now)
    if turn.at <= gathered.now:
        return False
    outbox.defer(row, turn.at, **pacing.told(turn))
    return True


def _rewrite(row: OutboxAction, answer: Decision) -> None:
    """The branch counts, and the texts are said, as is right at the moment of sending.

    What replaces older wishes for the same thing stays about that thing.
    """
    if isinstance(answer.effect, Message) and order.setting_of(answer.effect.action) == row.setting:
        slug, arguments = registry.store_action(answer.effect.action)
        if (slug, arguments) != (row.action, row.arguments):
            row.action, row.arguments = slug, arguments
            row.save(update_fields=["action", "arguments"])


def _decline(row: OutboxAction, no: No, now: datetime) -> None:
    """A plain no ends it. What cannot be read is no "no": it waits, and a person is told."""
    if not no.is_unreadable:
        outbox.skip(row, no.reason, now, seen=dict(no.seen))
        if isinstance(no, sequences.Exit):
            ending.end(_its_sequence(row), no, now)
        return
    told = reasons.told(no.reason)
    outbox.postpone([row], TryLater(f"It cannot be decided ({told}).", code=no.reason, after=300), now)
    attention.call(
        "condition_unreadable",
        f"{row.store}: a waiting action could not be decided ({told}). Look at its rule's conditions.",
        now=now,
        store=row.store_id,
        reference=f"rule:{row.rule_id}",
    )


def _its_sequence(row: OutboxAction) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(store=row.store_id, rule=row.rule_id, reference=row.reference)


def _version(row: OutboxAction) -> tuple[int, int]:
    return (row.rule_id or 0, row.rule_version or 0)
