"""What rules need in the marketing tool before they reach anybody: messages, segments. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol, cast

from django.core.exceptions import ValidationError

from connectors.types import Mailing, SetUp
from rules import params, registry
from rules.compiled import Recipe


class NeedyRecipe(Recipe, Protocol):
    """What a recipe that speaks through the marketing tool offers beside the rest."""

    def sets_up(self, params: Mapping[str, Any]) -> Sequence[SetUp]:
        """What these parameters need there, in the order in which people meet it."""


def things(recipe: str, values: Any) -> dict[str, SetUp]:
    """By key, each once; none where the recipe needs nothing or the parameters cannot be read."""
    try:
        found = registry.recipe(recipe)
        cleaned = params.clean(found, values)
    except (LookupError, ValidationError):
        return {}
    if not hasattr(found, "sets_up"):
        return {}
    return {key(each): each for each in cast(NeedyRecipe, found).sets_up(cleaned)}


def key(thing: SetUp) -> str:
    return f"event:{thing.metric}" if isinstance(thing, Mailing) else f"segment:{thing.name}"


def wants(recipe: str, values: Any) -> frozenset[str]:
    """What a rule with these parameters looks at; nothing where they cannot be read."""
    try:
        found = registry.recipe(recipe)
        return found.wants(params.clean(found, values))
    except (LookupError, ValidationError):
        return frozenset()


@cache
def metrics() -> frozenset[str]:
    """The events of all recipes, as far as they do not depend on parameters."""
    needed = (each for recipe in registry.all_recipes() for each in things(recipe, {}).values())
    return frozenset(each.metric for each in needed if isinstance(each, Mailing))
