"""Recipes with waits: steps that are decided when they are due, and again at the moment of sending. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, cast

import msgspec

from rules import engine
from rules.compiled import CompiledRule, Recipe
from rules.decision import Answer, Decision, Message, No
from rules.engine import Verdict
from rules.facts import Facts

PREFIX = "step:"


class Step(msgspec.Struct, frozen=True):
    """``delay`` counts from the change that began the sequence."""

    name: str
    delay: timedelta


class Exit(No, frozen=True, kw_only=True):
    """Speaks against the whole sequence, not against one step of it."""


class Later(No, frozen=True, kw_only=True):
    """Not yet: the step waits until what it asks for is there, and is decided again then."""


class SequenceRecipe(Recipe, Protocol):
    """What a recipe with waits offers beside the rest; its ``decide`` answers with Enrol."""

    def steps(self, params: Mapping[str, Any]) -> Sequence[Step]:
        """In the order in which they are due."""

    def still_wanted(self, facts: Facts, params: Mapping[str, Any]) -> No | None:
        """Why the sequence ends here, None when it goes on."""

    def may_begin(self, facts: Facts, params: Mapping[str, Any]) -> No | None:
        """Why it does not begin after all: asked once more when its first step is due. May be left out."""

    def decide_step(self, facts: Facts, params: Mapping[str, Any], step: Step) -> Iterable[Answer]:
        """The branch of this step, chosen now."""


def steps(rule: CompiledRule) -> Sequence[Step]:
    return _recipe(rule).steps(rule.params) if hasattr(rule.recipe, "decide_step") else ()


def find(rule: CompiledRule, name: str) -> Step | None:
    return next((each for each in steps(rule) if each.name == name), None)


def following(rule: CompiledRule, step: Step) -> Step | None:
    later = list(steps(rule))
    return next(iter(later[later.index(step) + 1 :]), None)


def is_first(rule: CompiledRule, name: str) -> bool:
    return any(each.name == name for each in steps(rule)[:1])


def not_begun(rule: CompiledRule, facts: Facts, step: Step) -> No | None:
    """Why the first step is not taken; what is under way is asked about nothing but its end."""
    if not hasattr(rule.recipe, "may_begin") or not is_first(rule, step.name):
        return None
    (answer,) = engine.guarded(rule, lambda: [_recipe(rule).may_begin(facts, rule.params)])
    return answer


def turn(rule: CompiledRule, facts: Facts, step: Step) -> Verdict | No:
    """What the step does now. A no ends the sequence, or lets it wait where it cannot be read."""
    facts = engine.own(rule, facts)
    over = engine.guarded(rule, lambda: [_recipe(rule).still_wanted(facts, rule.params)])
    if isinstance(over[0], No):
        return over[0]
    answers = engine.guarded(rule, lambda: _recipe(rule).decide_step(facts, rule.params, step))
    promises = (each.effect for each in answers if isinstance(each, Decision))
    for message in promises:
        if isinstance(message, Message) and (no := engine.over_promised(message, facts)):
            return no
    noes = tuple(each for each in answers if isinstance(each, No))
    if unreadable := next((each for each in noes if each.is_unreadable), None):
        return unreadable
    said = tuple(_named(each, step) for each in answers if isinstance(each, Decision))
    return Verdict(rule=rule, decisions=said, noes=noes)


def is_step(effect_key: str) -> bool:
    return effect_key.startswith(PREFIX)


def still_wanted(rule: CompiledRule, facts: Facts, effect_key: str) -> Decision | No:
    """The message of a step, decided again: its branch may be another one by now."""
    if rule.mode != "live":
        return No(reason="paused" if rule.mode == "paused" else "not_live")
    step = find(rule, effect_key.removeprefix(PREFIX).partition(":")[0])
    if step is None:
        return No(reason="no_longer_wanted")
    found = turn(rule, facts, step)
    if isinstance(found, No):
        return found if found.is_unreadable else Exit(reason=found.reason, seen=found.seen)
    same = (
        each for each in found.decisions if isinstance(each.effect, Message) and each.effect.key == effect_key
    )
    return next(same, next(iter(found.noes), No(reason="no_longer_wanted")))


def _named(decision: Decision, step: Step) -> Decision:
    """One message of one step: named so, and asked about again before it is sent."""
    effect = decision.effect
    if not isinstance(effect, Message):
        return decision
    named = msgspec.structs.replace(effect, key=f"{PREFIX}{step.name}:{effect.key}", recheck=True)
    return msgspec.structs.replace(decision, effect=named)


def _recipe(rule: CompiledRule) -> SequenceRecipe:
    return cast(SequenceRecipe, rule.recipe)
