"""A blueprint as a form: its name, which rules belong to it, and which settings stay each client's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from orchestrator import blueprints
from orchestrator.admin.base import PlainForm
from orchestrator.admin.rule_words import label_of
from orchestrator.blueprints import Part
from orchestrator.models import Blueprint
from rules import registry


class BlueprintForm(PlainForm):
    """Subclassed for the rules of each by ``form_for``."""

    parts: Sequence[Part] = ()

    class Meta:
        model = Blueprint
        fields = ("name", "source")
        labels = {"source": "Made from"}

    def kept(self) -> list[Part]:
        """The rules that are ticked, with what was said to be each client's own."""
        return [
            Part(
                name=part.name,
                recipe=part.recipe,
                params=part.params,
                own=tuple(self.cleaned_data[own_name(at)]),
            )
            for at, part in enumerate(self.parts)
            if self.cleaned_data[in_name(at)]
        ]


def form_for(parts: Sequence[Part]) -> type[BlueprintForm]:
    fields: dict[str, Any] = {}
    for at, part in enumerate(parts):
        fields[in_name(at)] = forms.BooleanField(label="Part of the blueprint", required=False, initial=True)
        fields[own_name(at)] = forms.MultipleChoiceField(
            label="Each client's own",
            choices=_settings(part),
            initial=part.own,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="A push leaves these as they are at each client. A new rule begins with the "
            "blueprint's values.",
        )
    return type("BlueprintForm", (BlueprintForm,), {"parts": parts, **fields})


def fieldsets(parts: Sequence[Part]) -> list[Any]:
    return [
        (f"{part.name} ({_recipe_label(part.recipe)})", {"fields": [in_name(at), own_name(at)]})
        for at, part in enumerate(parts)
    ]


def in_name(at: int) -> str:
    return f"part_{at}"


def own_name(at: int) -> str:
    return f"own_{at}"


def parts(blueprint: Blueprint | None) -> list[Part]:
    return blueprints.parts(blueprint) if blueprint else []


def _settings(part: Part) -> list[tuple[str, str]]:
    known = registry.all_recipes().get(part.recipe)
    fields = known.Params().fields if known else {}
    return [(name, label_of(name, fields.get(name))) for name in dict.fromkeys([*fields, *part.params])]


def _recipe_label(slug: str) -> str:
    known = registry.all_recipes().get(slug)
    return known.label if known else slug
