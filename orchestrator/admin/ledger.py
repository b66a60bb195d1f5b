"""The ledger of causes for silence, and what the vendors show of it."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import display, places
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter, ThroughConnection
from orchestrator.models import RunLogEntry, Suppression, VendorState
from orchestrator.record import places as words
from orchestrator.record import telling


class OpenFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "Open", "closed": "Closed"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"closed_at__isnull": value == "open"}


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("who", "client", "why", "rule", "opened", "ends")
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
        ("What happened", {"fields": ("history",)}),
    )
    keyset_field = "pk"
    empty_list = "Nobody is suppressed. Causes appear here when a live rule holds somebody."

    def page_title(self, row: Suppression) -> str:
        return row.told or row.subject

    def fields_for(self, term: str) -> tuple[str]:
        """One of the two, so that its index serves."""
        return ("subject",) if "@" in term else ("reference",)

    @admin.display(description="Who or what", ordering="subject")
    def who(self, row: Suppression) -> str:
        """A campaign is shown with why it is taken to feature the product."""
        return row.told or row.subject

    @admin.display(description="Client")
    def client(self, row: Suppression) -> str:
        return row.store.name

    @admin.display(description="Client")
    def client_link(self, row: Suppression) -> SafeString:
        return places.link(row.store)

    @admin.display(description="Rule")
    def rule_link(self, row: Suppression) -> SafeString:
        return places.link(row.rule)

    @admin.display(description="Why")
    def why(self, row: Suppression) -> SafeString:
        about = telling.thing(row.reference)
        return format_html('{} <small class="quiet">{}</small>', _words(row.cause), about)

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
        return display.chip("Open", "held")

    @admin.display(description="At the latest until")
    def held_until(self, row: Suppression) -> SafeString | str:
        return display.when(row.expires_at, row.store.timezone)

    @admin.display(description="Release planned for")
    def released(self, row: Suppression) -> SafeString | str:
        return display.when(row.release_at, row.store.timezone)

    @admin.display(description="Closed")
    def closed(self, row: Suppression) -> SafeString | str:
        return display.when(row.closed_at, row.store.timezone)

    @admin.display(description="Run log")
    def history(self, row: Suppression) -> SafeString:
        return format_html('<a href="{}">Run log</a>', places.list_url(RunLogEntry, q=row.subject))


class HoldFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"wanted": "Wanted now", "pending": "Pending", "lost": "Lost", "not_possible": "Not possible"}

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
        return f"{row.connection.label}, {words.name(row.key)}"

    @admin.display(description="Connection")
    def connection_link(self, row: VendorState) -> SafeString:
        return places.link(row.connection)

    @admin.display(description="Wanted")
    def wish(self, row: VendorState) -> str:
        return "Held" if row.wanted else "Released"

    @admin.display(description="There")
    def state_chip(self, row: VendorState) -> SafeString:
        return display.chip(row.get_state_display(), row.state)

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


def _words(slug: str) -> str:
    return slug.replace("_", " ").capitalize()
