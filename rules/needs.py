"""What a rule needs of the store's tools, and what of it is not there. Pure: the tools are given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from connectors import capabilities
from connectors.capabilities import Level, Standing, Tool
from connectors.roles import Capability, Vendor
from connectors.types import Transition
from rules import sources
from rules.compiled import Recipe
from rules.sentences import TRANSITIONS, listed

NOUNS = {"marketing": "marketing tool"}  # other roles are called by their name
WAYS_OUT = "Change the rule so that it does without, or leave it in shadow."


class Weight(StrEnum):
    REFUSES = "refuses"  # the rule cannot go live
    WAITS = "waits"  # it can, and does nothing (or not all) until a tool is connected
    LESS = "less"  # it works, and does or knows less


class Gap(msgspec.Struct, frozen=True):
    """What a rule asks for and does not get, in a sentence: what, of which tool, what to do."""

    names: tuple[str, ...]  # of capabilities
    weight: Weight
    sentence: str


def asked(recipe: Recipe, params: Mapping[str, Any]) -> frozenset[str]:
    """All that a rule with these parameters hears, looks at and does, by the names of capabilities."""
    looked_at = sources.of(recipe.wants(params))
    return frozenset({*recipe.hears(params), *looked_at, *recipe.needs(params)})


def gaps(
    recipe: Recipe,
    params: Mapping[str, Any],
    tools: Sequence[Tool],
    vendors: Iterable[type[Vendor]] | None = None,
) -> list[Gap]:
    """What is not there, the heaviest first. ``vendors`` are all that could be connected, else those we have.

    One gap for each thing that cannot be had, and one for each kind of tool that is not connected.
    """
    known = None if vendors is None else list(vendors)
    standings = {name: capabilities.standing(name, tools, known) for name in sorted(asked(recipe, params))}
    vital = recipe.needs(params) | _vital_heard(recipe.hears(params), standings)
    order = list(Weight)
    groups: dict[tuple[str, Standing], list[str]] = defaultdict(list)
    for name, each in standings.items():
        if not each.level.is_there:
            groups["" if each.level is Level.UNCONNECTED else name, each].append(name)
    found = [_gap(names, each, vital) for (_, each), names in groups.items()]
    return sorted(found, key=lambda gap: order.index(gap.weight))


def sentences(found: Iterable[Gap], weight: Weight) -> list[str]:
    return [each.sentence for each in found if each.weight is weight]


def does(names: Iterable[str]) -> str:
    """What a tool with these capabilities can do; goes on after “can”."""
    names = list(names)
    changes = [TRANSITIONS[Transition(each)] for each in names if each in TRANSITIONS]
    known = [capabilities.named(each) or Capability(each, each) for each in names if each not in TRANSITIONS]
    told = [f"tell when {listed(changes, 'or')}"] if changes else []
    done = [listed([each.does for each in known], "or")] if known else []
    return ", or ".join([*told, *done])


def _vital_heard(heard: Iterable[Transition], standings: Mapping[str, Standing]) -> frozenset[str]:
    """One of the changes that a rule hears is enough. Where none is told, those count that could be."""
    levels = {str(name): standings[name].level for name in heard}
    if any(level.is_there for level in levels.values()):
        return frozenset()
    could = {name for name, level in levels.items() if not level.is_refused}
    return frozenset(could or levels)


def _gap(names: Sequence[str], standing: Standing, vital: frozenset[str]) -> Gap:
    is_vital = not vital.isdisjoint(names)
    heavy = Weight.REFUSES if standing.level.is_refused else Weight.WAITS
    told = " ".join(_told(does(names), standing, is_vital))
    return Gap(tuple(names), heavy if is_vital else Weight.LESS, told)


def _told(what: str, standing: Standing, is_vital: bool) -> Iterator[str]:
    tool = standing.tool
    if standing.level is Level.FORBIDDEN:
        yield f"{tool} may not {what}: the key lacks {listed(standing.scopes)}."
        yield "Give it that scope and test the connection again."
    elif standing.level is Level.UNCONNECTED and tool:
        yield f"{tool} can {what} by webhook only, and its webhooks are not set up. Set them up on its page."
    elif standing.level is Level.UNCONNECTED:
        nouns = [NOUNS.get(each, each) for each in standing.roles]
        yield f"No {listed(nouns, 'or')} is connected that could {what}. Connect one."
    else:
        yield f"{tool} cannot {what}." if tool else f"No tool there is can {what}."
        yield from [standing.why] if standing.why else []
        yield from [WAYS_OUT] if is_vital else []
