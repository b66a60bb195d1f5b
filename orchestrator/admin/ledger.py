"""The ledger of causes for silence, and what the vendors show of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import display, held, places
from orchestrator.admin.base import PanelPage, ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter, ThroughConnection
from orchestrator.decide import lifting
from orchestrator.models import RunLogEntry, Suppression, VendorState
from orchestrator.record import telling
from rules import subjects


class LiftForm(forms.Form):
    because = forms.CharField(
        max_length=300, label="Why", help_text="It stands in the run log, with your name."
    )


class StuckFilter(DefaultFilter):
    """By state, or what a person should look at."""

    title = "state"
    parameter_name = "state"

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        if self.value() != "stuck":
            return super().queryset(request, queryset)
        stuck: QuerySet[Any] = queryset.stuck(timezone.now())
        return stuck


class OpenFilter(StuckFilter):
    options = {"open": "Open", "stuck": "Stuck", "closed": "Closed"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"closed_at__isnull": value == "open"}


@admin.register(Suppression)
class SuppressionAdmin(PanelPage, ReadOnlyAdmin):
    list_display = ("who", "client", "why", "opened", "ends", "there")
    list_filter = (OpenFilter, ClientFilter)
    search_fields = ("subject", "reference")
    search_help_text = "Whole e-mail address or reference"
    list_select_related = ("store", "rule")
    list_defer = ("rule__params",)
    fieldsets = (
        (None, {"fields": ("subject", "subject_kind", "told", "client_link", "why", "rule_link")}),
        (
            "When",
            {"fields": ("opened", "held_until", "released", "closed", "closed_because")},
        ),
        ("Where it is applied", {"fields": ("there",)}),
        ("What happened", {"fields": ("person", "history")}),
    )
    change_form_template = "admin/orchestrator/suppression/change_form.html"
    change_list_template = "admin/orchestrator/suppression/change_list.html"
    verbs = ("view", "change")  # change: may lift by hand
    keyset_field = "pk"
    empty_list = "Nobody is suppressed. Causes appear here when a live rule holds somebody."

    def page_title(self, row: Suppression) -> str:
        return row.told or row.subject

    def fields_for(self, term: str) -> tuple[str]:
        """One of the two, so that its index serves."""
        return ("subject",) if subjects.typed(term) else ("reference",)

    @admin.display(description="Who or what", ordering="subject")
    def who(self, row: Suppression) -> str:
        """A campaign is shown with why it is taken to feature the product."""
        return row.told or row.subject

    @admin.display(description="Why")
    def why(self, row: Suppression) -> SafeString:
        about = f"{telling.thing(row.reference)}; {row.rule.name}"
        return format_html('{} <small class="quiet wraps">{}</small>', _words(row.cause), about)

    @admin.display(description="Since")
    def opened(self, row: Suppression) -> SafeString | str:
        return display.when(row.opened_at, row.store.timezone)

    @admin.display(description="Until")
    def ends(self, row: Suppression) -> SafeString | str:
        """The first thing that ends it, as far as that is known."""
        if row.closed_at:
            told = display.when(row.closed_at, row.store.timezone)
            return format_html("{} {}", told, display.chip("Closed", "ok"))
        if row.release_at:
            return display.when(row.release_at, row.store.timezone)
        if row.expires_at is None:
            return display.chip("Open", "held")
        latest = display.when(row.expires_at, row.store.timezone)
        return format_html(
            '{} <small class="quiet wraps">{} at the latest</small>', display.chip("Open", "held"), latest
        )

    @admin.display(description="Where it is applied")
    def there(self, row: Suppression) -> SafeString | str:
        return held.told(row, timezone.now())

    @admin.display(description="At the latest until")
    def held_until(self, row: Suppression) -> SafeString | str:
        return display.when(row.expires_at, row.store.timezone)

    @admin.display(description="Release planned for")
    def released(self, row: Suppression) -> SafeString | str:
        return display.when(row.release_at, row.store.timezone)

    @admin.display(description="Closed")
    def closed(self, row: Suppression) -> SafeString | str:
        return display.when(row.closed_at, row.store.timezone)

    @admin.display(description="Everything about them")
    def person(self, row: Suppression) -> SafeString | str:
        return places.person(row.store_id, row.subject)

    @admin.display(description="Run log")
    def history(self, row: Suppression) -> SafeString:
        return format_html('<a href="{}">Run log</a>', places.list_url(RunLogEntry, q=row.subject))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return held.HeldChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        stuck = held.notice(self.get_queryset(request), request)
        return super().changelist_view(request, {**stuck, **(extra_context or {})})

    # --- Buttons ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        lift = self.admin_site.admin_view(self.lift_view)
        return [
            path("<int:object_id>/lift/", lift, name="orchestrator_suppression_lift"),
            *super().get_urls(),
        ]

    def panel_context(self, request: HttpRequest, row: Suppression) -> dict[str, Any]:
        may_lift = row.closed_at is None and self.has_operate_permission(request)
        return {"lift_url": places.lift_url(row) if may_lift else ""}

    def lift_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET says what it does and asks why; POST does it. What was typed stays when that fails."""
        row: Suppression = self.object_or_404(request, str(object_id))
        if not self.has_operate_permission(request):
            raise PermissionDenied
        form = LiftForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            by = request.user.get_username()
            try:
                is_done = lifting.lift(row, because=form.cleaned_data["because"], by=by, now=timezone.now())
            except lifting.Busy as busy:
                form.add_error(None, str(busy))
            else:
                told = "Lifted. The tool hears of it at once." if is_done else "It had ended already."
                self.message_user(request, told, messages.SUCCESS if is_done else messages.WARNING)
                return HttpResponseRedirect(_back(row))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Lift the hold of {self.page_title(row)}",
            "opts": self.opts,
            "page": row,
            "form": form,
            "row": row,
            "cause": telling.cause(row),
            "back": _back(row),
        }
        return TemplateResponse(request, "admin/orchestrator/suppression/lift.html", context)


