"""The admin site of the product: its name, its menu and its front page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone

from orchestrator.admin import dashboard, menu, operations, scope, stopping


class Console(admin.AdminSite):
    site_title = "Orchestrator"
    site_header = "Orchestrator"
    index_title = "Dashboard"
    site_url = None
    enable_nav_sidebar = False  # the task menu stands in for it

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            context["stops"] = stopping.banners(request)
            context["menu"] = list(menu.sections(self, request, scope.open_alarms(request)))
        return context

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [path("operations/", self.admin_view(self.operations), name="operations"), *super().get_urls()]

    def operations(self, request: HttpRequest) -> TemplateResponse:
        if not request.user.has_perm(menu.PAGES["operations"]):
            raise PermissionDenied
        context = {
            **self.each_context(request),
            "title": "Operations",
            "board": operations.build(request, timezone.now()),
        }
        return TemplateResponse(request, "admin/operations.html", context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        figures = dashboard.build(request.user, timezone.now())
        return super().index(request, {"dashboard": figures, **(extra_context or {})})

    def app_index(  # type: ignore[override]  # a redirect serves as well as a page
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The menu is by task, not by app: there is nothing to see here."""
        return redirect("admin:index")
