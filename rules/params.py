"""Parameters: the JSON of a rule checked by the recipe's form, and cleaned values as JSON again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from rules.compiled import Recipe
from rules.fields import JsonField, is_one_of, not_json, shown


def clean(recipe: Recipe, params: Any) -> dict[str, Any]:
    """The recipe's parameters, checked, with defaults for what is left out.

    Raises ValidationError: parameter → sentences.
    """
    return checked(recipe.Params, params)


def to_json(cleaned: Any) -> Any:
    """Cleaned values as plain JSON, for storing; cleaning that again gives the same values."""
    return msgspec.to_builtins(cleaned, enc_hook=lambda value: value.to_json())


def checked(schema: type[forms.Form], values: Any) -> dict[str, Any]:
    """``values``, as read from a file, against a form: no other keys, no other kinds than it names."""
    if not isinstance(values, Mapping):
        raise ValidationError({NON_FIELD_ERRORS: [f"Needs names and values, not {shown(values)}."]})
    fields = schema.base_fields
    problems = {
        str(name): [problem]
        for name, value in values.items()
        if (problem := _problem(schema, name) or not_json(value) or _wrong_kind(fields[name], value))
    }
    given = {name: value for name, value in values.items() if name not in problems}
    form = schema({name: given.get(name, field.initial) for name, field in fields.items()})
    for name, errors in form.errors.as_data().items():
        problems.setdefault(name, [sentence for error in errors for sentence in _sentences(error)])
    if problems:
        raise ValidationError(problems)
    return form.cleaned_data


def _problem(schema: type[forms.Form], name: Any) -> str:
    if name in schema.base_fields:
        return ""
    fields = schema().fields  # in the order that staff see
    allowed = f"Allowed: {', '.join(fields)}." if fields else "None are allowed."
    return f"There is no parameter {shown(name)}. {allowed}"


def _wrong_kind(field: forms.Field, value: Any) -> str:
    """JSON says what kind a value has, so a number is not taken for a text, nor true for 1."""
    types, noun = _kind(field)
    return "" if is_one_of(value, types) else f"Needs {noun}, not {shown(value)}."


def _kind(field: forms.Field) -> tuple[tuple[type, ...], str]:
    if isinstance(field, JsonField):
        return field.types, field.noun
    if isinstance(field, forms.BooleanField):
        return (bool,), "true or false"
    if isinstance(field, forms.DecimalField | forms.FloatField):
        return (int, float, str), "a number"
    if isinstance(field, forms.IntegerField):
        return (int,), "a whole number"
    return (str,), "a text"


def _sentences(error: ValidationError) -> list[str]:
    return ["Is missing or empty."] if error.code == "required" else error.messages
