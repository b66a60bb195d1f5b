"""A rule for other clients too: copied as drafts, so that each is looked at before it runs there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from connectors.models import Store
from orchestrator.admin import audit, places, scope
from orchestrator.admin.base import ScopedAdmin
from rules import publish
from rules.limits import Limits
from rules.models import Rule

TAKEN = "has a rule of that name"


class CopyForm(forms.Form):
    """``stores`` are those that this person may choose from."""

    stores = forms.ModelMultipleChoiceField(
        Store.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Clients",
        error_messages={"required": "Choose at least one client."},
    )

    def __init__(self, rule: Rule, user: Any, *args: Any) -> None:
        super().__init__(*args)
        others = scope.limit(Store.objects.exclude(pk=rule.store_id), "pk", user).order_by("name", "pk")
        self.fields["stores"].queryset = others  # type: ignore[attr-defined]


class CopyPages(ScopedAdmin):
    """GET asks for whom, and says what their tools leave out; POST copies."""

    def copy_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.copy_view)
        return [path("<int:object_id>/copy/", view, name="rules_rule_copy")]

    def copy_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule: Rule = self.object_or_404(request, str(object_id))
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CopyForm(rule, request.user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            self._copy(request, rule, form.cleaned_data["stores"])
            return HttpResponseRedirect(places.list_url(Rule, q=rule.name))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Copy “{rule.name}” to other clients",
            "opts": self.opts,
            "rule": rule,
            "form": form,
            "sentence": publish.sentence(rule.recipe, rule.params)[0],
            "back": places.change_url(rule),
        }
        return TemplateResponse(request, "admin/rules/rule/copy.html", context)

    def _copy(self, request: HttpRequest, rule: Rule, stores: Iterable[Store]) -> None:
        made, taken = copied(rule, stores)
        for copy in made:
            audit.note(
                request,
                "rule_changed",
                f"copied the rule “{rule.name}” from {rule.store.name}",
                store_id=copy.store_id,
                rule=copy.name,
                reference=f"rule:{copy.pk}",
            )
        if made:
            names = ", ".join(copy.store.name for copy in made)
            told = f"Copied as a draft to: {names}. Look at what is their own, such as teams and texts."
            self.message_user(request, told, messages.SUCCESS)
        for store in taken:
            self.message_user(request, f"{store.name} {TAKEN}; it stays as it is.", messages.WARNING)


def copied(rule: Rule, stores: Iterable[Store]) -> tuple[list[Rule], list[Store]]:
    """Drafts of what the form says, with its limits, and the clients that have a rule of that name."""
    chosen = list(stores)
    with transaction.atomic():
        there = set(Rule.objects.filter(store__in=chosen, name=rule.name).values_list("store_id", flat=True))
        rows = [
            Rule(
                store=store,
                name=rule.name,
                recipe=rule.recipe,
                params=rule.params,
                **{name: getattr(rule, name) for name in Limits.__struct_fields__},
            )
            for store in chosen
            if store.pk not in there
        ]
        made = Rule.objects.bulk_create(rows)
    return made, [store for store in chosen if store.pk in there]
