"""Holds what a batch decided against the limits of its rules: now, later, or when a person said yes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.models import Store
from orchestrator.act import approvals, limits
from orchestrator.models import Approval, Enrolment, OutboxAction
from rules import reasons, registry, sequences
from rules.compiled import CompiledRule
from rules.limits import Limits, Tally, Turn

if TYPE_CHECKING:
    from orchestrator.decide.world import World

CAPPED = "hourly_cap"


class Gate:
    """The counts of the rules that have limits, read once for a batch; rules without cost nothing."""

    def __init__(self, store: Store, rules: Iterable[CompiledRule], now: datetime) -> None:
        self.now = now
        self._store = store
        self._limits: Mapping[int, Limits] = {
            each.rule_id: each.limits for each in rules if each.limits.is_any
        }
        self._tallies: dict[int, Tally] = {}
        self._parked: list[tuple[OutboxAction | Enrolment, str]] = []
        self._approvals: Collection[Approval] = ()

    def binds(self, rule_id: int | None) -> bool:
        return rule_id in self._limits

    def load(self, rows: Sequence[OutboxAction] | Sequence[Enrolment]) -> None:
        """Count for these rows."""
        mine = {row.rule_id for row in rows}
        wanted = {rule: each for rule, each in self._limits.items() if rule in mine}
        if wanted:
            subjects = {row.subject for row in rows}
            self._tallies = limits.tallies(self._store.pk, wanted, subjects, self.now)

    def turn(self, row: OutboxAction | Enrolment, at: datetime) -> Turn:
        """When this row may go; one that needs a person's yes is going to be parked."""
        tally = self._tallies.get(row.rule_id or 0)
        if tally is None:
            return Turn(at)
        if row.approval_id is not None:
            return Turn(tally.queue.place(row.subject, at))  # a person said yes
        turn = tally.turn(row.subject, at)
        if turn.needs:
            self._parked.append((row, turn.needs))
        return turn

    def ask(self) -> None:
        """Each parked row gets its question. The caller holds the transaction, and writes the rows next."""
        if not self._parked:
            return
        asked = {row.rule_id or 0: limit for row, limit in self._parked}
        found = approvals.open_for(self._store, asked, self.now)
        for row, _ in self._parked:
            row.approval = found[row.rule_id or 0]
        self._parked, self._approvals = [], found.values()

    def count(self) -> None:
        """How many wait for each question, after the rows were written."""
        approvals.count(self._approvals, self.now)
        self._approvals = ()


def pass_through(world: World) -> Gate:
    """Messages to customers that this batch planned. The caller holds the transaction and writes them."""
    gate = Gate(world.store, world.rulebook.rules, world.now)
    bound = [row for row in world.plans if _is_bound(row) and gate.binds(row.rule_id)]
    if not bound:
        return gate
    keys = {row.key for row in bound}
    known = set(OutboxAction.objects.filter(store=world.store, key__in=keys).values_list("key", flat=True))
    news = [row for row in bound if row.key not in known]
    gate.load(news)
    names = {each.rule_id: each.name for each in world.rulebook.rules}
    for row in news:
        _take(world, gate, row, names[row.rule_id or 0])
    gate.ask()
    return gate


def _take(world: World, gate: Gate, row: OutboxAction, rule: str) -> None:
    """It is asked about again when its time comes, as what is true now may not be so then."""
    turn = gate.turn(row, row.planned_for)
    if turn.needs:
        row.state, row.is_rechecked = OutboxAction.State.PARKED, True
        _note(world, "action_parked", row, rule, turn.needs)
    elif turn.at > row.planned_for:
        row.planned_for = row.due_at = turn.at
        row.is_rechecked = True
        _note(world, "action_capped", row, rule, CAPPED, until=turn.at)


def _is_bound(row: OutboxAction) -> bool:
    """What is done for a customer; steps of sequences went through when they were due."""
    return bool(row.subject) and not (row.is_state or sequences.is_step(row.effect_key))


def _note(world: World, code: str, row: OutboxAction, rule: str, reason: str, **told: object) -> None:
    world.note(
        code,
        rule=rule,
        rule_version=row.rule_version,
        vendor=row.connection.vendor,
        subject=row.subject,
        reference=row.reference,
        trace=row.trace,
        what=registry.load_action(row.action, row.arguments).sentence(),
        why=reasons.told(reason),
        reason=reason,
        key=row.key,
        **told,
    )
