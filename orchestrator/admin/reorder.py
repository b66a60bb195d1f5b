"""Reorder drafts: what ran low, what to order of it, and how far that is."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from orchestrator.admin import audit, display, places
from orchestrator.admin.audit import say
from orchestrator.admin.base import ScopedAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter
from orchestrator.models import ReorderDraft
from orchestrator.record import reorders

State = ReorderDraft.State
OPEN = (State.CRITICAL, State.ORDER_NOW, State.ON_ORDER)


class StateFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "Not good yet", **dict(State.choices)}

    def conditions(self, value: str) -> dict[str, object]:
        return {"state__in": OPEN} if value == "open" else {"state": value}


@admin.register(ReorderDraft)
class ReorderDraftAdmin(ScopedAdmin):
    list_title = "Reorders"
    list_display = ("title", "sku", "client", "stock", "threshold", "supplier", "quantity", "chip", "since")
    list_filter = (StateFilter, ClientFilter)
    search_fields = ("title", "sku", "supplier")
    search_help_text = "Product, SKU or supplier"
    list_select_related = ("store",)
    ordering = ("-opened_at", "-id")
    fieldsets = (
        (None, {"fields": ("client_link", "product", "variant", "sku")}),
        ("To order", {"fields": ("supplier", "quantity", "state")}),
        ("Why", {"fields": ("stock", "threshold", "reckoning", "rule_link", "since", "recovered")}),
    )
    readonly_fields = (
        "client_link", "product", "stock", "threshold", "reckoning", "rule_link", "since", "recovered"
    )  # fmt: skip
    actions = ("put_on_order",)
    change_list_template = "admin/orchestrator/reorderdraft/change_list.html"
    verbs = ("view", "change")
    empty_list = "Nothing to reorder. Drafts appear here when a live rule of the recipe finds stock low."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ReorderDraft | None = None) -> bool:
        """It remembers that the fall was told."""
        return False

    @admin.display(description="Client")
    def client(self, row: ReorderDraft) -> str:
        return row.store.name

    @admin.display(description="Client")
    def client_link(self, row: ReorderDraft) -> SafeString:
        return places.link(row.store)

    @admin.display(description="Product")
    def product(self, row: ReorderDraft) -> str:
        return f"{row.title} ({row.reference})"

    @admin.display(description="Rule")
    def rule_link(self, row: ReorderDraft) -> SafeString | str:
        return places.link(row.rule) if row.rule else "–"

    @admin.display(description="State", ordering="state")
    def chip(self, row: ReorderDraft) -> SafeString:
        return display.chip(row.get_state_display(), row.state)

    @admin.display(description="Low since", ordering="opened_at")
    def since(self, row: ReorderDraft) -> SafeString | str:
        return display.when(row.opened_at, row.store.timezone)

    @admin.display(description="Recovered")
    def recovered(self, row: ReorderDraft) -> SafeString | str:
        return display.when(row.recovered_at, row.store.timezone)

    @admin.action(description="Put on order", permissions=["change"])
    def put_on_order(self, request: HttpRequest, queryset: QuerySet[ReorderDraft]) -> None:
        wanted = queryset.filter(recovered_at=None).exclude(state=State.ON_ORDER)
        done = dict(wanted.values_list("pk", "store_id"))
        ReorderDraft.objects.filter(pk__in=done).update(state=State.ON_ORDER)
        say(request, "put on order", list(done.values()), "draft", "drafts")

    def get_urls(self) -> list[URLPattern]:
        view = require_GET(self.admin_site.admin_view(self.export_view))
        return [path("export/", view, name="orchestrator_reorderdraft_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """What the filters leave, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_changelist_instance(request)
        filters = ", ".join(f"{name}={value}" for name, value in sorted(found.params.items()))
        audit.note(request, "reorders_exported", filters or "the open ones", store_id=None)
        answer = HttpResponse(reorders.csv(found.queryset), content_type="text/csv; charset=utf-8")
        name = f"reorders-{timezone.now():%Y-%m-%d-%H%M}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
