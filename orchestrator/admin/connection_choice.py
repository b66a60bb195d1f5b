"""The first step of connecting a tool: which one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse

from connectors import registry
from connectors.models import Store
from connectors.roles import Storefront
from orchestrator.admin import places
from orchestrator.admin.base import ConsoleAdmin

ROLES = {
    "storefront": "Where customers buy",
    "helpdesk": "Where customers ask",
    "marketing": "Where customers are written to",
    "chat": "Where the team talks",
}


def page(admin: ConsoleAdmin, request: HttpRequest) -> TemplateResponse:
    if not admin.has_add_permission(request):
        raise PermissionDenied
    context = {
        **admin.admin_site.each_context(request),
        "title": "Connect a tool",
        "opts": admin.opts,
        **_choices(request),
    }
    return TemplateResponse(request, "admin/connectors/connection/choose.html", context)


def _choices(request: HttpRequest) -> dict[str, Any]:
    """Where the client is known: what it has leads to its page, and only its own shop system is offered."""
    key = request.GET.get("store", "")
    stores = (
        Store.objects.visible_to(request.user).filter(pk=key) if key.isdecimal() else Store.objects.none()
    )
    store = stores.first()
    there = {row.vendor: places.change_url(row) for row in store.connections.all()} if store else {}
    choices = [
        (slug, kind.label, ROLES.get(kind.role, kind.role), there.get(slug, ""))
        for slug, kind in registry.all_vendors().items()
        if store is None or kind.role != Storefront.role or slug in (store.platform, *there)
    ]
    return {"choices": choices, "store": key, "client": store}
