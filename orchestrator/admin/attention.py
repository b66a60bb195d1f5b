"""What needs a person: since when, and where to mend it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin import again, display, needs, places
from orchestrator.admin.audit import say
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter
from orchestrator.models import Attention
from orchestrator.models.attention import heeded, unheeded
from orchestrator.record import causes
from orchestrator.record.heeding import Snooze


class StateFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "Open", "heeded": "Acknowledged or snoozed", "cleared": "Cleared"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        if self.value() == "open":
            return queryset.filter(unheeded(now))
        if self.value() == "heeded":
            return queryset.filter(heeded(now))
        return queryset.filter(cleared_at__isnull=False) if self.value() == "cleared" else queryset


class CauseFilter(admin.SimpleListFilter):
    title = "cause"
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(causes.TITLES.items(), key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(code=self.value()) if self.value() else queryset


@admin.register(Attention)
class AttentionAdmin(ReadOnlyAdmin):
    list_title = "Needs attention, one by one"
    list_display = ("what", "client", "open_since", "last_seen", "known", "fix")
    list_display_links = None
    list_filter = (StateFilter, CauseFilter, ClientFilter)
    list_select_related = ("store", "connection")
    actions = ("acknowledge", "snooze_hour", "snooze_tomorrow", "snooze_week", "bring_back", "settle")
    verbs = ("view", "change")  # change: may start the action
    keyset_field = "since"
    empty_list = "Nothing needs a person right now."

    @admin.display(description="What")
    def what(self, row: Attention) -> str:
        return row.sentence

    @admin.display(description="Since")
    def open_since(self, row: Attention) -> SafeString | str:
        return display.when(row.since, row.store.timezone if row.store else "UTC")

    @admin.display(description="Last seen")
    def last_seen(self, row: Attention) -> SafeString | str:
        return display.when(row.cleared_at or row.seen_at, row.store.timezone if row.store else "UTC")

    @admin.display(description="Who knows")
    def known(self, row: Attention) -> SafeString | str:
        told = needs.heeded(row) if row.is_heeded(timezone.now()) else ""
        return told or "–"

    @admin.display(description="Where to mend it")
    def fix(self, row: Attention) -> SafeString:
        if row.cleared_at:
            return display.chip("Cleared", "ok")
        return format_html('<a href="{}">Open</a>', places.fix_url(row))

    @admin.action(description="Acknowledge", permissions=["operate"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        needs.carry_out(request, queryset, "acknowledge")

    @admin.action(description="Snooze for 1 hour", permissions=["operate"])
    def snooze_hour(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        needs.carry_out(request, queryset, Snooze.HOUR)

    @admin.action(description="Snooze until tomorrow, 09:00", permissions=["operate"])
    def snooze_tomorrow(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        needs.carry_out(request, queryset, Snooze.TOMORROW)

    @admin.action(description="Snooze for 1 week", permissions=["operate"])
    def snooze_week(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        needs.carry_out(request, queryset, Snooze.WEEK)

    @admin.action(description="Bring back what was acknowledged or snoozed", permissions=["operate"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        needs.carry_out(request, queryset, "back")

    @admin.action(description="Mark as dealt with", permissions=["operate"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        done = again.settle(queryset.values_list("pk", flat=True), timezone.now())
        say(request, "marked as dealt with", done, "alarm", "alarms")
