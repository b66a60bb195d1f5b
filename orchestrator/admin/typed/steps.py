"""Actions as rows: what, how long after, its own small form, and what it is left out for."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError

from orchestrator.admin.typed import conditions, values
from orchestrator.admin.typed.posted import numbers, under
from rules import registry, steps
from rules.actions.base import AnyAction
from rules.fields import StructureField, TableField, not_json
from rules.params import to_json

UNFINISHED = "Choose an action, or remove the row."


class ValueField(forms.CharField):
    """A value of any kind: a number, true, false, or else a text."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        found = values.argument_read(text) if text else None
        if problem := not_json(found):
            raise ValidationError(problem)
        return found

    def run_validators(self, value: Any) -> None:
        """The validators of a text do not fit every value."""


class PropertiesField(TableField):
    """Names and values of any kind, a line for each."""

    def row(self, name: str, value: Any) -> tuple[str, Any]:
        if not name:
            raise ValidationError("Each line needs a name before its “=”.")
        return name, values.argument_read(value) if isinstance(value, str) else value

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return "\n".join(f"{name} = {values.argument_typed(each)}" for name, each in value.items())


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """One action as it stands in the form."""

    name: str
    number: int
    action: str = ""
    after: str = ""
    arguments: forms.Form | None = None
    unless: conditions.Rows
    problem: str = ""

    @property
    def actions(self) -> list[tuple[str, str, bool]]:
        """Code, words, whether it is the one; one that is gone stays to be seen."""
        known = sorted((slug, kind.label) for slug, kind in registry.all_actions().items())
        is_gone = self.action and self.action not in dict(known)
        offered = [(self.action, f"{self.action} (not known)"), *known] if is_gone else known
        return [(slug, label, slug == self.action) for slug, label in offered]

    @property
    def has_exit(self) -> bool:
        return bool(self.unless.parts)

    def json(self) -> dict[str, Any]:
        """Raises ValidationError with what is wrong in this row."""
        if not self.action or self.arguments is None:
            raise ValidationError(UNFINISHED)
        if not self.arguments.is_valid():
            raise ValidationError("Something is wrong with what it is given.")
        cleaned = self.arguments.cleaned_data.items()
        given = {name: to_json(value) for name, value in cleaned if value is not None}
        after, unless = values.span_read(self.after), self.unless.json()
        step: dict[str, Any] = {"action": self.action, "with": given}
        step |= {"after": after} if after else {}
        step |= {"unless": unless} if unless else {}
        steps.parse([step])
        return step


def posted(data: conditions.Posted, name: str, *, tells: bool = True) -> list[StepRow]:
    """What a browser sent, also what is no action yet; ``tells`` whether rows say what is wrong."""
    places = [f"{name}-{number}" for number in numbers(data, name)]
    rows = [_row(data, place, number, tells) for number, place in enumerate(places, 1)]
    return [msgspec.structs.replace(row, problem=_problem(row)) for row in rows] if tells else rows


def stored(value: Any, name: str) -> list[StepRow]:
    given = [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
    return [_of(each, f"{name}-{number}", number + 1) for number, each in enumerate(given)]


def arguments_form(kind: type[AnyAction]) -> type[forms.Form]:
    """What an action is given, as boxes to type into."""
    fields = {name: _box(name, field) for name, field in kind.Arguments.base_fields.items()}
    return type("Arguments", (forms.Form,), fields)


def _box(name: str, field: forms.Field) -> forms.Field:
    label = str(field.label or name.replace("_", " ").capitalize())
    if not isinstance(field, StructureField):
        copied = deepcopy(field)
        copied.label = label
        return copied
    help_text = str(field.help_text)
    if dict in field.types:
        return PropertiesField(
            label=label, required=False, initial={}, help_text=help_text or "A line for each: Name = value"
        )
    return ValueField(label=label, required=field.required, help_text=help_text)


def _row(data: conditions.Posted, name: str, number: int, tells: bool) -> StepRow:
    action, prefix = str(data.get(f"{name}-action", "")), f"{name}-with"
    is_seen = tells or any(under(data, prefix))  # boxes that nobody has seen yet are not wrong
    return StepRow(
        name=name,
        number=number,
        action=action,
        after=str(data.get(f"{name}-after", "")),
        arguments=_arguments(action, prefix, data=data if is_seen else None),
        unless=conditions.posted(data, f"{name}-unless", tells=tells),
    )


def _of(value: Mapping[str, Any], name: str, number: int) -> StepRow:
    action, given = str(value.get("action", "")), value.get("with")
    return StepRow(
        name=name,
        number=number,
        action=action,
        after=values.span_typed(value.get("after", "")),
        arguments=_kept(action, f"{name}-with", given if isinstance(given, Mapping) else {}),
        unless=conditions.stored(value.get("unless"), f"{name}-unless"),
    )


def _kept(action: str, prefix: str, given: Mapping[str, Any]) -> forms.Form | None:
    form = _arguments(action, prefix)
    if form is not None:
        of_any_kind = {name for name, field in form.fields.items() if isinstance(field, ValueField)}
        form.initial = {
            name: values.argument_typed(value) if name in of_any_kind else value
            for name, value in given.items()
        }
    return form


def _arguments(action: str, prefix: str, **given: Any) -> forms.Form | None:
    kind = registry.all_actions().get(action)
    return arguments_form(kind)(prefix=prefix, use_required_attribute=False, **given) if kind else None


def _problem(row: StepRow) -> str:
    try:
        row.json()
    except ValidationError as error:
        return "" if row.arguments and row.arguments.errors else " ".join(error.messages)
    return ""
