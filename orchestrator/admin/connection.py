"""Connections: a client's accounts at the vendors, their health, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from connectors import registry, stand_in
from connectors.models import Connection
from orchestrator.admin import (
    audit,
    connection_choice,
    connection_holds,
    connection_steps,
    connection_trial,
    display,
    history,
    places,
    waiting,
)
from orchestrator.admin.base import PanelPage
from orchestrator.admin.connection_buttons import Buttons
from orchestrator.admin.connection_form import (
    ANYWAY,
    OPTION,
    PREFIX,
    credential_names,
    form_for,
    option_names,
    stored_credentials,
)
from orchestrator.admin.connection_trial import Trial
from orchestrator.admin.filters import ClientFilter
from orchestrator.intake import integrations
from orchestrator.models import Delivery, InboxEvent, OutboxAction, VendorState
from orchestrator.record import lacks, rotation


class VendorFilter(admin.SimpleListFilter):
    title = "tool"
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return registry.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Connection]) -> QuerySet[Connection]:
        return queryset.filter(vendor=self.value()) if self.value() else queryset


@admin.register(Connection)
class ConnectionAdmin(PanelPage, Buttons):
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
        client, rest = "client" if obj else "store", ["is_enabled", "poll_every", "share"]
        if not vendor or (obj and not self.has_change_permission(request, obj)):
            return ((None, {"fields": [client, *rest]}),)
        sets: list[Any] = [
            (None, {"fields": [client]}),
            ("Credentials", {"fields": credential_names(vendor)}),
            ("How it runs", {"fields": rest, "classes": [] if obj else ["collapse"]}),
        ]
        if options := option_names(vendor):
            sets.append(("What is called what there", {"fields": options}))
        if settings.ALLOW_LOOPBACK_VENDORS or (obj and obj.api_root):
            sets.append(("Sandbox", {"fields": ["api_root"]}))
        if _trial(request).refusal:
            sets.insert(0, ("These were not stored", {"fields": [ANYWAY]}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> list[str]:
        """Credentials are sealed to their client, so a connection never moves."""
        return ["client"]

    def get_form(
        self, request: HttpRequest, obj: Connection | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        vendor = _vendor(request, obj)
        if vendor and (obj is None or self.has_change_permission(request, obj)):
            kwargs["form"] = form_for(vendor, _trial(request).refusal)
        return super().get_form(request, obj, change, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        vendor = _vendor(request, None)
        if not vendor:
            return connection_choice.page(self, request)
        kind = registry.vendor_class(vendor)
        context = {"title": f"Connect {kind.label}", "tool": kind.label, "keys_at": _keys_at(vendor, {})}
        return super().add_view(request, form_url, {**context, **(extra_context or {})})

    def panel_context(self, request: HttpRequest, row: Connection) -> dict[str, Any]:
        return {"panel": _panel(row, request)}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What was saved is tried out at once, after the transaction: no call is made inside one.

        What would take the place of credentials that work is tried before it is saved.
        """
        object_id = args[0] if args else kwargs.get("object_id")
        if request.method == "POST" and object_id and ANYWAY not in request.POST:
            request.trial = self._tried(request, object_id)  # type: ignore[attr-defined]  # read by _trial
        response = super().changeform_view(request, *args, **kwargs)
        if saved := getattr(request, "saved_connection", None):
            self.try_out(request, saved)
            if not object_id or (saved.webhooks_checked_at and _trial(request).row):
                self.begin(request, saved)
        return response

    def _tried(self, request: HttpRequest, object_id: str) -> Trial:
        stored, row = (self.get_object(request, object_id) for _ in range(2))
        if not (stored and row and _vendor(request, stored)) or stored.health != Connection.Health.HEALTHY:
            return Trial()
        if not self.has_change_permission(request, stored):
            return Trial()
        form = self.get_form(request, row, change=True)(request.POST, instance=row)
        return connection_trial.of(form, stored) if form.is_valid() else Trial()

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        """Only what the form shows is written: workers keep the rest up to date meanwhile."""
        obj.replace(form.given(), timezone.now())
        obj.options = form.options()
        fields = [name for name in form.cleaned_data if not name.startswith((PREFIX, OPTION, ANYWAY))]
        fields += ["sealed", "rotated_at", "options"]
        if (tried := _trial(request).row) and tried.renewed != obj.renewed:
            obj.renewed, obj.renewed_until = tried.renewed, tried.renewed_until
            fields += ["renewed", "renewed_until"]
        obj.save(update_fields=fields if change else None)
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

    def response_add(
        self, request: HttpRequest, obj: Connection, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to its page: what came of it, and what is next."""
        return HttpResponseRedirect(places.change_url(obj))

    def response_change(self, request: HttpRequest, obj: Connection) -> HttpResponse:
        return HttpResponseRedirect(places.change_url(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        """What was heard and done is kept, so only a connection that was never used can go."""
        return super().has_delete_permission(request, obj) and (obj is None or not _is_used(obj))

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        super().delete_model(request, obj)
        lacks.look(obj.store, timezone.now())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Open alarms go with an unused connection; nobody needs a permission of its own for them."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    # --- Buttons ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [*self.button_urls(), *super().get_urls()]


def health_chips(row: Connection) -> SafeString:
    chips = [display.chip(row.get_health_display(), row.health)]
    if not row.is_enabled:
        chips.append(display.chip("Switched off"))
    if stand_in.is_sandbox(row):
        chips.append(display.chip("Sandbox", "would"))
    return mark_safe(" ".join(chips))  # noqa: S308  # each chip escaped its own words


def _vendor(request: HttpRequest, obj: Connection | None) -> str:
    """The vendor whose form is meant, "" when there is none (yet, or any more)."""
    slug = obj.vendor if obj else request.GET.get("vendor", "")
    return slug if slug in registry.all_vendors() else ""


def _trial(request: HttpRequest) -> Trial:
    """What came of trying the credentials that this request brings."""
    tried: Trial = getattr(request, "trial", None) or Trial()
    return tried


def _keys_at(vendor: str, credentials: Mapping[str, str]) -> str:
    """The vendor's page with the keys, "" while it is not known whose."""
    try:
        return registry.vendor_class(vendor).keys_at.format_map(credentials)
    except KeyError:
        return ""


def _panel(connection: Connection, request: HttpRequest) -> dict[str, Any]:
    known = registry.all_vendors().get(connection.vendor)
    return {
        "connection": connection,
        "chips": health_chips(connection),
        "since": display.when(connection.failing_since or connection.healthy_at, connection.store.timezone),
        "checked": display.when(connection.checked_at, connection.store.timezone),
        "heard": display.when(connection.heard_at, connection.store.timezone),
        "hooks": integrations.address(connection) if known and known.has_webhooks else "",
        "token_until": display.when(connection.renewed_until, connection.store.timezone),
        "is_known": known is not None,
        "keys_at": _keys_at(connection.vendor, stored_credentials(connection)) if known else "",
        "secrets_since": display.when(connection.secrets_since, connection.store.timezone),
        "is_old": rotation.is_due(connection, timezone.now()),
        "wizard": connection_steps.panel(connection, request, timezone.now()),
        "can_import": history.can_import(connection),
        "history": history.lines(connection),
        **connection_holds.panel(connection),
        **waiting.panel(connection, timezone.now()),
    }


def _is_used(connection: Connection) -> bool:
    """Two tables have an index on connections; of the others no more is read than the client's own."""
    own: dict[str, Any] = {"connection": connection}
    if Delivery.objects.filter(**own).exists() or VendorState.objects.filter(**own).exists():
        return True
    own["store"] = connection.store
    return OutboxAction.objects.filter(**own).exists() or InboxEvent.objects.filter(**own).exists()
