"""A rule's settings in words: what the form calls them, and what they are set to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from django import forms

from orchestrator.admin import readable


def label_of(name: str, field: forms.Field | None) -> str:
    """As the form names a parameter, also one that its recipe does not know any more."""
    return str((field and field.label) or name.replace("_", " ").capitalize())


def told(value: Any, field: forms.Field | None) -> str:
    """In one line. A choice is told as the form tells it, a structure as in a client file."""
    if isinstance(value, list | Mapping) and value:
        style: dict[str, Any] = {"default_flow_style": True, "sort_keys": False, "width": 10_000}
        return " ".join(yaml.safe_dump(value, allow_unicode=True, **style).split())
    choices: Mapping[Any, Any] = dict(field.widget.choices) if isinstance(field, forms.ChoiceField) else {}
    return str(choices.get(value) or readable.words(value))
