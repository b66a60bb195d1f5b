"""One recipe's rule as a form: its own parameters as fields, structures as YAML, nothing as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from orchestrator.admin.base import PlainForm
from orchestrator.clientfile import reading
from orchestrator.clientfile.problems import ClientFileError, Problem, Problems
from rules import params, publish, registry
from rules.fields import StructureField
from rules.models import Rule
from rules.vocabulary import FIELDS

PREFIX = "param_"
EXAMPLES = {
    "if": "all:\n  - {field: ticket.channel, op: eq, value: email}\n"
    "  - {field: customer.tags, op: contains, value: VIP}",
    "then": "- {action: set_priority, with: {priority: high}}\n"
    "- {action: alert, after: PT1H, with: {text: “{ticket.subject}” waits}}",
}


class YamlField(forms.CharField):
    """Conditions and actions as people write them in a client file."""

    widget = forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField code", "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        problems = Problems()
        try:
            found = reading.plain(reading.read(text.encode(errors="surrogatepass"), problems), problems)
            problems.raise_if_any()
        except ClientFileError as error:
            raise ValidationError([_told(each) for each in error.problems]) from None
        return found

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=96) if value else ""


class RuleForm(PlainForm):
    """Subclassed for each recipe by ``form_for``."""

    recipe = ""

    class Meta:
        model = Rule
        fields = ("store", "name")
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
    base_fields = registry.recipe(recipe).Params.base_fields
    return {PREFIX + name: field for name, field in base_fields.items()}


def _field(name: str, field: forms.Field) -> forms.Field:
    name = name.removeprefix(PREFIX)
    label = field.label or name.replace("_", " ").capitalize()
    if isinstance(field, StructureField):
        return YamlField(
            label=label, required=field.required, help_text=_help(name, str(field.help_text)), initial=None
        )
    copied = deepcopy(field)
    copied.label = label
    return copied


def _told(problem: Problem) -> str:
    return problem.sentence if problem.line is None else f"Line {problem.line}: {problem.sentence}"


def _help(name: str, told: str) -> SafeString:
    """How to write it, with everything it may name, folded away."""
    example = EXAMPLES.get(name, "")
    words = sorted(registry.all_actions()) if name == "then" else list(FIELDS)
    return format_html(
        "{} <details><summary>How to write it</summary><pre>{}</pre><p>{}: {}.</p></details>",
        told,
        example,
        "Actions" if name == "then" else "Fields",
        format_html_join(", ", "<code>{}</code>", ((word,) for word in words)),
    )
