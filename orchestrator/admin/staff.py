"""Who works here: people, groups, and which clients each person sees. For administrators only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import ManyToManyField, Q
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.safestring import SafeString

from connectors.models import Store
from orchestrator.admin import display
from orchestrator.admin.base import AdministratorsOnly, LabelledInline, ReadOnlyAdmin, ScopedAdmin

admin.site.unregister([Group, User])


class ClientsInline(LabelledInline):
    model = Store.staff.through
    verbose_name = "client"
    verbose_name_plural = "clients this person may see"
    autocomplete_fields = ("store",)


class PermissionsField(ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    widget = CheckboxSelectMultiple

    def label_from_instance(self, permission: Permission) -> str:
        model = permission.content_type.model_class()
        assert model is not None  # it comes from the pages of the console
        verb = permission.codename.partition("_")[0]
        if verb == "change" and issubclass(type(admin.site._registry[model]), ReadOnlyAdmin):
            verb = "act on"
        return f"{model._meta.verbose_name_plural}: {verb}".capitalize()


@admin.register(User)
class PersonAdmin(AdministratorsOnly, UserAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    list_title = "Staff"
    list_display = ("username", "full_name", "role", "state", "last_seen")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "id")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    filter_horizontal = ()
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
    filter_horizontal = ()

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        """Only what a page of the console asks for, in its words."""
        asked = Q()
        for model, page in self.admin_site._registry.items():
            if isinstance(page, ScopedAdmin):
                name, type_ = model._meta.model_name, ContentType.objects.get_for_model(model)
                codenames = [f"{verb}_{name}" for verb in page.verbs]
                asked |= Q(content_type=type_, codename__in=codenames)
        rows = Permission.objects.filter(asked).select_related("content_type")
        return PermissionsField(
            queryset=rows.order_by("content_type__model", "codename"), required=False, label="May"
        )
