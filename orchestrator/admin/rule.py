"""Rules: what a client wants to happen, in a sentence, with its mode and its versions."""

from __future__ import annotations

from typing import Any, cast

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

from orchestrator.admin import (
    audit,
    display,
    places,
    rule_backtest,
    rule_copy,
    rule_panel,
    rule_people,
    rule_preview,
    rule_published,
    rule_setup,
    rule_versions,
)
from orchestrator.admin.base import PanelPage
from orchestrator.admin.filters import ClientFilter
from orchestrator.admin.rule_form import LIMITS, PREFIX, form_for, param_names
from orchestrator.admin.rule_lock import SEEN
from rules import publish, registry
from rules.models import Rule

LIMITS_TOLD = "A safety belt. It binds at once, without publishing, also for customers who are on their way."


class RecipeFilter(admin.SimpleListFilter):
    title = "recipe"
    parameter_name = "recipe"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return registry.recipe_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> QuerySet[Rule]:
        return queryset.filter(recipe=self.value()) if self.value() else queryset


@admin.register(Rule)
class RuleAdmin(
    PanelPage,
    rule_setup.SetUpButtons,
    rule_versions.VersionPages,
    rule_people.PeoplePages,
    rule_copy.CopyPages,
    rule_preview.PreviewPages,
    rule_backtest.BacktestPages,
):
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
        limits = {"fields": [*LIMITS, *([SEEN] if obj else [])], "description": LIMITS_TOLD}
        return (general, (_recipe_label(recipe), {"fields": param_names(recipe)}), ("Limits", limits))

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
        context = {
            "title": f"New rule: {_recipe_label(recipe)}",
            "preview_url": rule_preview.preview_url(recipe),
            "preview": publish.sentence(recipe, {})[0],
        }
        return super().add_view(request, form_url, {**context, **(extra_context or {})})

    def panel_context(self, request: HttpRequest, row: Rule) -> dict[str, Any]:
        context: dict[str, Any] = {"panel": rule_panel.panel(row, request)}
        if self.has_change_permission(request, row):
            context["preview_url"] = rule_preview.preview_url(_recipe(request, row))
        return context

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """The working copy; what runs is a version, and those change by switching the mode."""
        if rule_backtest.DRAFT in request.POST:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=["name", "params", *LIMITS, "updated_at"] if change else None)
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
        if rule_backtest.DRAFT in request.POST or not rule_panel.is_behind(obj):
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
        return [
            path("<int:object_id>/mode/", view, name="rules_rule_mode"),
            *self.set_up_urls(),
            *self.version_urls(),
            *self.people_urls(),
            *self.copy_urls(),
            *self.preview_urls(),
            *self.backtest_urls(),
            *super().get_urls(),
        ]

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
            rule_published.follow(rule, timezone.now())

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
