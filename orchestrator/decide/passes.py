"""Carries out a rule's change of mode over what is known already: for states, never for messages."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError

from connectors.models import Store
from connectors.types import AnySnapshot, Transition
from orchestrator.act import approvals, limits, stops, suppressions
from orchestrator.decide import pipeline
from orchestrator.decide.lease import Lease, Lost
from orchestrator.decide.world import World
from orchestrator.intake import inbox, known
from orchestrator.models import Enrolment, IssuedCode, OutboxAction, ReorderDraft, Suppression
from orchestrator.models.mirror import MIRRORS, Mirrored
from orchestrator.record import attention, runlog
from rules import publish
from rules.engine import Rulebook
from rules.facts import Change
from rules.models import Rule

log = logging.getLogger(__name__)

BATCH = 300
# Under which change a rule is asked about what is so already.
ASKED_AS = {
    "ticket": Transition.TICKET_CHANGED,
    "customer": Transition.CUSTOMER_CHANGED,
    "product": Transition.STOCK_CHANGED,
    "return": Transition.RETURN_REQUESTED,
}
# Of some kinds only what is still open is worth asking about.
OPEN: dict[str, dict[str, Any]] = {"ticket": {"needs_care": True}, "return": {"is_open": True}}


def carry_out(store: Store, ours: Lease, now: datetime) -> int:
    """Every rule of the store whose mode changed; answers how many there were.

    What goes live while it is stopped waits for that.
    """
    due = list(Rule.objects.filter(store=store, pass_due_at__isnull=False).order_by("pk"))
    stopped = stops.in_force().rules if due else ()
    rules = [each for each in due if each.mode != Rule.Mode.LIVE or each.pk not in stopped]
    return sum(_guarded(store, rule, ours, now) for rule in rules)


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
    if rule.mode != Rule.Mode.SHADOW:
        _leave_shadow(rule)
    if rule.mode == Rule.Mode.LIVE and _asks(store, rule, ours, now):
        return
    seen = _go_live(store, rule, ours, now) if rule.mode == Rule.Mode.LIVE else 0
    if rule.mode in (Rule.Mode.DRAFT, Rule.Mode.SHADOW):
        seen = _retire(store, rule, ours, now)
    with ours.writing():
        Rule.objects.filter(pk=rule.pk, pass_due_at=rule.pass_due_at).update(pass_due_at=None)
        if seen:
            _note(rule, seen)


def _leave_shadow(rule: Rule) -> None:
    """What it would have done is over: live it begins with what is so. Its lines in the run log stay."""
    for table in (Enrolment, IssuedCode, OutboxAction, ReorderDraft, Suppression):
        table._base_manager.filter(rule=rule, is_shadow=True).delete()


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
    count = 0
    for world, asked in _decided(store, rule, now):
        with ours.writing():
            world.save()
        count += asked
    if rule.limits.is_any:
        with ours.writing():
            approvals.has_gone_live(rule, now)
    return count


def _asks(store: Store, rule: Rule, ours: Lease, now: datetime) -> bool:
    """Whether so many customers would be changed that a person has to say yes first; then it waits."""
    if not rule.limits.is_any or approvals.may_go_live(rule, now):
        return False
    changed: set[str] = set()
    for world, _ in _decided(store, rule, now):
        changed |= world.affected()
    limit = rule.limits.exceeded_by(len(changed), limits.known_customers(store.pk))
    if not limit:
        return False
    with ours.writing():
        approvals.ask_to_go_live(store, rule, limit, len(changed), now)
        Rule.objects.filter(pk=rule.pk, pass_due_at=rule.pass_due_at).update(pass_due_at=None)
    return True


def _decided(store: Store, rule: Rule, now: datetime) -> Iterator[tuple[World, int]]:
    """Ask the rule about everything it steers that is open now, and about every cause it still holds open.

    Each batch is to be saved, or thrown away, before the next is asked for.
    """
    book = publish.compiled_for([store.pk])[store.pk]
    alone = Rulebook([each for each in book.rules if each.rule_id == rule.pk])
    steered = {kind for each in alone.rules for kind in each.recipe.steers}
    for batch in _known(store, rule, steered):
        world = World.load(store, batch, now, rulebook=alone)
        for vendor, snapshot in batch:
            change = Change(
                transition=ASKED_AS[snapshot.kind],
                vendor=vendor,
                kind=snapshot.kind,
                object_id=snapshot.id,
                at=snapshot.source_at,
                is_import=True,
            )
            pipeline.decide(world, change, inbox.new_trace())
        yield world, len(batch)


def _known(store: Store, rule: Rule, steered: Iterable[str]) -> Iterator[Sequence[tuple[str, AnySnapshot]]]:
    """What is open of these kinds, and what holds a cause of this rule, in chunks by key."""
    for kind in sorted(steered):
        yield from _open(store, kind)
    held = Suppression.objects.open().filter(rule=rule).values_list("reference", flat=True)
    parts = {tuple(reference.split(":", 2)) for reference in held if reference.count(":") >= 2}
    places = sorted((vendor, kind, object_id) for vendor, kind, object_id in parts)
    for start in range(0, len(places), BATCH):
        rows = known.rows(store.pk, places[start : start + BATCH]).values()
        if batch := [(row.vendor, known.snapshot(row)) for row in rows if not _is_open(row)]:
            yield batch


def _open(store: Store, kind: str) -> Iterator[Sequence[tuple[str, AnySnapshot]]]:
    table, last = MIRRORS[kind], 0
    while True:
        waiting = table._default_manager.filter(store=store, pk__gt=last, **OPEN.get(kind, {}))
        rows = list(waiting.order_by("pk")[:BATCH])
        if not rows:
            return
        last = rows[-1].pk
        yield [(row.vendor, known.snapshot(row)) for row in rows]


def _is_open(row: Mirrored) -> bool:
    """Then it was asked about already."""
    return all(getattr(row, name) == value for name, value in OPEN.get(row.kind, {}).items())


def _retire(store: Store, rule: Rule, ours: Lease, now: datetime) -> int:
    """A rule that no longer runs holds nobody, and asks nobody."""
    approvals.withdraw(rule, now)
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
