"""Invitations to the assessment, and requests for the audit call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessment import links
from assessment.models import AuditRequest, Invitation
from orchestrator.admin import audit, display, places
from orchestrator.admin.base import ReadOnlyAdmin, ScopedAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter
from orchestrator.decide import assessments

DAYS = 30  # that an invitation is open, unless staff say otherwise


@admin.register(Invitation)
class InvitationAdmin(ScopedAdmin):
    """The link is shown on its page: it goes to the client by whatever way staff write to them."""

    list_display = ("client", "state", "ends", "made")
    list_filter = (ClientFilter,)
    list_select_related = ("store",)
    autocomplete_fields = ("store",)
    fields = ("store", "expires_at")
    actions = ("revoke",)
    verbs = ("view", "add", "change")
    keyset_field = "pk"
    empty_list = "Nobody is invited. Add an invitation and send its link to the client."

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        return {"expires_at": timezone.now() + timedelta(days=DAYS), **given}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Date and time are two boxes: screen readers are told which is which."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "expires_at" and field is not None:
            for widget, name in zip(field.widget.widgets, ("Date", "Time"), strict=True):
                widget.attrs["aria-label"] = name
        return field

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("store", "link", "state", "expires_at", "made") if obj else ("store", "expires_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("store", "link", "state", "made") if obj else ()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The page shows the link as it is used, so it has to know where we are reached."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.address = request.build_absolute_uri(links.invite_url(row))
        return row

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revoke it: what was answered behind it stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user.get_username()
        super().save_model(request, obj, form, change)
        if not change:
            told = f"invited {obj.store} to the assessment"
            audit.note(request, "assessment_changed", told, store_id=obj.store_id)

    def response_add(
        self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None
    ) -> HttpResponse:
        self.message_user(request, "Copy the link below and send it to the client.")
        return HttpResponseRedirect(places.change_url(obj))

    @admin.display(description="Client")
    def client(self, row: Invitation) -> str:
        return row.store.name

    @admin.display(description="Link")
    def link(self, row: Any) -> SafeString:
        return format_html("<code>{}</code>", row.address)

    @admin.display(description="State")
    def state(self, row: Invitation) -> SafeString:
        if row.revoked_at:
            return display.chip("Revoked", "paused")
        return display.chip("Open", "ok") if row.is_open(timezone.now()) else display.chip("Expired")

    @admin.display(description="Until")
    def ends(self, row: Invitation) -> SafeString | str:
        return display.when(row.expires_at, row.store.timezone)

    @admin.display(description="Made")
    def made(self, row: Invitation) -> SafeString:
        told = display.when(row.created_at, row.store.timezone)
        return format_html("{} {}", told, f"by {row.created_by}" if row.created_by else "")

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        rows = list(queryset.filter(revoked_at=None).select_related("store"))
        Invitation.objects.filter(pk__in=[row.pk for row in rows]).update(revoked_at=timezone.now())
        for row in rows:
            told = f"revoked an invitation of {row.store}"
            audit.note(request, "assessment_changed", told, store_id=row.store_id)
        self.message_user(request, f"Revoked: {len(rows)}.")


class DoneFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": "Open", "done": "Done"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"done_at__isnull": value == "open"}


@admin.register(AuditRequest)
class AuditRequestAdmin(ReadOnlyAdmin):
    list_title = "Audit calls"
    list_display = ("name", "who", "level", "asked", "state")
    list_filter = (DoneFilter,)
    list_select_related = ("assessment__store",)
    list_defer = ("assessment__result", "assessment__answers", "assessment__evidence")
    fields = ("name", "email", "note", "assessment_link", "asked", "state")
    actions = ("done",)
    verbs = ("view", "change")  # change: may start the action
    store_path = "assessment__store"
    keyset_field = "pk"
    empty_list = "Nobody waits for a call."

    @admin.display(description="Store")
    def who(self, row: AuditRequest) -> str:
        return row.assessment.who

    @admin.display(description="Level")
    def level(self, row: AuditRequest) -> int | None:
        return row.assessment.level

    @admin.display(description="Assessment")
    def assessment_link(self, row: AuditRequest) -> SafeString:
        return places.link(row.assessment)

    @admin.display(description="Asked")
    def asked(self, row: AuditRequest) -> SafeString | str:
        store = row.assessment.store
        return display.when(row.asked_at, store.timezone if store else "UTC")

    @admin.display(description="State")
    def state(self, row: AuditRequest) -> SafeString:
        return display.chip("Done", "ok") if row.done_at else display.chip("Waiting", "waiting")

    @admin.action(description="Mark as done", permissions=["operate"])
    def done(self, request: HttpRequest, queryset: QuerySet[AuditRequest]) -> None:
        now = timezone.now()
        closed = [row for row in queryset if assessments.close_call(row, now)]
        for row in closed:
            told = f"marked the audit call of {row.assessment.who} as done"
            audit.note(request, "assessment_changed", told, store_id=row.assessment.store_id)
        self.message_user(request, f"Marked as done: {len(closed)}.")
