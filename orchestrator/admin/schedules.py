"""What the beat ticks: how often, and whether at all. Tasks themselves are kept by the product."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)

from orchestrator.admin import display
from orchestrator.admin.base import AdministratorsOnly

for hidden in (
    AccessAttempt,
    AccessFailureLog,
    AccessLog,
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
):
    if admin.site.is_registered(hidden):
        admin.site.unregister(hidden)


@admin.register(PeriodicTask)
class ScheduleAdmin(AdministratorsOnly):
    """How often and whether at all is for staff to say; which tasks there are is not."""

    list_title = "Schedules"
    list_display = ("name", "state", "every", "last_run", "total_run_count")
    list_filter = ("enabled",)
    search_fields = ("name",)
    search_help_text = "Name of a schedule"
    list_select_related = ("interval", "crontab", "solar", "clocked")
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": ("enabled", "last_run")}),
        ("When", {"fields": ("interval", "crontab")}),
    )
    readonly_fields = ("last_run",)
    actions = ("switch_on", "switch_off")
    empty_list = "No schedule yet. They are made when the product starts."

    @admin.display(description="State", ordering="enabled")
    def state(self, row: PeriodicTask) -> SafeString:
        return display.chip("On", "ok") if row.enabled else display.chip("Off")

    @admin.display(description="How often")
    def every(self, row: PeriodicTask) -> str:
        return str(row.scheduler)

    @admin.display(description="Last run (UTC)", ordering="last_run_at")
    def last_run(self, row: PeriodicTask) -> SafeString | str:
        return display.when(row.last_run_at, seconds=True)

    @admin.action(description="Switch on")
    def switch_on(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        self._switch(request, queryset, is_on=True)

    @admin.action(description="Switch off")
    def switch_off(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        self._switch(request, queryset, is_on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[PeriodicTask], *, is_on: bool) -> None:
        count = queryset.update(enabled=is_on)
        PeriodicTasks.update_changed()
        self.message_user(request, f"Switched {'on' if is_on else 'off'}: {count}.")

    def get_form(
        self, request: HttpRequest, obj: PeriodicTask | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        labels = {"interval": "Every", "crontab": "At calendar times"}
        told = {"interval": "Set one of the two.", "crontab": "", "enabled": ""}
        return super().get_form(request, obj, change, labels=labels, help_texts=told, **kwargs)

    def page_title(self, row: PeriodicTask) -> str:
        return str(row.name)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PeriodicTask | None = None) -> bool:
        return False


@admin.register(IntervalSchedule)
class IntervalAdmin(AdministratorsOnly):
    list_display = ("__str__",)
    ordering = ("period", "every", "id")


@admin.register(CrontabSchedule)
class CrontabAdmin(AdministratorsOnly):
    list_display = ("__str__",)
    ordering = ("id",)
