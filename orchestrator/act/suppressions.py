"""The ledger of causes: opens and closes them, and turns "any cause open" into wishes at the vendor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connectors import shadow
from connectors.models import Connection, Store
from connectors.roles import Marketing
from orchestrator.act.vendor_wishes import save_wishes, wish
from orchestrator.models import RunLogEntry, Suppression, VendorState, bulk
from orchestrator.record import runlog, telling
from rules import reasons
from rules.compiled import CompiledRule
from rules.decision import Hold, Release

Kind = Suppression.SubjectKind
CauseKey = tuple[str, str, str, int]  # subject, cause, reference, rule id


class Ledger:
    """The part of the ledger that one batch touches: loaded in two queries, written in bulk.

    ``connection`` is the store's marketing account, None when there is none (then a hold is recorded
    and shown as not possible).
    """

    def __init__(self, store_id: int, connection: Connection | None) -> None:
        self.store_id = store_id
        self.connection = connection
        self.causes: dict[CauseKey, Suppression] = {}
        self.states: dict[tuple[str, str], VendorState] = {}
        self.entries: list[RunLogEntry] = []
        self._by_reference: defaultdict[str, list[Suppression]] = defaultdict(list)
        self._by_subject: defaultdict[str, list[Suppression]] = defaultdict(list)
        # By identity: within a batch one cause may close and open again, and both are written.
        self._touched: dict[int, Suppression] = {}
        self._wished: dict[tuple[str, str], VendorState] = {}

    @classmethod
    def load(
        cls,
        store_id: int,
        connection: Connection | None,
        *,
        references: Iterable[str],
        subjects: Iterable[str],
    ) -> Ledger:
        """Open causes on these references and subjects, and all other open causes of the same people."""
        ledger = cls(store_id, connection)
        rows = Suppression.objects.seen().filter(closed_at=None, store_id=store_id)
        asked = set(subjects)
        asked |= set(rows.filter(reference__in=set(references)).values_list("subject", flat=True))
        ledger._load(rows.filter(subject__in=asked))
        if connection is not None:
            states = VendorState.objects.filter(connection=connection, subject__in=asked)
            ledger.states = {(row.key, row.subject): row for row in states}
        return ledger

    def _load(self, rows: Iterable[Suppression]) -> None:
        for row in rows:
            self._know(row)

    def _know(self, row: Suppression) -> None:
        if _is_ours(row):
            self.causes[_key(row)] = row
        self._by_reference[row.reference].append(row)
        self._by_subject[row.subject].append(row)

    def on(self, reference: str, subjects: Iterable[str]) -> list[Suppression]:
        """Open causes that concern this reference or one of these people."""
        found = {id(row): row for row in self._by_reference[reference]}
        for subject in subjects:
            found.update({id(row): row for row in self._by_subject[subject]})
        return [row for row in found.values() if row.closed_at is None]

    def hold(self, effect: Hold, rule: CompiledRule, trace: str, now: datetime) -> None:
        """Open the cause, or keep it open: a planned end is taken back by a newer change."""
        key = (effect.subject, effect.cause, effect.reference, rule.rule_id)
        row = self.causes.get(key)
        if row is None or row.closed_at is not None:
            self._open(effect, rule, trace, now)
            return
        if effect.source_at < row.source_at:
            return
        if row.release_at is not None:
            row.release_at = None
            self._note("hold_reopened", row, rule, trace)
        row.source_at, row.expires_at = effect.source_at, effect.expires_at
        self._touched[id(row)] = row
        self._move(row, effect.method, trace, now)

    def release(self, effect: Release, rule: CompiledRule, trace: str, now: datetime) -> None:
        """Close the cause now, or plan its end when ``effect.at`` lies ahead."""
        key = (effect.subject, effect.cause, effect.reference, rule.rule_id)
        row = self.causes.get(key)
        if row is None or row.closed_at is not None or effect.source_at < row.source_at:
            return
        row.source_at = effect.source_at
        self._touched[id(row)] = row
        if effect.at <= now:
            self.close(row, effect.why, now, trace=trace)
        elif row.release_at != effect.at:
            row.release_at = effect.at
            row.closed_because = effect.why
            self._note("hold_release_planned", row, rule, trace, at=effect.at, why=effect.why)

    def close(
        self,
        row: Suppression,
        why: str,
        now: datetime,
        *,
        code: str = "hold_released",
        trace: str = "",
        **details: Any,
    ) -> None:
        if row.closed_at is not None or not _is_ours(row):
            return  # closed with its catalog item; or of a rule that is live, seen from the shadow
        row.closed_at = max(now, row.opened_at)
        row.closed_because = why[:40]
        row.release_at = None
        self._touched[id(row)] = row
        self._note(code, row, None, trace or row.trace, why=why, why_told=reasons.told(why), **details)
        self._wish(row.method, row.subject, trace or row.trace, now)
        for each in self.featuring(row):
            self.close(each, why, now, trace=trace)

    def end(self, reference: str, why: str, trace: str, now: datetime) -> None:
        """Nothing can be said of this catalog item any more."""
        for row in list(self._by_reference[reference]):
            if row.subject_kind == Kind.CATALOG_ITEM and row.closed_at is None:
                self.close(row, why, now, trace=trace)

    def featuring(self, item: Suppression) -> list[Suppression]:
        """The campaigns that are held because they feature this catalog item."""
        if item.subject_kind != Kind.CATALOG_ITEM:
            return []
        rows = self._by_reference[item.reference]
        mine = (row for row in rows if row.subject_kind == Kind.CAMPAIGN and row.rule_id == item.rule_id)
        return [row for row in mine if row.closed_at is None]

    def _open(self, effect: Hold, rule: CompiledRule, trace: str, now: datetime) -> None:
        row = Suppression(
            store_id=self.store_id,
            subject=effect.subject,
            subject_kind=effect.subject_kind,
            told=effect.told,
            look_at=now if effect.subject_kind == Kind.CATALOG_ITEM else None,
            cause=effect.cause,
            reference=effect.reference,
            rule_id=rule.rule_id,
            method=effect.method,
            source_at=effect.source_at,
            opened_at=min(effect.source_at, now),
            expires_at=effect.expires_at,
            trace=trace,
        )
        self._know(row)
        self._touched[id(row)] = row
        self._note("hold_opened", row, rule, trace, expires_at=effect.expires_at)
        self._wish(effect.method, effect.subject, trace, now)

    def _move(self, row: Suppression, method: str, trace: str, now: datetime) -> None:
        """The rule holds in another way now, and so does what it holds already."""
        before, row.method = row.method, method
        if before != method:
            self._wish(method, row.subject, trace, now)
            self._wish(before, row.subject, trace, now)

    def _wish(self, method: str, subject: str, trace: str, now: datetime) -> None:
        """Suppressed if and only if at least one cause is open: the wish follows from the ledger alone."""
        if not method or shadow.is_on():
            return
        wanted = any(row.closed_at is None and row.method == method for row in self._by_subject[subject])
        if self.connection is None:
            if wanted:
                self._note_unreachable(subject, trace)
            return
        state = self.states.get((method, subject))
        if state is None:
            if not wanted:
                return
            state = VendorState(
                connection=self.connection, key=method, subject=subject, wanted=False, version=0, seen=None
            )
            self.states[(method, subject)] = state
        if state.wanted != wanted:
            wish(state, wanted, trace, now)
            self._wished[(method, subject)] = state

    def newly_held(self) -> set[str]:
        """Customers for whom a cause was opened that is not written yet."""
        rows = (row for row in self._touched.values() if row.pk is None and row.closed_at is None)
        return {row.subject for row in rows if row.subject_kind == Kind.CUSTOMER}

    def save(self, now: datetime) -> None:
        """Write what changed; the caller holds the transaction."""
        fields = ["method", "source_at", "expires_at", "release_at", "look_at", "closed_at", "closed_because"]
        bulk.create_or_update(self._touched.values(), fields)
        save_wishes(self._wished.values(), now)
        runlog.record(self.entries)
        self.entries.clear()
        self._touched, self._wished = {}, {}

    def _note(
        self, code: str, row: Suppression, rule: CompiledRule | None, trace: str, **details: Any
    ) -> None:
        self.entries.append(
            runlog.entry(
                code,
                store_id=self.store_id,
                rule=rule.name if rule else "",
                rule_version=rule.version if rule else None,
                subject=row.subject,
                reference=row.reference,
                trace=trace,
                reference_told=telling.thing(row.reference),
                cause=row.cause,
                **_told(row),
                **details,
            )
        )

    def _note_unreachable(self, subject: str, trace: str) -> None:
        self.entries.append(
            runlog.entry(
                "hold_not_possible",
                store_id=self.store_id,
                subject=subject,
                trace=trace,
                vendor_label="the marketing tool",
                because="this client has no marketing connection",
            )
        )


def account_of(store: Store) -> Connection | None:
    """Where the store's holds are shown: its marketing account, if it has one."""
    rows = Connection.objects.active().filter(store=store)
    return next((row for row in rows if row.role == Marketing.role), None)


def _is_ours(row: Suppression) -> bool:
    """Of the side that is worked on: what is so is only looked at from the shadow."""
    return row.is_shadow == shadow.is_on()


def _key(row: Suppression) -> CauseKey:
    return (row.subject, row.cause, row.reference, row.rule_id)


def _told(row: Suppression) -> dict[str, Any]:
    return {"told": row.told} if row.told else {}
