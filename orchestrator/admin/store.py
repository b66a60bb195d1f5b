"""Clients: who they are, what they are connected to, who may see them."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from assessment.models import Assessment
from connectors.models import Connection, Store
from connectors.roles import Storefront
from orchestrator.admin import capabilities, display, places, scope, stopping
from orchestrator.admin.base import LabelledInline, PanelPage, PlainForm, ScopedAdmin
from orchestrator.models import Attention, RunLogEntry, Suppression
from rules.models import Rule

KEPT = ("keep_deliveries", "keep_events", "keep_run_log", "is_archived")


class StoreForm(PlainForm):
    timezone = forms.ChoiceField(
        choices=[(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        initial="UTC",
        label="Time zone",
        help_text="Times on this client's pages are shown in it.",
    )

    class Meta:
        model = Store
        fields = ("name", "slug", "platform", "currency", "timezone", "country", *KEPT)
        labels = {"slug": "Short name"}

    def clean_platform(self) -> str:
        """It names the shop system, so it cannot differ from the storefront that is connected."""
        platform: str = self.cleaned_data["platform"]
        rows = self.instance.connections.all() if self.instance.pk else ()
        wrong = [row.label for row in rows if row.role == Storefront.role and row.vendor != platform]
        if wrong:
            raise forms.ValidationError(f"This client's storefront connection is {wrong[0]}.")
        return platform


class StaffInline(LabelledInline):
    model = Store.staff.through
    verbose_name = "person"
    verbose_name_plural = "who may see this client"
    autocomplete_fields = ("user",)


LISTS = {"Run log": RunLogEntry, "Suppressions": Suppression, "Assessments": Assessment}


@admin.register(Store)
class StoreAdmin(PanelPage, ScopedAdmin):
    form = StoreForm
    list_display = ("name", "shop", "tools", "live_rules", "suppressed")
    list_filter = ("platform",)
    search_fields = ("name", "slug")
    search_help_text = "Name or short name"
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": ("name", "slug", "platform")}),
        ("Where they sell", {"fields": ("country", "currency", "timezone")}),
        ("How long things are kept", {"fields": KEPT}),
    )
    prepopulated_fields = {"slug": ("name",)}
    inlines = (StaffInline,)
    change_form_template = "admin/connectors/store/change_form.html"
    store_path = "pk"
    verbs = ("view", "add", "change")
    empty_list = "No client yet. Add one, or run “make demo” to see two at work."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        connections = Connection.objects.defer("sealed", "renewed", "account", "resources").order_by("vendor")
        live = Rule.objects.filter(store=OuterRef("pk"), mode=Rule.Mode.LIVE)
        silent = Suppression.objects.people().filter(store=OuterRef("pk"))
        rows: QuerySet[Store] = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("connections", connections)).annotate(
            live_count=_count(live, "pk"), silent_count=_count(silent, "subject")
        )

    @admin.display(description="Platform", ordering="platform")
    def shop(self, row: Store) -> str:
        return row.get_platform_display()

    @admin.display(description="Connections")
    def tools(self, row: Store) -> SafeString | str:
        rows = row.connections.all()
        return format_html_join(" ", "{}", [(display.chip(each.label, each.health),) for each in rows]) or "–"

    @admin.display(description="Live rules", ordering="live_count")
    def live_rules(self, row: Any) -> int:
        return int(row.live_count)

    @admin.display(description="Suppressed now", ordering="silent_count")
    def suppressed(self, row: Any) -> int:
        return int(row.silent_count)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Who may see what is for administrators to say."""
        return self.inlines if scope.is_administrator(request.user) else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Whoever adds a client may see it."""
        super().save_related(request, form, formsets, change)
        if not change and not scope.is_administrator(request.user):
            form.instance.staff.add(request.user)

    def response_add(
        self, request: HttpRequest, obj: Store, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to its page, where its tools are connected."""
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, f"{obj} is here. Connect the tools that they use.")
        return HttpResponseRedirect(places.change_url(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A client's ledger and run log are kept; they would go with it."""
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.capabilities_view)
        return [
            path("<int:object_id>/capabilities/", view, name="connectors_store_capabilities"),
            *super().get_urls(),
        ]

    def capabilities_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        store = self.object_or_404(request, str(object_id))
        if not self.has_view_permission(request, store):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"What the tools of {store} can do",
            "opts": self.opts,
            "original": store,
            **capabilities.page(store),
        }
        return TemplateResponse(request, "admin/connectors/store/capabilities.html", context)

    def panel_context(self, request: HttpRequest, row: Store) -> dict[str, Any]:
        return {"overview": _overview(row, request)}


def _overview(store: Store, request: HttpRequest) -> dict[str, Any]:
    may_stop = stopping.may_stop(request, stopping.Target(store))
    return {
        "stop_url": stopping.stop_url(store=store.pk) if may_stop else "",
        "connections": store.connections.all(),
        "rules": Rule.objects.filter(store=store).defer("params").order_by("name", "id"),
        "attention": Attention.objects.open().filter(store=store).order_by("since", "id")[:10],
        "links": [
            ("What its tools can do", reverse("admin:connectors_store_capabilities", args=[store.pk])),
            *(
                (label, places.list_url(model, client=store.pk))
                for label, model in LISTS.items()
                if scope.may_see(request.user, model)
            ),
        ],
    }


def _count(rows: QuerySet[Any], field: str) -> Coalesce:
    """How many different values, as a query of its own, so that several counts do not multiply."""
    grouped = rows.order_by().values("store").annotate(number=Count(field, distinct=True))
    return Coalesce(Subquery(grouped.values("number")), 0)
