"""The kill switches in the console: what is stopped, a page that asks first, and the way back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from orchestrator.act import stops
from orchestrator.admin import display, places, stopping
from orchestrator.admin.base import PanelPage, ReadOnlyAdmin
from orchestrator.admin.filters import DefaultFilter
from orchestrator.models import Stop


class StopForm(forms.Form):
    because = forms.CharField(
        max_length=300, label="Why", help_text="Everybody who works here reads it, on every page."
    )


class ForceFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "In force", "lifted": "Lifted"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"lifted_at__isnull": value == "open"}


@admin.register(Stop)
class StopAdmin(PanelPage, ReadOnlyAdmin):
    list_title = "Stops"
    list_display = ("what", "why", "who", "began", "ended")
    list_filter = (ForceFilter,)
    list_select_related = ("store", "rule")
    ordering = ("-since", "-id")
    fields = ("what", "why", "who", "began", "ended")
    readonly_fields = fields
    change_form_template = "admin/orchestrator/stop/change_form.html"
    verbs = ()
    empty_list = "Nothing is stopped."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stop]:
        return stopping.visible(Stop.objects.all(), request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return stopping.may_see(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="What is stopped")
    def what(self, row: Stop) -> str:
        return row.scope[:1].upper() + row.scope[1:]

    @admin.display(description="Why")
    def why(self, row: Stop) -> str:
        return row.because

    @admin.display(description="Stopped by")
    def who(self, row: Stop) -> str:
        return row.by

    @admin.display(description="Since", ordering="since")
    def began(self, row: Stop) -> SafeString | str:
        return display.when(row.since)

    @admin.display(description="Lifted")
    def ended(self, row: Stop) -> SafeString | str:
        if row.lifted_at is None:
            return display.chip("In force", "failed")
        return format_html("{} by {}", display.when(row.lifted_at), row.lifted_by)

    def page_title(self, row: Any) -> str:
        return f"Stop of {row.scope}"

    def panel_context(self, request: HttpRequest, row: Stop) -> dict[str, Any]:
        if row.lifted_at is not None:
            return {}
        target = stopping.Target(row.store, row.rule)
        return {
            "waits": stopping.waits(target),
            "may_lift": stopping.may_stop(request, target),
            "scope": row.scope,
        }

    # --- Buttons ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        lift = require_POST(self.admin_site.admin_view(self.lift_view))
        return [
            path("new/", self.admin_site.admin_view(self.stop_view), name="orchestrator_stop_new"),
            path("<int:object_id>/lift/", lift, name="orchestrator_stop_lift"),
            *super().get_urls(),
        ]

    def stop_view(self, request: HttpRequest) -> HttpResponse:
        """GET says what will wait and asks why; POST stops it."""
        target = stopping.target(request)
        if not stopping.may_stop(request, target):
            raise PermissionDenied
        form = StopForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._stop(request, target, form.cleaned_data["because"])
        context = {
            **self.admin_site.each_context(request),
            "title": f"Stop {target.scope}",
            "opts": self.opts,
            "form": form,
            "target": target,
            "waits": stopping.waits(target),
        }
        return TemplateResponse(request, "admin/orchestrator/stop/new.html", context)

    def lift_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row: Stop = self.object_or_404(request, str(object_id))
        if not stopping.may_stop(request, stopping.Target(row.store, row.rule)):
            raise PermissionDenied
        if stops.lift(row, by=request.user.get_username(), now=timezone.now()):
            self.message_user(request, f"The stop of {row.scope} is lifted. What waited goes on.")
        else:
            self.message_user(request, "This stop was lifted already.", messages.WARNING)
        return HttpResponseRedirect(places.change_url(row))

    def _stop(self, request: HttpRequest, target: stopping.Target, because: str) -> HttpResponse:
        row = stops.stop(
            because=because,
            by=request.user.get_username(),
            now=timezone.now(),
            store=target.store,
            rule=target.rule,
        )
        if row is None:
            self.message_user(request, f"Stopped already: {target.scope}.", messages.WARNING)
            return HttpResponseRedirect(places.list_url(Stop))
        self.message_user(request, f"Stopped: {row.scope}. Nothing is sent until you lift it.")
        return HttpResponseRedirect(places.change_url(row))
