"""The open reorder drafts of a batch's products: read once, changed in memory, written with the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from orchestrator.models import ReorderDraft, RunLogEntry
from orchestrator.record import runlog
from rules.compiled import CompiledRule
from rules.decision import Reorder, ReorderState


class Drafts:
    """What is open, by product and rule. ``entries`` are lines for the run log."""

    def __init__(self, store_id: int, entries: list[RunLogEntry]) -> None:
        self.store_id = store_id
        self.entries = entries
        self._open: defaultdict[str, dict[int | None, ReorderDraft]] = defaultdict(dict)
        self._new: list[ReorderDraft] = []
        self._moved: dict[int, tuple[ReorderDraft, str]] = {}  # by key, with the state it was read in

    def load(self, references: Iterable[str]) -> None:
        wanted = set(references)
        if not wanted:
            return
        rows = ReorderDraft.objects.filter(store_id=self.store_id, reference__in=wanted, recovered_at=None)
        for row in rows:
            self._open[row.reference][row.rule_id] = row

    def on(self, reference: str) -> list[ReorderDraft]:
        return list(self._open[reference].values())

    def open(self, effect: Reorder, rule: CompiledRule, trace: str, now: datetime) -> None:
        """One for each fall: an open draft of the same rule stays as it is."""
        mine = self._open[effect.reference]
        if rule.rule_id in mine:
            return
        mine[rule.rule_id] = row = ReorderDraft(
            store_id=self.store_id,
            rule_id=rule.rule_id,
            reference=effect.reference,
            title=effect.title[:200],
            variant=effect.variant[:300],
            sku=effect.sku[:100],
            supplier=effect.supplier,
            quantity=effect.quantity,
            stock=effect.stock,
            threshold=effect.threshold,
            reckoning=effect.reckoning[:300],
            state=effect.state,
            source_at=effect.source_at,
            opened_at=now,
            trace=trace,
        )
        self._new.append(row)
        self._note(
            "reorder_drafted",
            row,
            rule,
            trace,
            stock=effect.stock,
            threshold=effect.threshold,
            reckoning=effect.reckoning,
        )

    def move(self, effect: ReorderState, rule: CompiledRule, trace: str, now: datetime) -> None:
        """Show how it stands now; ``good`` closes it, so that the next fall is told again."""
        row = self._open[effect.reference].get(rule.rule_id)
        if row is None:
            return
        if row.pk is not None:
            self._moved.setdefault(row.pk, (row, row.state))
        row.state = effect.state
        if effect.state == ReorderDraft.State.GOOD:
            row.recovered_at = now
            del self._open[effect.reference][rule.rule_id]
        code = "reorder_recovered" if row.recovered_at else "reorder_changed"
        self._note(code, row, rule, trace, stock=effect.stock, state=row.get_state_display().lower())

    def end(self, reference: str, trace: str, now: datetime) -> None:
        """The product is gone: there is nothing to order any more."""
        for row in self.on(reference):
            if row.pk is not None:
                self._moved.setdefault(row.pk, (row, row.state))
            row.state, row.recovered_at = ReorderDraft.State.GOOD, now
            self._note("reorder_ended", row, None, trace)
        self._open[reference].clear()

    def save(self) -> None:
        """What staff wrote into a draft meanwhile stays; a state they gave it is only ended by recovery."""
        for row, state in self._moved.values():
            mine = ReorderDraft.objects.filter(pk=row.pk)
            if row.recovered_at is None:
                mine = mine.filter(state=state)
            mine.update(state=row.state, recovered_at=row.recovered_at)
        ReorderDraft.objects.bulk_create(self._new)  # last: the fall before is over by now
        self._new, self._moved = [], {}

    def _note(self, code: str, row: ReorderDraft, rule: CompiledRule | None, trace: str, **told: Any) -> None:
        self.entries.append(
            runlog.entry(
                code,
                store_id=self.store_id,
                rule=rule.name if rule else "",
                rule_version=rule.version if rule else None,
                reference=row.reference,
                trace=trace,
                title=row.title,
                **told,
            )
        )
