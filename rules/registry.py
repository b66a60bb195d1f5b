"""Finds recipes by name (every module in ``rules.recipes`` is one) and, through the catalog, actions."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import cast

from rules import recipes
from rules.actions.catalog import action, all_actions, load_action, store_action
from rules.compiled import Recipe

__all__ = [
    "action",
    "all_actions",
    "all_recipes",
    "load_action",
    "recipe",
    "recipe_choices",
    "store_action",
]


@cache
def all_recipes() -> dict[str, Recipe]:
    """Slug → module, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(recipes.__path__))
    return {name: cast(Recipe, importlib.import_module(f"{recipes.__name__}.{name}")) for name in names}


def recipe(slug: str) -> Recipe:
    """Raises LookupError with a sentence when there is no such recipe."""
    known = all_recipes()
    if slug not in known:
        raise LookupError(f"There is no recipe “{slug}”. Known recipes: {', '.join(known)}.")
    return known[slug]


def recipe_choices() -> list[tuple[str, str]]:
    return [(slug, each.label) for slug, each in all_recipes().items()]
