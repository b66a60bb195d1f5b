"""Who works here: people, groups, and which clients each person sees. For administrators only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, ManyToManyField, OuterRef, Q, QuerySet
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from connectors.models import ADMINISTER, Store
from orchestrator import roles
from orchestrator.admin import display, places, second_factor
from orchestrator.admin.base import AdministratorsOnly, LabelledInline, ReadOnlyAdmin, ScopedAdmin
from orchestrator.models import SecondFactor

admin.site.unregister([Group, User])

TOLD = {ADMINISTER: "Everything, for every client", roles.SIGNS_WEEKS: "Weekly reviews: sign off"}


class ClientsInline(LabelledInline):
    model = Store.staff.through
    verbose_name = "client"
    verbose_name_plural = "clients this person may see"
    autocomplete_fields = ("store",)


class PermissionsField(ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    widget = CheckboxSelectMultiple

    def label_from_instance(self, permission: Permission) -> str:
        return _label(permission)


@admin.register(User)
class PersonAdmin(AdministratorsOnly, UserAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    list_title = "Staff"
    list_display = ("username", "full_name", "role", "state", "factor", "last_seen")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username", "id")
    empty_list = "Nobody of that kind."
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    filter_horizontal = ()
    inlines = (ClientsInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factor = SecondFactor.objects.filter(user=OuterRef("pk"))
        rows: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return rows.annotate(has_factor=Exists(factor))

    @admin.display(description="Second factor", boolean=True)
    def factor(self, row: Any) -> bool:
        return bool(row.has_factor)

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.factor_view))
        return [path("<int:object_id>/second-factor/", view, name="auth_user_factor"), *super().get_urls()]

    def factor_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        person = self.object_to_change(request, str(object_id))
        self.message_user(request, second_factor.reset(request, person))
        return HttpResponseRedirect(places.change_url(person))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Superusers are made by superusers: no administrator takes the installation over."""
        return () if request.user.is_superuser else ("is_superuser",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_below(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_below(request, obj)

    @admin.display(description="Name")
    def full_name(self, row: User) -> str:
        return row.get_full_name() or "–"

    @admin.display(description="Role", ordering="is_superuser")
    def role(self, row: User) -> str:
        if row.is_superuser or not row.is_staff:
            return "Superuser" if row.is_superuser else "No access"
        return ", ".join(sorted(group.name for group in row.groups.all())) or "None yet"

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
    list_display = ("name", "told")
    filter_horizontal = ()

    @admin.display(description="For")
    def told(self, row: Group) -> str:
        role = roles.BY_NAME.get(row.name)
        return role.told if role else "A group of your own."

    @admin.display(description="May")
    def may(self, row: Group) -> SafeString:
        rows = row.permissions.select_related("content_type").order_by("content_type__model", "codename")
        return format_html_join("", "{}<br>", ((_label(each),) for each in rows))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "told", "may") if _is_role(obj) else ("name", "permissions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("told", "may")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Roles are the product's: what they may is put back with each upgrade."""
        return super().has_change_permission(request, obj) and not _is_role(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_role(obj)

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
        app, _, signs = roles.SIGNS_WEEKS.partition(".")
        asked |= Q(content_type__app_label=app, codename=signs)
        rows = Permission.objects.filter(asked).select_related("content_type")
        return PermissionsField(
            queryset=rows.order_by("content_type__model", "codename"), required=False, label="May"
        )


def _is_below(request: HttpRequest, person: Any) -> bool:
    return person is None or request.user.is_superuser or not person.is_superuser


def _is_role(group: Any) -> bool:
    return group is not None and group.name in roles.BY_NAME


def _label(permission: Permission) -> str:
    """In the words of the console."""
    told = TOLD.get(f"{permission.content_type.app_label}.{permission.codename}")
    if told:
        return told
    model = permission.content_type.model_class()
    assert model is not None  # it comes from the pages of the console
    verb = permission.codename.partition("_")[0]
    if verb == "change" and isinstance(admin.site._registry[model], ReadOnlyAdmin):
        verb = "act on"
    return f"{model._meta.verbose_name_plural}: {verb}".capitalize()
