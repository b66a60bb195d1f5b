"""Who works here: people, groups, and which clients each person sees. For administrators only."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.utils.safestring import SafeString

from connectors.models import Store
from orchestrator.admin import display
from orchestrator.admin.base import AdministratorsOnly, PlainInline

admin.site.unregister([Group, User])


class ClientsInline(PlainInline):
    model = Store.staff.through
    verbose_name = "client"
    verbose_name_plural = "clients this person may see"
    autocomplete_fields = ("store",)
    extra = 0


@admin.register(User)
class PersonAdmin(AdministratorsOnly, UserAdmin):
    list_display = ("username", "full_name", "role", "state", "last_seen")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "id")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May do", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
    )
    inlines = (ClientsInline,)

    @admin.display(description="Name")
    def full_name(self, row: User) -> str:
        return row.get_full_name() or "–"

    @admin.display(description="Role", ordering="is_superuser")
    def role(self, row: User) -> str:
        return "Administrator" if row.is_superuser else "Staff" if row.is_staff else "No access"

    @admin.display(description="State", ordering="is_active")
    def state(self, row: User) -> SafeString:
        return display.chip("Active", "ok") if row.is_active else display.chip("Switched off")

    @admin.display(description="Last login", ordering="last_login")
    def last_seen(self, row: User) -> SafeString | str:
        return display.when(row.last_login)


@admin.register(Group)
class RoleAdmin(AdministratorsOnly, GroupAdmin):
    search_fields = ("name",)
    ordering = ("name", "id")
