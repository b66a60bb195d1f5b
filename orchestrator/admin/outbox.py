"""Effects on their way to the vendors: what waits, what is in doubt, what failed."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import again, display, places, readable, retrying
from orchestrator.admin.audit import say
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter
from orchestrator.models import OutboxAction, RunLogEntry
from orchestrator.record import telling


class StateFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "Not settled", "failed": "Failed", "done": "Done", "skipped": "Skipped"}

    def conditions(self, value: str) -> dict[str, object]:
        if value == "open":
            return {"settled_at__isnull": True}
        return {"state": value}


@admin.register(OutboxAction)
class OutboxActionAdmin(ReadOnlyAdmin):
    list_display = ("what", "client", "tool", "subject", "state_chip", "due", "why")
    list_filter = (StateFilter, ClientFilter)
    search_fields = ("subject",)
    search_help_text = "Whole e-mail address or telephone number"
    list_select_related = ("store", "connection", "rule")
    list_defer = (
        "change",
        "connection__sealed",
        "connection__account",
        "connection__resources",
        "rule__params",
    )
    fieldsets = (
        (None, {"fields": ("what", "connection_link", "person", "reference", "rule", "rule_version")}),
        ("State", {"fields": ("state_chip", "due", "attempts", "why", "settled", "history")}),
        ("What is sent", {"fields": ("told",)}),
    )
    actions = ("try_again",)
    change_list_template = "admin/orchestrator/outboxaction/change_list.html"
    verbs = ("view", "change")  # change: may start the action
    keyset_field = "pk"
    empty_list = "No action here. Effects of live rules wait on this page until the vendor took them."

    def get_fieldsets(self, request: HttpRequest, obj: OutboxAction | None = None) -> Any:
        """Whoever may not open the connection reads where it went, and is led nowhere."""
        if request.user.has_perm("connectors.view_connection"):
            return self.fieldsets
        (title, shown), *others = self.fieldsets
        fields = tuple("tool" if name == "connection_link" else name for name in shown["fields"])
        return ((title, {"fields": fields}), *others)

    def page_title(self, row: OutboxAction) -> str:
        return self.what(row)

    @admin.display(description="What")
    def what(self, row: OutboxAction) -> str:
        return telling.action(row)

    @admin.display(description="Where")
    def tool(self, row: OutboxAction) -> str:
        return row.connection.label

    @admin.display(description="Connection")
    def connection_link(self, row: OutboxAction) -> SafeString:
        return places.link(row.connection)

    @admin.display(description="Customer or subject")
    def person(self, row: OutboxAction) -> SafeString | str:
        return places.person(row.store_id, row.subject)

    @admin.display(description="State")
    def state_chip(self, row: OutboxAction) -> SafeString:
        return display.chip(row.get_state_display(), row.state)

    @admin.display(description="Due")
    def due(self, row: OutboxAction) -> SafeString | str:
        return display.when(row.due_at, row.store.timezone)

    @admin.display(description="Settled")
    def settled(self, row: OutboxAction) -> SafeString | str:
        return display.when(row.settled_at, row.store.timezone)

    @admin.display(description="Because")
    def why(self, row: OutboxAction) -> str:
        return row.because or "–"

    @admin.display(description="What is sent")
    def told(self, row: OutboxAction) -> SafeString | str:
        return readable.facts(json.loads(row.arguments or "{}"))

    @admin.display(description="Run log")
    def history(self, row: OutboxAction) -> SafeString:
        return format_html('<a href="{}">Run log</a>', places.list_url(RunLogEntry, q=row.trace))

    def get_urls(self) -> list[URLPattern]:
        causes = self.admin_site.admin_view(retrying.page)
        return [path("causes/", causes, name="orchestrator_outboxaction_causes"), *super().get_urls()]

    @admin.action(description="Try again, even what may have arrived", permissions=["operate"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxAction]) -> None:
        ids = queryset.values_list("pk", flat=True)
        done = again.send(ids, timezone.now(), by=request.user.get_username())
        say(request, "asked for another try of", done, "action", "actions")
