"""One recipe's rule as a form: its own parameters as fields, conditions and actions as rows."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from orchestrator.admin.rule_lock import SeenForm
from orchestrator.admin.rule_words import label_of
from orchestrator.admin.typed.fields import ConditionsField, StepsField
from rules import grammar, params, publish, registry
from rules.limits import Limits
from rules.models import Rule

PREFIX = "param_"
LIMITS = Limits.__struct_fields__
BOXES: Mapping[type[forms.Field], type[forms.Field]] = {
    grammar.ConditionField: ConditionsField,
    grammar.StepsField: StepsField,
}


class RuleForm(SeenForm):
    """Subclassed for each recipe by ``form_for``."""

    recipe = ""
    param_prefix = PREFIX

    class Meta:
        model = Rule
        fields = ("store", "name", *LIMITS)
        labels = {"store": "Client"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.recipe = self.recipe
        for name, value in self.instance.params.items() if isinstance(self.instance.params, Mapping) else ():
            if PREFIX + name in self.fields:
                self.initial[PREFIX + name] = value

    def clean(self) -> dict[str, Any]:
        """The recipe has the last word, the same one that it has about a client file."""
        cleaned = super().clean() or self.cleaned_data
        if any(name.startswith(PREFIX) for name in self.errors):
            return cleaned
        values = {
            name: params.to_json(cleaned[PREFIX + name])
            for name in registry.recipe(self.recipe).Params.base_fields
            if cleaned.get(PREFIX + name) is not None
        }
        try:
            self.instance.params = publish.check(self.recipe, values)
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                self.add_error(None if name == NON_FIELD_ERRORS else PREFIX + name, sentences)
        return cleaned


def form_for(recipe: str) -> type[RuleForm]:
    """Raises LookupError when there is no such recipe."""
    fields = {name: _field(name, field) for name, field in _fields(recipe).items()}
    return type("RuleForm", (RuleForm,), {"recipe": recipe, **fields})


def param_names(recipe: str) -> list[str]:
    return list(_fields(recipe))


def _fields(recipe: str) -> dict[str, forms.Field]:
    """In the order of a form that is made: a recipe may have turned the declared one round."""
    fields = registry.recipe(recipe).Params().fields
    return {PREFIX + name: field for name, field in fields.items()}


def _field(name: str, field: forms.Field) -> forms.Field:
    name = name.removeprefix(PREFIX)
    label = label_of(name, field)
    if box := BOXES.get(type(field)):
        return box(label=label, help_text=field.help_text)
    copied = deepcopy(field)
    copied.label = label
    return copied
