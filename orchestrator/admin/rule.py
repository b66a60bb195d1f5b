"""Rules: what a client wants to happen, in a sentence, with its mode and its versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from orchestrator import wake
from orchestrator.admin import audit, display, places, stopping
from orchestrator.admin.base import ScopedAdmin
from orchestrator.admin.filters import ClientFilter
from orchestrator.admin.rule_form import PREFIX, form_for, param_names
from rules import params, publish, registry
from rules.models import Rule, RuleVersion

VERSIONS = 20  # shown on the page
MEANING = {
    Rule.Mode.DRAFT: "Does not run. It lets go of what it holds.",
    Rule.Mode.SHADOW: "Decides on every event and writes down what it would do. Nothing is held, nothing "
    "is sent; it lets go of what it holds.",
    Rule.Mode.LIVE: "Decides and acts. Holds also cover what is open now; messages only follow what "
    "happens from now on.",
    Rule.Mode.PAUSED: "Holds and sends nothing new, and still releases what it holds.",
}


class RecipeFilter(admin.SimpleListFilter):
    title = "recipe"
    parameter_name = "recipe"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return registry.recipe_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> QuerySet[Rule]:
        return queryset.filter(recipe=self.value()) if self.value() else queryset


class Choice(msgspec.Struct, frozen=True):
    """One mode that a rule can be switched to."""

    mode: str
    label: str
    meaning: str
    is_current: bool


@admin.register(Rule)
class RuleAdmin(ScopedAdmin):
    list_display = ("name", "client", "recipe_label", "mode_chip", "running", "changed")
    list_filter = ("mode", RecipeFilter, ClientFilter)
    search_fields = ("name",)
    search_help_text = "Name of a rule"
    list_select_related = ("store", "version")
    list_defer = ("params", "version__params")
    ordering = ("store__name", "name", "id")
    autocomplete_fields = ("store",)
    change_form_template = "admin/rules/rule/change_form.html"
    empty_list = "No rule yet. Add one, let it run in shadow for a day, then switch it live."

    @admin.display(description="Client", ordering="store__name")
    def client(self, row: Rule) -> str:
        return row.store.name

    @admin.display(description="Recipe", ordering="recipe")
    def recipe_label(self, row: Rule) -> str:
        return _recipe_label(row.recipe)

    @admin.display(description="Mode", ordering="mode")
    def mode_chip(self, row: Rule) -> SafeString:
        return display.chip(row.get_mode_display(), row.mode)

    @admin.display(description="Version")
    def running(self, row: Rule) -> str:
        return f"v{row.version.number}" if row.version else "–"

    @admin.display(description="Changed", ordering="updated_at")
    def changed(self, row: Rule) -> SafeString | str:
        return display.when(row.updated_at, row.store.timezone)

    @admin.display(description="Client")
    def client_link(self, row: Rule) -> SafeString:
        return places.link(row.store)

    # --- The form -----------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        recipe = _recipe(request, obj)
        general = (None, {"fields": ["client_link" if obj else "store", "name"]})
        if not recipe or (obj and not self.has_change_permission(request, obj)):
            return (general,)
        return (general, (_recipe_label(recipe), {"fields": param_names(recipe)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Rule | None = None) -> list[str]:
        return ["client_link"]

    def get_form(
        self, request: HttpRequest, obj: Rule | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        recipe = _recipe(request, obj)
        if recipe and (obj is None or self.has_change_permission(request, obj)):
            kwargs["form"] = form_for(recipe)
        return super().get_form(request, obj, change, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        recipe = _recipe(request, None)
        if not recipe:
            return self._choose(request)
        label = _recipe_label(recipe)
        return super().add_view(request, form_url, {"title": f"New rule: {label}", **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        rule = self.get_object(request, object_id)
        panel = {"panel": _panel(rule, request)} if rule else {}
        return super().change_view(request, object_id, form_url, {**panel, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """The working copy; what runs is a version, and those change by switching the mode."""
        obj.save(update_fields=["name", "params", "updated_at"] if change else None)
        verb = "edited" if change else "added"
        audit.note(
            request,
            "rule_changed",
            f"{verb} the rule “{obj.name}”",
            store_id=obj.store_id,
            rule=obj.name,
            reference=f"rule:{obj.pk}",
            fields=[name.removeprefix(PREFIX) for name in form.changed_data],
        )

    def response_add(
        self, request: HttpRequest, obj: Rule, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to its page, where it is switched on."""
        self.message_user(request, f"“{obj.name}” is saved as a draft. Choose how it runs.")
        return HttpResponseRedirect(places.change_url(obj))

    def response_change(self, request: HttpRequest, obj: Rule) -> HttpResponse:
        """What is saved does not run yet: whoever saved it is told, where it can be published."""
        if not _is_behind(obj):
            return super().response_change(request, obj)
        told = f"“{obj.name}” is saved. What runs stays as it was until you publish the changes."
        self.message_user(request, told, messages.WARNING)
        return HttpResponseRedirect(places.change_url(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        """A rule that ever ran explains what happened; it can be paused or set back to draft."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.version_id is None)

    # --- Buttons ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.mode_view))
        return [path("<int:object_id>/mode/", view, name="rules_rule_mode"), *super().get_urls()]

    def mode_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule: Rule = self.object_to_change(request, str(object_id))
        try:
            published = publish.set_mode(
                rule, request.POST.get("mode", ""), now=timezone.now(), by=cast(User, request.user)
            )
        except ValidationError as error:
            self.message_user(request, publish.said(error), messages.ERROR)
        else:
            self._tell(request, rule, published)
        return HttpResponseRedirect(places.change_url(rule))

    def _tell(self, request: HttpRequest, rule: Rule, published: publish.Published) -> None:
        self.message_user(request, published.sentence(), messages.SUCCESS)
        if published.is_change:
            audit.note(
                request,
                "rule_changed",
                f"switched the rule “{rule.name}”: {published.sentence()}",
                store_id=rule.store_id,
                rule=rule.name,
                rule_version=rule.version.number if rule.version else None,
                reference=f"rule:{rule.pk}",
            )
            wake.after_commit("drain")

    def _choose(self, request: HttpRequest) -> HttpResponse:
        """First step of adding: which recipe."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "New rule",
            "opts": self.opts,
            "choices": [
                (slug, recipe.label, (recipe.__doc__ or "").partition("\n")[0])
                for slug, recipe in registry.all_recipes().items()
            ],
            "store": request.GET.get("store", ""),
        }
        return TemplateResponse(request, "admin/rules/rule/choose.html", context)


def _recipe(request: HttpRequest, obj: Rule | None) -> str:
    """The recipe whose form is meant, "" when there is none (yet, or any more)."""
    slug = obj.recipe if obj else request.GET.get("recipe", "")
    return slug if slug in registry.all_recipes() else ""


def _recipe_label(slug: str) -> str:
    known = registry.all_recipes().get(slug)
    return known.label if known else slug


def _panel(rule: Rule, request: HttpRequest) -> dict[str, Any]:
    sentence, problem = _said(rule.recipe, rule.params)
    versions = rule.versions.select_related("published_by").order_by("-number")[:VERSIONS]
    may_stop = stopping.may_stop(request, stopping.Target(rule.store, rule))
    return {
        "rule": rule,
        "stop_url": stopping.stop_url(rule=rule.pk) if may_stop else "",
        "sentence": sentence,
        "problem": problem,
        "chip": display.chip(rule.get_mode_display(), rule.mode),
        "choices": [
            Choice(mode, str(Rule.Mode(mode).label), meaning, mode == rule.mode)
            for mode, meaning in MEANING.items()
        ],
        "is_behind": _is_behind(rule),
        "versions": list(_versions(rule, versions)),
    }


def _versions(rule: Rule, versions: QuerySet[RuleVersion]) -> Iterator[dict[str, Any]]:
    zone = rule.store.timezone
    for version in versions:
        yield {
            "number": version.number,
            "is_current": version.pk == rule.version_id,
            "sentence": _said(version.recipe, version.params)[0],
            "published": display.when(version.published_at, zone),
            "by": version.published_by.get_username() if version.published_by else "",
            "live": display.when(version.live_at, zone) if version.live_at else "",
        }


def _said(recipe: str, values: Any) -> tuple[str, str]:
    """The rule in a sentence, or what keeps it from being read."""
    try:
        found = registry.recipe(recipe)
        return found.sentence(params.clean(found, values)), ""
    except LookupError as error:
        return "", str(error)
    except ValidationError as error:
        return "", publish.said(error)


def _is_behind(rule: Rule) -> bool:
    """Whether the form says something else than what runs."""
    if rule.version is None or rule.mode not in {Rule.Mode.LIVE, Rule.Mode.SHADOW}:
        return False
    try:
        return bool(publish.check(rule.recipe, rule.params) != rule.version.params)
    except ValidationError:
        return True