class HoldFilter(StuckFilter):
    options = {
        "wanted": "Wanted now",
        "stuck": "Stuck",
        "pending": "Pending",
        "lost": "Lost",
        "not_possible": "Not possible",
    }

    def conditions(self, value: str) -> dict[str, object]:
        return {"wanted": True} if value == "wanted" else {"state": value}


@admin.register(VendorState)
class VendorStateAdmin(ReadOnlyAdmin):
    list_title = "Holds at the vendors"
    list_display = ("who", "client", "place", "wish", "state_chip", "because", "changed")
    list_filter = (HoldFilter, ThroughConnection)
    search_fields = ("subject",)
    search_help_text = "Whole e-mail address"
    list_select_related = ("connection__store",)
    list_defer = ("connection__sealed", "connection__account", "connection__resources")
    fieldsets = (
        (None, {"fields": ("subject", "connection_link", "key", "wish", "state_chip", "because")}),
        ("At the vendor", {"fields": ("seen", "shown_since", "prior", "restored", "vendor_id", "limits")}),
        ("Next try", {"fields": ("due", "attempts", "is_in_doubt", "receipt", "changed")}),
    )
    store_path = "connection__store"
    keyset_field = "pk"
    empty_list = "Nothing is held at a vendor."

    def page_title(self, row: VendorState) -> str:
        return self.who(row)

    @admin.display(description="Who or what", ordering="subject")
    def who(self, row: VendorState) -> str:
        """A campaign by its name, once it was read."""
        return str(row.kept.get("name") or row.subject)

    @admin.display(description="Client")
    def client(self, row: VendorState) -> str:
        return row.connection.store.name

    @admin.display(description="Where")
    def place(self, row: VendorState) -> str:
        return held.place(row)

    @admin.display(description="Connection")
    def connection_link(self, row: VendorState) -> SafeString:
        return places.link(row.connection)

    @admin.display(description="Wanted")
    def wish(self, row: VendorState) -> str:
        return "Held" if row.wanted else "Released"

    @admin.display(description="There")
    def state_chip(self, row: VendorState) -> SafeString:
        return held.chip(row, timezone.now())

    @admin.display(description="Since")
    def shown_since(self, row: VendorState) -> SafeString | str:
        return display.when(row.seen_at, row.connection.store.timezone)

    @admin.display(description="What to know")
    def limits(self, row: VendorState) -> str:
        return " ".join(telling.limits(row)) or "–"

    @admin.display(description="Next try")
    def due(self, row: VendorState) -> SafeString | str:
        return display.when(row.due_at, row.connection.store.timezone)

    @admin.display(description="Changed")
    def changed(self, row: VendorState) -> SafeString | str:
        return display.when(row.changed_at, row.connection.store.timezone)


def _back(row: Suppression) -> str:
    is_person = row.subject_kind == Suppression.SubjectKind.CUSTOMER
    return places.customer_url(row.store_id, row.subject) if is_person else places.change_url(row)


def _words(slug: str) -> str:
    return slug.replace("_", " ").capitalize()
