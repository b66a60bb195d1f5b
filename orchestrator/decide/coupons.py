"""Which discount codes the rules of a batch have given away, and what became of them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from orchestrator.decide import rations
from orchestrator.decide.answers import effect_key
from orchestrator.models import IssuedCode, OutboxAction
from rules import coupons
from rules.actions.create_discount import CreateDiscount
from rules.compiled import CompiledRule
from rules.facts import COUPONS, Change, Coupon, Coupons, Facts

State = OutboxAction.State
LOST = (State.FAILED, State.SKIPPED)


class Issued:
    """Read in four queries for the whole batch, none where no rule makes codes.

    ``may_issue`` is false at the moment of sending: a message names only what is there.
    """

    def __init__(
        self,
        store_id: int,
        asked: Iterable[tuple[CompiledRule | None, Change]],
        now: datetime,
        *,
        may_issue: bool,
    ) -> None:
        self._store_id, self._now, self._may_issue = store_id, now, may_issue
        self._new: list[IssuedCode] = []
        self._given = rations.Given((), now)
        self._rows: dict[str, IssuedCode] = {}
        self._states: dict[str, str] = {}
        keys = {(rule.rule_id, _key(rule, change)) for rule, change in asked if rule and _makes_codes(rule)}
        if keys:
            self._load({rule_id for rule_id, _ in keys}, {key for _, key in keys})

    def _load(self, rules: set[int], keys: set[str]) -> None:
        mine = IssuedCode.objects.filter(store=self._store_id)
        self._rows = {row.key: row for row in mine.filter(key__in=keys)}
        made = OutboxAction.objects.filter(
            store=self._store_id, key__in={row.action_key for row in self._rows.values()}
        )
        self._states = dict(made.values_list("key", "state"))
        self._given = rations.Given(rules, self._now)

    def told(self, facts: Facts, rule: CompiledRule) -> Facts:
        """The facts, with what this rule gave away, where it does."""
        if not _makes_codes(rule):
            return facts
        key = _key(rule, facts.change)
        today, month = self._given.of(rule.rule_id)
        known = Coupons(
            own=self._own(key),
            suffix=_suffix(key),
            today=today,
            month=month,
            may_issue=self._may_issue,
        )
        return msgspec.structs.replace(facts, coupons=known)

    def issue(self, rule: CompiledRule, change: Change, action: CreateDiscount, effect: str) -> None:
        """It counts from now on; one that was given already counts once."""
        key = _key(rule, change)
        if key in self._rows:
            return
        row = IssuedCode(
            store_id=self._store_id,
            rule_id=rule.rule_id,
            key=key,
            action_key=effect_key(rule.rule_id, change, effect),
            reference=change.reference,
            code=action.code,
            worth=action.worth,
            currency=action.currency,
            cost=action.cost,
            issued_at=action.starts_at,
            ends_at=action.ends_at,
        )
        self._rows[key] = row
        self._new.append(row)
        self._given.take(rule.rule_id, action.cost, action.currency)

    def save(self) -> None:
        """The caller holds the transaction in which the codes are planned."""
        IssuedCode.objects.bulk_create(self._new, ignore_conflicts=True)
        for rule_id in {row.rule_id for row in self._new}:
            rations.clear(self._store_id, rule_id, self._now)
        self._new = []

    def _own(self, key: str) -> Coupon | None:
        row = self._rows.get(key)
        if row is None:
            return None
        return Coupon(
            code=row.code,
            worth=row.worth,
            state=self._state(row),
            issued_at=row.issued_at,
            ends_at=row.ends_at,
        )

    def _state(self, row: IssuedCode) -> str:
        state = self._states.get(row.action_key, State.FAILED)
        if state == State.DONE:
            return coupons.MADE
        return coupons.LOST if state in LOST else coupons.WAITING


def _makes_codes(rule: CompiledRule) -> bool:
    return COUPONS in rule.recipe.wants(rule.params)


def _key(rule: CompiledRule, change: Change) -> str:
    return effect_key(rule.rule_id, change, "code")


def _suffix(key: str) -> str:
    """The same for the same change, so that a repeat finds its code; ten letters and digits."""
    digest = hashlib.blake2b(key.encode(), digest_size=6).digest()
    return base64.b32encode(digest).decode().rstrip("=")
