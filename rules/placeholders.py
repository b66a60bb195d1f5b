"""Values in texts: {ticket.subject} stands for what the facts say. Names only, nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from rules.facts import Facts
from rules.vocabulary import FIELDS, alike

PLACEHOLDER = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")


class Unknowable(Exception):
    """A placeholder whose value cannot be known now. ``field`` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def names(value: Any) -> Iterator[str]:
    """The placeholders in a text, or in all texts of a structure."""
    if isinstance(value, str):
        yield from PLACEHOLDER.findall(value)
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from names(each)


def check(value: Any) -> None:
    """Raises ValidationError for a placeholder that no facts could fill."""
    for name in names(value):
        if name not in FIELDS:
            raise ValidationError(f"{{{name}}} stands for nothing. Known: {', '.join(alike(name))}.")


def fill(value: Any, facts: Facts) -> Any:
    """The same with every placeholder filled. Raises Unknowable."""
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: _text(match[1], facts), value)
    if isinstance(value, Mapping):
        return {name: fill(each, facts) for name, each in value.items()}
    return [fill(each, facts) for each in value] if isinstance(value, list) else value


def _text(name: str, facts: Facts) -> str:
    seen = FIELDS[name].seen(facts)
    if seen is None:
        raise Unknowable(name)
    if isinstance(seen, datetime):
        return seen.isoformat()
    return ", ".join(seen) if isinstance(seen, tuple) else str(seen)
