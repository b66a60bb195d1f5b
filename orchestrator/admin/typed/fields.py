"""Conditions and actions as fields of a form: rows in the page, plain JSON in the rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from orchestrator.admin.typed import conditions, steps

DRAWN = "_drawn"  # is sent while rows are put in and filled: nobody is told yet what is still missing
MARKED = "Correct what is marked in the rows."


class RowsWidget(forms.Widget):
    """Rows with boxes of their own names; the page's script asks the server for more of them."""

    template_name = ""
    use_fieldset = True  # its label is that of a group of boxes
    rows: Any = None  # the module that reads and shows them

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return self.rows.posted(data, name, tells=DRAWN not in data)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False  # no row at all is an answer

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        is_tree = isinstance(value, conditions.Rows) or _are_steps(value)
        tree = value if is_tree else self.rows.stored(value, name)
        context = {"tree": tree, "name": name, "attrs": attrs or {}, "choices": [*conditions.choices()]}
        return render_to_string(self.template_name, context)


class ConditionsWidget(RowsWidget):
    template_name = "admin/rules/rule/typed/if.html"
    rows = conditions


class StepsWidget(RowsWidget):
    template_name = "admin/rules/rule/typed/then.html"
    rows = steps


class RowsField(forms.Field):
    """Gives plain JSON, which the recipe has the last word about."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, **options})

    def to_python(self, value: Any) -> Any:
        try:
            return [row.json() for row in value] if isinstance(value, list) else value.json()
        except ValidationError as error:
            raise ValidationError(MARKED) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or type(initial)()))
        except ValidationError:
            return True


class ConditionsField(RowsField):
    widget = ConditionsWidget


class StepsField(RowsField):
    widget = StepsWidget


def _are_steps(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, steps.StepRow) for each in value)
