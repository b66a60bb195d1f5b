"""What was heard: raw deliveries and the events read from them; what could not be read comes first."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import again, display, places, readable
from orchestrator.admin.audit import say
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter, ThroughConnection
from orchestrator.models import Delivery, InboxEvent, RunLogEntry
from orchestrator.record import telling


class DeliveryFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"quarantined": "Needs attention", "new": "To be read", "read": "Read"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"state": value}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("received", "client", "tool", "state_chip", "problem", "history")
    list_filter = (DeliveryFilter, ThroughConnection)
    list_select_related = ("connection__store",)
    list_defer = (
        "headers",
        "body",
        "connection__sealed",
        "connection__account",
        "connection__resources",
    )
    fieldsets = (
        (None, {"fields": ("connection_link", "received", "state_chip", "problem", "attempts", "history")}),
        ("What came", {"fields": ("told",)}),
    )
    actions = ("read_again",)
    store_path = "connection__store"
    verbs = ("view", "change")  # change: may start the action
    keyset_field = "pk"
    empty_list = "No delivery here. Those that cannot be read are kept on this page."

    def page_title(self, row: Delivery) -> str:
        return f"Delivery from {row.connection.label}"

    @admin.display(description="Received")
    def received(self, row: Delivery) -> SafeString | str:
        return display.when(row.received_at, row.connection.store.timezone, seconds=True)

    @admin.display(description="Client")
    def client(self, row: Delivery) -> str:
        return row.connection.store.name

    @admin.display(description="From")
    def tool(self, row: Delivery) -> str:
        return row.connection.label

    @admin.display(description="Connection")
    def connection_link(self, row: Delivery) -> SafeString:
        return places.link(row.connection)

    @admin.display(description="State")
    def state_chip(self, row: Delivery) -> SafeString:
        return display.chip(row.get_state_display(), row.state)

    @admin.display(description="Problem")
    def problem(self, row: Delivery) -> str:
        return row.error or "–"

    @admin.display(description="Body")
    def told(self, row: Delivery) -> SafeString:
        return readable.body(bytes(row.body))

    @admin.display(description="Run log")
    def history(self, row: Delivery) -> SafeString:
        return _history(row.trace)

    @admin.action(description="Read again", permissions=["operate"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        done = again.read(queryset.values_list("pk", flat=True), timezone.now())
        say(request, "asked for another reading of", done, "delivery", "deliveries")


class EventFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {
        "aside": "Needs attention",
        "new": "To be decided",
        "reread": "To be read again",
        "done": "Decided",
    }

    def conditions(self, value: str) -> dict[str, object]:
        return {"state": value}


@admin.register(InboxEvent)
class InboxEventAdmin(ReadOnlyAdmin):
    list_display = ("received", "client", "what", "origin", "state_chip", "problem", "history")
    list_filter = (EventFilter, ClientFilter)
    list_select_related = ("store",)
    list_defer = ("body",)
    fieldsets = (
        (None, {"fields": ("client_link", "what", "origin", "received", "changed", "state_chip")}),
        ("Deciding", {"fields": ("problem", "attempts", "decided", "history")}),
        ("What came", {"fields": ("told",)}),
    )
    actions = ("decide_again",)
    verbs = ("view", "change")  # change: may start the action
    keyset_field = "pk"
    empty_list = "No event here. Those that cannot be decided are kept on this page."

    def page_title(self, row: InboxEvent) -> str:
        return self.what(row)

    @admin.display(description="Received")
    def received(self, row: InboxEvent) -> SafeString | str:
        return display.when(row.received_at, row.store.timezone, seconds=True)

    @admin.display(description="Changed at the vendor")
    def changed(self, row: InboxEvent) -> SafeString | str:
        return display.when(row.source_at, row.store.timezone, seconds=True)

    @admin.display(description="Decided")
    def decided(self, row: InboxEvent) -> SafeString | str:
        return display.when(row.decided_at, row.store.timezone, seconds=True)

    @admin.display(description="What")
    def what(self, row: InboxEvent) -> str:
        return telling.thing(f"{row.key.partition(':')[0]}:{row.kind}:{row.object_id}")

    @admin.display(description="State")
    def state_chip(self, row: InboxEvent) -> SafeString:
        return display.chip(row.get_state_display(), row.state)

    @admin.display(description="Problem")
    def problem(self, row: InboxEvent) -> str:
        return row.error or "–"

    @admin.display(description="Body")
    def told(self, row: InboxEvent) -> SafeString:
        return readable.body(bytes(row.body))

    @admin.display(description="Run log")
    def history(self, row: InboxEvent) -> SafeString:
        return _history(row.trace)

    @admin.action(description="Decide again", permissions=["operate"])
    def decide_again(self, request: HttpRequest, queryset: QuerySet[InboxEvent]) -> None:
        done = again.decide(queryset.values_list("pk", flat=True), timezone.now())
        say(request, "asked for another decision on", done, "event", "events")


def _history(trace: str) -> SafeString:
    return format_html('<a href="{}">Run log</a>', places.list_url(RunLogEntry, q=trace))
