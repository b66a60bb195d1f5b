"""Connections: a client's accounts at the vendors, their health, and what to do about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from connectors import connect, registry, targets
from connectors.errors import VendorError
from connectors.limits import Use
from connectors.models import Connection
from orchestrator.admin import audit, connection_holds, display, history, places, waiting
from orchestrator.admin.connection_form import PREFIX, credential_names, form_for
from orchestrator.admin.filters import ClientFilter
from orchestrator.intake import integrations
from orchestrator.models import Delivery, InboxEvent, OutboxAction, VendorState
from orchestrator.record import health

ROLES = {
    "storefront": "Where customers buy",
    "helpdesk": "Where customers ask",
    "marketing": "Where customers are written to",
    "chat": "Where the team talks",
}


class VendorFilter(admin.SimpleListFilter):
    title = "tool"
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return registry.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Connection]) -> QuerySet[Connection]:
        return queryset.filter(vendor=self.value()) if self.value() else queryset


@admin.register(Connection)
class ConnectionAdmin(connection_holds.HoldButtons):
    list_display = ("account_of", "tool", "state", "found", "since", "heard")
    list_filter = ("health", VendorFilter, ClientFilter)
    search_fields = ("store__name", "store__slug")
    search_help_text = "Name of a client"
    list_select_related = ("store",)
    list_defer = ("sealed", "renewed", "account", "resources")
    ordering = ("store__name", "vendor", "id")
    autocomplete_fields = ("store",)
    change_form_template = "admin/connectors/connection/change_form.html"
    empty_list = "No connection yet. Add one for each tool that a client uses."

    @admin.display(description="Client", ordering="store__name")
    def account_of(self, row: Connection) -> str:
        return row.store.name

    @admin.display(description="Tool", ordering="vendor")
    def tool(self, row: Connection) -> str:
        return row.label

    @admin.display(description="Health", ordering="health")
    def state(self, row: Connection) -> SafeString:
        return health_chips(row)

    @admin.display(description="Found")
    def found(self, row: Connection) -> str:
        return row.finding or ("Works." if row.health == Connection.Health.HEALTHY else "–")

    @admin.display(description="Since")
    def since(self, row: Connection) -> SafeString | str:
        return display.when(row.failing_since or row.healthy_at, row.store.timezone)

    @admin.display(description="Last webhook")
    def heard(self, row: Connection) -> SafeString | str:
        return display.when(row.heard_at, row.store.timezone)

    @admin.display(description="Client")
    def client(self, row: Connection) -> SafeString:
        return places.link(row.store)

    # --- The form -----------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        vendor = _vendor(request, obj)
        general: list[str] = ["client" if obj else "store", "is_enabled", "poll_every", "share"]
        if not vendor or (obj and not self.has_change_permission(request, obj)):
            return ((None, {"fields": general}),)
        sets: list[Any] = [
            (None, {"fields": general}),
            ("Credentials", {"fields": credential_names(vendor)}),
        ]
        if settings.ALLOW_LOOPBACK_VENDORS or (obj and obj.api_root):
            sets.append(("Sandbox", {"fields": ["api_root"]}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> list[str]:
        """Credentials are sealed to their client, so a connection never moves."""
        return ["client"]

    def get_form(
        self, request: HttpRequest, obj: Connection | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        vendor = _vendor(request, obj)
        if vendor and (obj is None or self.has_change_permission(request, obj)):
            kwargs["form"] = form_for(vendor)
        return super().get_form(request, obj, change, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        vendor = _vendor(request, None)
        if not vendor:
            return self._choose(request)
        label = registry.vendor_class(vendor).label
        return super().add_view(request, form_url, {"title": f"Connect {label}", **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        connection = self.get_object(request, object_id)
        panel = {"panel": _panel(connection)} if connection else {}
        return super().change_view(request, object_id, form_url, {**panel, **(extra_context or {})})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What was saved is tried out at once, after the transaction: no call is made inside one."""
        response = super().changeform_view(request, *args, **kwargs)
        if saved := getattr(request, "saved_connection", None):
            self._try_out(request, saved)
        return response

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        """Only what the form shows is written: workers keep the rest up to date meanwhile."""
        obj.seal(form.given())
        fields = [name for name in form.cleaned_data if not name.startswith(PREFIX)]
        obj.save(update_fields=[*fields, "sealed"] if change else None)
        verb = "changed" if change else "added"
        audit.note(
            request,
            "connection_changed",
            f"{verb} the connection to {obj.label}",
            store_id=obj.store_id,
            vendor=obj.vendor,
            reference=f"connection:{obj.pk}",
            fields=[str(form.fields[name].label) for name in form.changed_data],
        )
        request.saved_connection = obj  # type: ignore[attr-defined]  # read by changeform_view

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        """What was heard and done is kept, so only a connection that was never used can go."""
        return super().has_delete_permission(request, obj) and (obj is None or not _is_used(obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Open alarms go with an unused connection; nobody needs a permission of its own for them."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    # --- Buttons ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        buttons = {
            "test": self.test_view,
            "webhooks": self.webhooks_view,
            "hold-list": self.hold_list_view,
            "history-again": self.history_again_view,
            "recipients": self.recipients_view,
        }
        return [
            path(
                f"<int:object_id>/{name}/",
                require_POST(self.admin_site.admin_view(view)),
                name=f"connectors_connection_{name}",
            )
            for name, view in buttons.items()
        ] + super().get_urls()

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection: Connection = self.object_to_change(request, str(object_id))
        self._try_out(request, connection)
        return HttpResponseRedirect(places.change_url(connection))

    def webhooks_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection: Connection = self.object_to_change(request, str(object_id))
        now = timezone.now()
        try:
            states = integrations.ensure(connection, now)
        except VendorError as error:
            health.fails(connection, error, now)
            self.message_user(request, error.sentence, messages.ERROR)
        else:
            active = sum(each.is_active for each in states)
            told = f"{active} of {len(states)} webhooks at {connection.label} are active."
            self.message_user(request, told, messages.SUCCESS if states else messages.WARNING)
        return HttpResponseRedirect(places.change_url(connection))

    def history_again_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection: Connection = self.object_to_change(request, str(object_id))
        self.message_user(request, history.read_again(request, connection, timezone.now()))
        return HttpResponseRedirect(places.change_url(connection))

    def _try_out(self, request: HttpRequest, connection: Connection) -> None:
        """One real call; its answer is shown and remembered as the connection's health."""
        now = timezone.now()
        try:
            account = connect.open(connection, use=Use.ASKED).account()
        except VendorError as error:
            health.fails(connection, error, now)
            self.message_user(request, error.sentence, messages.ERROR)
            return
        health.works(connection, now, account)
        level = messages.WARNING if account.missing_scopes else messages.SUCCESS
        self.message_user(request, connection.finding, level)

    def _choose(self, request: HttpRequest) -> HttpResponse:
        """First step of adding: which tool."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Connect a tool",
            "opts": self.opts,
            "choices": [
                (slug, kind.label, ROLES.get(kind.role, kind.role))
                for slug, kind in registry.all_vendors().items()
            ],
            "store": request.GET.get("store", ""),
        }
        return TemplateResponse(request, "admin/connectors/connection/choose.html", context)


def health_chips(row: Connection) -> SafeString:
    chips = [display.chip(row.get_health_display(), row.health)]
    if not row.is_enabled:
        chips.append(display.chip("Switched off"))
    if is_sandbox(row):
        chips.append(display.chip("Sandbox", "would"))
    return mark_safe(" ".join(chips))  # noqa: S308  # each chip escaped its own words


def is_sandbox(row: Connection) -> bool:
    return bool(row.api_root) and targets.is_loopback(urlsplit(row.api_root).hostname or "")


def _vendor(request: HttpRequest, obj: Connection | None) -> str:
    """The vendor whose form is meant, "" when there is none (yet, or any more)."""
    slug = obj.vendor if obj else request.GET.get("vendor", "")
    return slug if slug in registry.all_vendors() else ""


def _panel(connection: Connection) -> dict[str, Any]:
    known = registry.all_vendors().get(connection.vendor)
    return {
        "connection": connection,
        "chips": health_chips(connection),
        "since": display.when(connection.failing_since or connection.healthy_at, connection.store.timezone),
        "checked": display.when(connection.checked_at, connection.store.timezone),
        "heard": display.when(connection.heard_at, connection.store.timezone),
        "hooks": integrations.address(connection) if known and known.has_webhooks else "",
        "token_until": display.when(connection.renewed_until, connection.store.timezone),
        "can_import": history.can_import(connection),
        "history": history.lines(connection),
        **connection_holds.panel(connection),
        **waiting.panel(connection, timezone.now()),
    }


def _is_used(connection: Connection) -> bool:
    kept = (Delivery, InboxEvent, OutboxAction, VendorState)
    return any(model.objects.filter(connection=connection).exists() for model in kept)
