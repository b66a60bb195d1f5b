"""Finds actions by name, stores them as text and brings them back."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import msgspec

from rules import actions
from rules.actions.base import Action, AnyAction


@cache
def all_actions() -> dict[str, type[AnyAction]]:
    """Slug → class, in alphabetical order."""
    found: dict[str, type[AnyAction]] = {}
    for module in sorted(pkgutil.iter_modules(actions.__path__), key=lambda each: each.name):
        loaded = importlib.import_module(f"{actions.__name__}.{module.name}")
        for value in vars(loaded).values():
            if isinstance(value, type) and issubclass(value, Action) and "slug" in vars(value):
                found[value.slug] = value
    return found


def action(slug: str) -> type[AnyAction]:
    """Raises LookupError with a sentence when there is no such action."""
    known = all_actions()
    if slug not in known:
        raise LookupError(f"There is no action “{slug}”. Known actions: {', '.join(known)}.")
    return known[slug]


def store_action(value: AnyAction) -> tuple[str, str]:
    """The action's slug and its fields as JSON text."""
    return value.slug, msgspec.json.encode(value).decode()


def load_action(slug: str, text: str) -> AnyAction:
    """Raises LookupError for an unknown slug, ValueError when the text is not such an action."""
    return msgspec.json.decode(text, type=action(slug))
