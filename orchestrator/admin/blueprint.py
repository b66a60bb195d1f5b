"""Blueprints: one client's rules as a template for others, pushed with a look at what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.safestring import SafeString

from connectors.models import Store
from orchestrator import blueprints
from orchestrator.admin import blueprint_form, display, places, scope
from orchestrator.admin.base import PanelPage
from orchestrator.admin.blueprint_push import PushPages, differing
from orchestrator.models import Blueprint, BlueprintPush

PUSHES = 30  # shown


@admin.register(Blueprint)
class BlueprintAdmin(PanelPage, PushPages):
    list_display = ("name", "made_from", "count", "changed")
    search_fields = ("name",)
    search_help_text = "Name of a blueprint"
    list_select_related = ("source",)
    ordering = ("name", "id")
    autocomplete_fields = ("source",)
    change_form_template = "admin/orchestrator/blueprint/change_form.html"
    store_path = "source"
    empty_list = "No blueprint yet. Make one from a client whose rules work as you like them."

    @admin.display(description="Made from", ordering="source__name")
    def made_from(self, row: Blueprint) -> str:
        return row.source.name

    @admin.display(description="Made from")
    def source_link(self, row: Blueprint) -> SafeString:
        return places.link(row.source)

    @admin.display(description="Rules")
    def count(self, row: Blueprint) -> int:
        return len(row.rules)

    @admin.display(description="Changed", ordering="updated_at")
    def changed(self, row: Blueprint) -> SafeString | str:
        return display.when(row.updated_at)

    def get_fieldsets(self, request: HttpRequest, obj: Blueprint | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ["name", "source"]}),)
        general = (None, {"fields": ["name", "source_link"]})
        if not self.has_change_permission(request, obj):
            return (general,)
        return (general, *blueprint_form.fieldsets(blueprint_form.parts(obj)))

    def get_readonly_fields(self, request: HttpRequest, obj: Blueprint | None = None) -> list[str]:
        return ["source_link"]

    def get_form(
        self, request: HttpRequest, obj: Blueprint | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            kwargs["form"] = blueprint_form.form_for(blueprint_form.parts(obj))
        return super().get_form(request, obj, change, **kwargs)

    def panel_context(self, request: HttpRequest, row: Blueprint) -> dict[str, Any]:
        return {"panel": self._panel(request, row)}

    def save_model(self, request: HttpRequest, obj: Blueprint, form: Any, change: bool) -> None:
        """A new one takes the client's rules as they are; then staff say which belong to it."""
        blueprints.keep(obj, form.kept() if change else blueprints.parts_of(obj.source))
        super().save_model(request, obj, form, change)
        self.note(request, obj, "changed" if change else "made")

    def response_add(
        self, request: HttpRequest, obj: Blueprint, post_url_continue: str | None = None
    ) -> HttpResponse:
        told = f"“{obj}” holds the {len(obj.rules)} rules of {obj.source}. Say what each client keeps."
        self.message_user(request, told, messages.SUCCESS if obj.rules else messages.WARNING)
        return HttpResponseRedirect(places.change_url(obj))

    def response_change(self, request: HttpRequest, obj: Blueprint) -> HttpResponse:
        self.message_user(request, f"“{obj}” is saved. Nothing changes at any client before you push it.")
        return HttpResponseRedirect(places.change_url(obj))

    def delete_model(self, request: HttpRequest, obj: Blueprint) -> None:
        self.note(request, obj, "deleted")
        super().delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What was pushed goes with it; the rules stay as they are."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def get_urls(self) -> list[URLPattern]:
        return [*self.push_urls(), *super().get_urls()]

    def _panel(self, request: HttpRequest, blueprint: Blueprint) -> dict[str, Any]:
        pushes = scope.limit(BlueprintPush.objects.filter(blueprint=blueprint), "store", request.user)
        recent = list(pushes.select_related("store").order_by("-pushed_at", "-pk")[:PUSHES])
        has_it = pushes.filter(undone_at=None).values("store")
        stores = Store.objects.filter(pk__in=has_it).order_by("name", "pk")
        return {
            "blueprint": blueprint,
            "may_push": self.may_push(request, blueprint),
            "push_url": reverse("admin:orchestrator_blueprint_push", args=[blueprint.pk]),
            "deviating": differing(blueprint, stores),
            "clients": len(stores),
            "pushes": list(_pushes(recent)),
        }


def _pushes(rows: list[BlueprintPush]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "pk": row.pk,
            "store": row.store,
            "at": display.when(row.pushed_at, row.store.timezone),
            "by": row.pushed_by,
            "rules": ", ".join(change["name"] for change in row.changes),
            "undone": display.when(row.undone_at, row.store.timezone) if row.undone_at else "",
        }
