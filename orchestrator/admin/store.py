"""Clients: who they are, what they are connected to, who may see them."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from assessment.models import Assessment
from connectors.models import Connection, Store
from connectors.roles import Storefront
from orchestrator.admin import display, places, stopping
from orchestrator.admin.base import LabelledInline, PlainForm, ScopedAdmin
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


@admin.register(Store)
class StoreAdmin(ScopedAdmin):
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
        people = Suppression.SubjectKind.CUSTOMER
        silent = Suppression.objects.open().filter(store=OuterRef("pk"), subject_kind=people)
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
        return self.inlines if request.user.is_superuser else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Whoever adds a client may see it."""
        super().save_related(request, form, formsets, change)
        if not change and not request.user.is_superuser:
            form.instance.staff.add(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A client's ledger and run log are kept; they would go with it."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        store = self.get_object(request, object_id)
        overview = {"overview": _overview(store, request)} if store else {}
        return super().change_view(request, object_id, form_url, {**overview, **(extra_context or {})})


def _overview(store: Store, request: HttpRequest) -> dict[str, Any]:
    may_stop = stopping.may_stop(request, stopping.Target(store))
    return {
        "stop_url": stopping.stop_url(store=store.pk) if may_stop else "",
        "connections": store.connections.all(),
        "rules": Rule.objects.filter(store=store).defer("params").order_by("name", "id"),
        "attention": Attention.objects.open().filter(store=store).order_by("since", "id")[:10],
        "links": [
            ("Run log", places.list_url(RunLogEntry, client=store.pk)),
            ("Suppressions", places.list_url(Suppression, client=store.pk)),
            ("Assessments", places.list_url(Assessment, client=store.pk)),
        ],
    }


def _count(rows: QuerySet[Any], field: str) -> Coalesce:
    """How many different values, as a query of its own, so that several counts do not multiply."""
    grouped = rows.order_by().values("store").annotate(number=Count(field, distinct=True))
    return Coalesce(Subquery(grouped.values("number")), 0)
