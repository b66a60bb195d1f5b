"""What the beat ticks: how often, and whether at all. Tasks themselves are kept by the product."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
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
class ScheduleAdmin(AdministratorsOnly, PeriodicTaskAdmin):  # type: ignore[misc]  # untyped package
    list_display = ("name", "state", "every", "last_run", "total_run_count")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    date_hierarchy = None
    list_select_related = ("interval", "crontab")
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": ("name", "regtask", "task", "enabled", "description")}),
        ("When", {"fields": ("interval", "crontab", "start_time", "one_off")}),
        (
            "Details",
            {"fields": ("args", "kwargs", "queue", "priority", "expire_seconds"), "classes": ("collapse",)},
        ),
    )
    readonly_fields = ()
    autocomplete_fields = ()
    actions = ("enable_tasks", "disable_tasks")
    change_form_template = None  # the package's own carries a script in the page
    change_list_template = None
    empty_list = "No schedule yet. They are made when the product starts."

    @admin.display(description="State", ordering="enabled")
    def state(self, row: PeriodicTask) -> SafeString:
        return display.chip("On", "ok") if row.enabled else display.chip("Off")

    @admin.display(description="How often")
    def every(self, row: PeriodicTask) -> str:
        return str(row.interval or row.crontab or "–")

    @admin.display(description="Last run", ordering="last_run_at")
    def last_run(self, row: PeriodicTask) -> SafeString | str:
        return display.when(row.last_run_at, seconds=True)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request)


@admin.register(IntervalSchedule)
class IntervalAdmin(AdministratorsOnly):
    list_display = ("__str__",)
    ordering = ("period", "every", "id")


@admin.register(CrontabSchedule)
class CrontabAdmin(AdministratorsOnly):
    list_display = ("__str__",)
    ordering = ("id",)
