"""What needs a person: since when, and where to mend it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import again, display, places
from orchestrator.admin.audit import say
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter
from orchestrator.models import Attention


class OpenFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "Open", "cleared": "Cleared"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"cleared_at__isnull": value == "open"}


@admin.register(Attention)
class AttentionAdmin(ReadOnlyAdmin):
    list_display = ("what", "client", "open_since", "last_seen", "fix")
    list_display_links = None
    list_filter = (OpenFilter, ClientFilter)
    list_select_related = ("store", "connection")
    actions = ("settle",)
    verbs = ("view", "change")  # change: may start the action
    keyset_field = "since"
    empty_list = "Nothing needs a person right now."

    @admin.display(description="What")
    def what(self, row: Attention) -> str:
        return row.sentence

    @admin.display(description="Client")
    def client(self, row: Attention) -> str:
        return row.store.name if row.store else "–"

    @admin.display(description="Since")
    def open_since(self, row: Attention) -> SafeString | str:
        return display.when(row.since, row.store.timezone if row.store else "UTC")

    @admin.display(description="Last seen")
    def last_seen(self, row: Attention) -> SafeString | str:
        return display.when(row.cleared_at or row.seen_at, row.store.timezone if row.store else "UTC")

    @admin.display(description="Where to mend it")
    def fix(self, row: Attention) -> SafeString:
        if row.cleared_at:
            return display.chip("Cleared", "ok")
        return format_html('<a href="{}">Open</a>', places.fix_url(row))

    @admin.action(description="Mark as dealt with", permissions=["operate"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        done = again.settle(queryset.values_list("pk", flat=True), timezone.now())
        say(self, request, "marked as dealt with", done, "alarm", "alarms")
