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
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from orchestrator.admin import (
    customers,
    dashboard,
    menu,
    needs,
    operations,
    rollout,
    scope,
    second_factor,
    stopping,
    trying,
)


class Console(admin.AdminSite):
    site_title = "Orchestrator"
    site_header = "Orchestrator"
    index_title = "Dashboard"
    site_url = None
    enable_nav_sidebar = False  # the task menu stands in for it

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        """Where a code is to be shown first, nothing opens before that."""
        return super().has_permission(request) and not second_factor.where_to(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if place := second_factor.where_to(request.user):
            return redirect(f"{place}?{urlencode({'next': request.GET.get('next', '')})}")
        return super().login(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            context["stops"] = stopping.banners(request)
            context["menu"] = list(menu.sections(self, request, scope.unheeded_alarms(request)))
        return context

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The menu is by task: Django's list of all tables would be made for each page and shown on none."""
        return []

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [
            path("operations/", self.admin_view(self.operations), name="operations"),
            path("attention/", self.admin_view(require_GET(needs.page)), name="needs"),
            path("attention/heed/", self.admin_view(require_POST(needs.heed)), name="needs_heed"),
            path("customers/", self.admin_view(customers.search), name="customers"),
            path("customers/<int:store_id>/", self.admin_view(customers.customer), name="customer"),
            path("try/<int:rule_id>/", self.admin_view(require_GET(trying.page)), name="rule_try"),
            path("try/<int:rule_id>/scenario/", self.admin_view(trying.real), name="rule_scenario"),
            path("clients/<int:store_id>/set-up/", self.admin_view(rollout.page), name="rollout"),
            path("second-factor/", second_factor.settings_page, name="second_factor"),
            path("second-factor/code/", second_factor.ask, name="second_factor_code"),
            *super().get_urls(),
        ]

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
        now = timezone.now()
        board = {"dashboard": dashboard.build(request.user, now), **needs.shown(request, now)}
        return super().index(request, {**board, **(extra_context or {})})

    def app_index(  # type: ignore[override]  # a redirect serves as well as a page
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The menu is by task, not by app: there is nothing to see here."""
        return redirect("admin:index")
