"""Form fields for parameters that are more than a text or a number in the client file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


def shown(value: Any) -> str:
    """A wrong value as a sentence names it, cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list | tuple):
        return "names and values" if isinstance(value, Mapping) else "a list"
    if not isinstance(value, str):
        return f"the {type(value).__name__} {value!r:.40}" if isinstance(value, int | float) else "that"
    return f"“{value if len(value) <= 40 else value[:39] + '…'}”"


class JsonField(forms.Field):
    """A field that says which JSON values it takes; a form posts the same thing as text."""

    types: tuple[type, ...] = ()
    noun = ""


class TextListField(JsonField):
    """Several texts: a list in a file, lines or commas in a form."""

    types = (list, tuple)
    noun = "a list of texts"

    def to_python(self, value: Any) -> list[str]:
        given = re.split(r"[,\n]", value) if isinstance(value, str) else list(value or ())
        for each in given:
            if not isinstance(each, str):
                raise ValidationError(f"Needs a list of texts; {shown(each)} is not a text.")
        return list(dict.fromkeys(text for each in given if (text := each.strip())))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value
