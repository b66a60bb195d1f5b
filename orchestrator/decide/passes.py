"""Carries out a rule's change of mode over what is known already: for holds only, never for messages."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError

from connectors.models import Store
from connectors.types import AnySnapshot, Transition
from orchestrator.act import suppressions
from orchestrator.decide import pipeline
from orchestrator.decide.lease import Lease, Lost
from orchestrator.decide.world import World
from orchestrator.intake import inbox
from orchestrator.models import Suppression, Ticket
from orchestrator.record import attention, runlog
from rules import publish
from rules.engine import Rulebook
from rules.facts import Change
from rules.models import Rule

log = logging.getLogger(__name__)

BATCH = 300


def carry_out(store: Store, ours: Lease, now: datetime) -> int:
    """Every rule of the store whose mode changed; answers how many there were."""
    rules = Rule.objects.filter(store=store, pass_due_at__isnull=False).order_by("pk")
    return sum(_guarded(store, rule, ours, now) for rule in list(rules))


def _guarded(store: Store, rule: Rule, ours: Lease, now: datetime) -> int:
    """A rule whose pass fails is shown and tried again; the events of the store do not wait for it."""
    try:
        _carry_out(store, rule, ours, now)
    except (Lost, OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("A change of mode could not be carried out", extra={"rule": rule.pk})
        sentence = f"{store}: the new mode of “{rule.name}” is not carried out yet ({type(error).__name__})."
        attention.call("pass_failed", sentence, now=now, store=store, reference=f"rule:{rule.pk}")
        return 0
    for code in ("pass_failed", "rule_broken"):
        attention.clear(code, now=now, store_id=store.pk, reference=f"rule:{rule.pk}")
    return 1


def _carry_out(store: Store, rule: Rule, ours: Lease, now: datetime) -> None:
    seen = _go_live(store, rule, ours, now) if rule.mode == Rule.Mode.LIVE else 0
    if rule.mode in (Rule.Mode.DRAFT, Rule.Mode.SHADOW):
        seen = _retire(store, rule, ours, now)
    with ours.writing():
        Rule.objects.filter(pk=rule.pk, pass_due_at=rule.pass_due_at).update(pass_due_at=None)
        if seen:
            _note(rule, seen)


def _note(rule: Rule, seen: int) -> None:
    runlog.note(
        "pass_finished",
        store_id=rule.store_id,
        rule=rule.name,
        rule_told=rule.name,
        count=seen,
        mode=rule.mode,
    )


def _go_live(store: Store, rule: Rule, ours: Lease, now: datetime) -> int:
    """Ask the rule about every open ticket, and about every cause it still holds open."""
    book = publish.compiled_for([store.pk])[store.pk]
    alone = Rulebook([each for each in book.rules if each.rule_id == rule.pk])
    count = 0
    for batch in _known(store, rule):
        world = World.load(store, batch, now, rulebook=alone)
        for vendor, snapshot in batch:
            change = Change(
                transition=Transition.TICKET_CHANGED,
                vendor=vendor,
                kind=snapshot.kind,
                object_id=snapshot.id,
                at=snapshot.source_at,
                is_import=True,
            )
            pipeline.decide(world, change, inbox.new_trace())
        with ours.writing():
            world.save()
        count += len(batch)
    return count


def _known(store: Store, rule: Rule) -> Iterator[Sequence[tuple[str, AnySnapshot]]]:
    """Open tickets and tickets that hold a cause of this rule, in chunks by key."""
    held = Suppression.objects.open().filter(rule=rule).values_list("reference", flat=True)
    held_ids = {reference.split(":", 2)[2] for reference in held if reference.count(":") >= 2}
    last = 0
    while True:
        rows = list(Ticket.objects.filter(store=store, pk__gt=last, needs_care=True).order_by("pk")[:BATCH])
        if not rows:
            break
        last = rows[-1].pk
        yield [(row.vendor, inbox.read_body(bytes(row.body))) for row in rows]
    for chunk in _chunks(sorted(held_ids)):
        closed = Ticket.objects.filter(store=store, needs_care=False, object_id__in=chunk)
        if batch := [(row.vendor, inbox.read_body(bytes(row.body))) for row in closed]:
            yield batch


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _retire(store: Store, rule: Rule, ours: Lease, now: datetime) -> int:
    """A rule that no longer runs holds nobody."""
    marketing = suppressions.account_of(store)
    count = 0
    mine = Suppression.objects.open().filter(rule=rule)
    while subjects := list(mine.order_by("subject").values_list("subject", flat=True).distinct()[:BATCH]):
        ledger = suppressions.Ledger.load(store.pk, marketing, references=(), subjects=subjects)
        for row in [each for each in ledger.causes.values() if each.rule_id == rule.pk]:
            ledger.close(row, "rule_retired", now)
            count += 1
        with ours.writing():
            ledger.save(now)
    return count
