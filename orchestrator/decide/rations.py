"""Discount codes of a batch's rules, within the caps of each: what is over them is not planned, and told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Sum

from orchestrator.decide.wishes import Reasons
from orchestrator.models import IssuedCode, OutboxAction, RunLogEntry
from orchestrator.record import attention
from rules import coupons, reasons
from rules.actions.create_discount import CreateDiscount
from rules.compiled import CompiledRule
from rules.decision import No

if TYPE_CHECKING:
    from orchestrator.decide.world import World


DAY, MONTH = timedelta(hours=24), timedelta(days=30)


class Given:
    """How many codes each of these rules gave in 24 hours, and how much away in 30 days, by currency."""

    def __init__(self, rules: Collection[int], now: datetime) -> None:
        self._today: Counter[int] = Counter()
        self._month: defaultdict[int, dict[str, Decimal]] = defaultdict(dict)
        given = IssuedCode.objects.filter(rule__in=rules)
        today = given.filter(issued_at__gt=now - DAY).values("rule").annotate(count=Count("pk"))
        self._today.update({row["rule"]: row["count"] for row in today})
        month = given.filter(issued_at__gt=now - MONTH).values("rule", "currency")
        for row in month.annotate(cost_sum=Sum("cost")):
            self._month[row["rule"]][row["currency"]] = row["cost_sum"]

    def of(self, rule_id: int) -> tuple[int, dict[str, Decimal]]:
        return self._today[rule_id], dict(self._month[rule_id])

    def take(self, rule_id: int, cost: Decimal, currency: str) -> None:
        """One more is given now."""
        self._today[rule_id] += 1
        spent = self._month[rule_id]
        spent[currency] = spent.get(currency, Decimal()) + cost


class Ration(NamedTuple):
    """``row`` is planned unless its rule gave enough; ``no`` makes the line that then replaces ``yes``, and
    ``planned`` (that it waits) is not told."""

    row: OutboxAction
    rule: CompiledRule
    action: CreateDiscount
    yes: RunLogEntry
    no: Callable[[Reasons], RunLogEntry]
    planned: RunLogEntry | None


class Rations:
    """What was given away is counted once for the whole batch; a code that is known counts once."""

    def __init__(self) -> None:
        self._new: list[Ration] = []

    def add(self, ration: Ration) -> None:
        self._new.append(ration)

    def settle(self, world: World) -> list[OutboxAction]:
        """The codes for which there is room; they count from now on. The caller holds the transaction."""
        if not self._new:
            return []
        given = Given({each.rule.rule_id for each in self._new}, world.now)
        keys = {each.row.key for each in self._new}
        known = set(IssuedCode.objects.filter(store=world.store, key__in=keys).values_list("key", flat=True))
        kept = [each for each in self._new if each.row.key in known or self._has_room(each, given, world)]
        news = [_issued(each, world) for each in kept if each.row.key not in known]
        IssuedCode.objects.bulk_create(news, ignore_conflicts=True)
        self._new = []
        return [each.row for each in kept]

    def _has_room(self, each: Ration, given: Given, world: World) -> bool:
        rule, cost, currency = each.rule, each.action.cost, each.action.currency
        if reason := coupons.enough(given.of(rule.rule_id), cost, currency, rule.params):
            world.entries[world.entries.index(each.yes)] = each.no({reason: [each.row.effect_key]})
            if each.planned:
                world.entries.remove(each.planned)
            alarm(world, rule, [No(reason=reason)])
            return False
        given.take(rule.rule_id, cost, currency)
        clear(world.store.pk, rule.rule_id, world.now)
        return True


def alarm(world: World, rule: CompiledRule, noes: Iterable[No]) -> None:
    """Staff hear of a cap that was reached."""
    for reason in {no.reason for no in noes} & coupons.ENOUGH:
        told = f"“{rule.name}” makes no more discount codes for now: {reasons.told(reason)}."
        sentence = f"{world.store}: {told} Raise its cap if that is too few; else it goes on by itself."
        world.alarm("codes_capped", sentence, f"rule:{rule.rule_id}")


def clear(store_id: int, rule_id: int, now: datetime) -> None:
    """There is room again."""
    attention.clear("codes_capped", now=now, store_id=store_id, reference=f"rule:{rule_id}")


def _issued(each: Ration, world: World) -> IssuedCode:
    return IssuedCode(
        store=world.store,
        rule_id=each.rule.rule_id,
        key=each.row.key,
        action_key=each.row.key,
        reference=each.row.reference,
        code=each.action.code,
        worth=each.action.worth,
        currency=each.action.currency,
        cost=each.action.cost,
        issued_at=world.now,
        ends_at=each.action.ends_at,
    )
