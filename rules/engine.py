"""The one evaluator: what the rules of a store answer to a change. Pure; clock and facts are given."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from connectors.types import Transition
from rules.actions.send_event import SendEvent
from rules.compiled import CompiledRule
from rules.decision import Answer, Decision, Enrol, Message, No, Release, Reorder, ReorderState, State
from rules.facts import Facts
from rules.limits import Limits

logger = logging.getLogger(__name__)

MODES = ("shadow", "live", "paused", "stopped")  # stopped: live, and a kill switch is on
TOO_LATE = timedelta(hours=24)
EVER = datetime.min.replace(tzinfo=UTC)
T = TypeVar("T")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule answered."""

    rule: CompiledRule
    decisions: tuple[Decision, ...] = ()
    noes: tuple[No, ...] = ()


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that cannot run, and why: staff are told."""

    rule_id: int
    name: str
    sentence: str


class Rulebook:
    """A store's rules, found by what they hear, so that rules that do not listen cost nothing."""

    def __init__(self, rules: Iterable[CompiledRule], broken: Iterable[Broken] = ()) -> None:
        self.rules = tuple(rules)
        self.broken = tuple(broken)
        self._hearing: dict[Transition, tuple[CompiledRule, ...]] = {}
        for rule in self.rules:
            if rule.mode in MODES:
                for transition in rule.hears:
                    self._hearing[transition] = (*self._hearing.get(transition, ()), rule)

    def hearing(self, transition: Transition) -> Sequence[CompiledRule]:
        return self._hearing.get(transition, ())

    def at_work(self) -> Rulebook:
        """Without the rules in shadow."""
        if all(each.mode != "shadow" for each in self.rules):
            return self
        return Rulebook([each for each in self.rules if each.mode != "shadow"], self.broken)

    def in_shadow(self) -> Rulebook:
        """The rules in shadow alone, as if they had been live for ever."""
        return Rulebook([from_shadow(each) for each in self.rules if each.mode == "shadow"])

    def wants(self) -> frozenset[str]:
        """Details that some rule needs and that cost extra calls to read."""
        rules = {id(rule): rule for hearing in self._hearing.values() for rule in hearing}
        return wants(rules.values())


def from_shadow(rule: CompiledRule) -> CompiledRule:
    """The rule as it is on the side of those in shadow: there it is live, without limits, and no other is."""
    mode = "live" if rule.mode == "shadow" else "shadow"
    return msgspec.structs.replace(rule, mode=mode, live_at=EVER, limits=Limits())


def wants(rules: Iterable[CompiledRule]) -> frozenset[str]:
    return frozenset().union(*(rule.recipe.wants(rule.params) for rule in rules))


def decide(rules: Iterable[CompiledRule], facts: Facts) -> list[Verdict]:
    """One verdict of each rule that hears this change and is not a draft."""
    heard = facts.change.transition
    return [_verdict(rule, facts) for rule in rules if rule.mode in MODES and heard in rule.hears]


def still_wanted(rule: CompiledRule, facts: Facts, key: str) -> Decision | No:
    """Whether the rule, asked again with fresh facts, still wants the message of this key.

    Whether the message came too late or from before the rule was live was settled when it was planned.
    """
    if rule.mode != "live":
        return No(reason="paused" if rule.mode == "paused" else "not_live")
    noes: list[No] = []
    for answer in _answers(rule, msgspec.structs.replace(facts, is_due=True)):
        if isinstance(answer, No):
            noes.append(answer)
        elif isinstance(answer.effect, Message) and answer.effect.key == key:
            return over_promised(answer.effect, facts) or answer
    own = (no for no in noes if no.seen.get("key", key) == key)  # those of other effects say nothing of this
    return next(own, No(reason="no_longer_wanted"))


def over_promised(message: Message, facts: Facts) -> No | None:
    """Nobody is written to about a cart with something that is held because it is sold out."""
    if isinstance(message.action, SendEvent) and facts.held_products:
        return No(reason="product_held", seen={"products": list(facts.held_products), "key": message.key})
    return None


def _verdict(rule: CompiledRule, facts: Facts) -> Verdict:
    answers = [_permitted(rule, facts, answer) for answer in _answers(rule, facts)]
    return Verdict(
        rule=rule,
        decisions=tuple(answer for answer in answers if isinstance(answer, Decision)),
        noes=tuple(answer for answer in answers if isinstance(answer, No)),
    )


def _answers(rule: CompiledRule, facts: Facts) -> list[Answer]:
    facts = own(rule, facts)
    return guarded(rule, lambda: rule.recipe.decide(facts, rule.params))


def own(rule: CompiledRule, facts: Facts) -> Facts:
    """The same facts with those parts filled in that are about this rule: a recipe knows no rule id."""
    causes, drafts = facts.causes.get(rule.rule_id), facts.drafts.get(rule.rule_id)
    heard_at = facts.heard_at.get(rule.rule_id)
    if not (causes or drafts or heard_at):
        return facts
    return msgspec.structs.replace(
        facts, own_causes=causes or (), own_drafts=drafts or (), own_heard_at=heard_at
    )


def guarded(rule: CompiledRule, ask: Callable[[], Iterable[T]]) -> list[T | No]:
    """What the recipe answers; a fault of its own is a "no" that a person sees."""
    try:
        return [*ask()]
    except Exception as error:
        # The message of an exception may quote a customer, so only its class and place are told.
        name = type(error).__name__
        places = traceback.extract_tb(error.__traceback__)
        where = " > ".join(f"{each.filename}:{each.lineno} {each.name}" for each in places)
        logger.error("Recipe %s of rule %s failed: %s at %s", rule.recipe.slug, rule.rule_id, name, where)
        return [No(reason="recipe_failed", seen={"error": name}, is_unreadable=True)]


def _permitted(rule: CompiledRule, facts: Facts, answer: Answer) -> Answer:
    """The answer, or the "no" that the rule's mode or the change's age makes of it."""
    if isinstance(answer, No) or isinstance(answer.effect, Release | ReorderState):
        return answer
    if rule.mode == "paused" or (rule.mode == "stopped" and not isinstance(answer.effect, Message)):
        return No(reason=rule.mode, seen=_named(answer))
    if isinstance(answer.effect, Message | Reorder | Enrol) and (
        reason := _why_silent(rule, facts, answer.effect)
    ):
        return No(reason=reason, seen=_named(answer))
    if isinstance(answer.effect, Message) and (no := over_promised(answer.effect, facts)):
        return no
    return answer


def _why_silent(rule: CompiledRule, facts: Facts, effect: Message | Reorder | Enrol) -> str:
    """Messages, sequences and reorders speak of the present only: not of history, and not a day late."""
    change = facts.change
    wait = effect.after if isinstance(effect, Message) else timedelta()
    if change.is_import:
        return "from_import"
    if rule.mode in ("live", "stopped") and (rule.live_at is None or change.at < rule.live_at):
        return "before_live"
    if facts.now - (change.at + wait) > TOO_LATE:
        return "too_late"
    return ""


def _named(decision: Decision) -> Mapping[str, str]:
    """Which effect a "no" speaks of, for rules with several."""
    effect = decision.effect
    if isinstance(effect, Message | State):
        return {"action": effect.action.slug, "key": effect.key}
    if isinstance(effect, Reorder | ReorderState):
        return {"product": effect.reference}
    if isinstance(effect, Enrol):
        return {"effect": "enrol"}
    return {"subject": effect.subject, "cause": effect.cause}
