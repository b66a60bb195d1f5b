"""Assessments: who stands where, how it changed, and one page with answers, evidence and result."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from assessment import keys
from assessment.models import Assessment
from orchestrator import wake
from orchestrator.admin import (
    assessment_drafts,
    assessment_export,
    assessment_page,
    audit,
    display,
    places,
)
from orchestrator.admin.base import PanelPage, ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, DefaultFilter


class FinishedFilter(DefaultFilter):
    title = "state"
    parameter_name = "state"
    options = {"finished": "Finished", "open": "Not finished"}

    def conditions(self, value: str) -> dict[str, object]:
        return {"finished_at__isnull": value == "open"}


@admin.register(Assessment)
class AssessmentAdmin(PanelPage, ReadOnlyAdmin):
    list_display = ("who_told", "level_chip", "trend", "gaps", "from_client", "when")
    list_filter = (FinishedFilter, ClientFilter)
    search_fields = ("store__slug", "store_name")
    search_help_text = "Whole short name of a client, or whole name of a store"
    list_select_related = ("store",)
    list_defer = ("evidence", "tools")
    change_form_template = "admin/assessment/assessment/change_form.html"
    change_list_template = "admin/assessment/assessment/change_list.html"
    actions = ("delete_chosen",)
    verbs = ("view", "change", "delete")  # change: may use the buttons
    keyset_field = "saved_at"
    empty_list = "No assessment yet. Invite a client under “Invitations”, or send anybody to /assessment/."
    fieldsets = (
        (
            "Profile",
            {
                "fields": (
                    *("client_link", "store_name", "platform", "revenue", "revenue_kind", "currency"),
                    *("country", "team_size", "tools_told", "other_tools"),
                )
            },
        ),
        ("Record", {"fields": ("versions", "started", "saved", "finished")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assessment]:
        """With the score of the client's result before this one."""
        earlier = Assessment.objects.finished().filter(
            store=OuterRef("store"), finished_at__lt=OuterRef("finished_at")
        )
        before = earlier.order_by("-finished_at").values("score")[:1]
        rows: QuerySet[Assessment] = super().get_queryset(request)
        return rows.annotate(score_before=Subquery(before))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever took it may ask for that."""
        return bool(request.user.has_perm("assessment.delete_assessment"))

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return self.has_delete_permission(request)

    # --- Lists --------------------------------------------------------------------------------

    @admin.display(description="Store")
    def who_told(self, row: Assessment) -> str:
        return row.who

    @admin.display(description="Level")
    def level_chip(self, row: Assessment) -> SafeString | str:
        if row.level is None:
            pages = len(row.questions.groups) + 1
            return display.chip(f"{row.reached} of {pages} pages", "pending")
        return display.chip(f"Level {row.level} · {row.score} yes", "info" if row.level < 3 else "ok")

    @admin.display(description="Since last time")
    def trend(self, row: Any) -> str:
        if row.score is None or row.score_before is None:
            return "–"
        change = row.score - row.score_before
        return f"{'▲' if change > 0 else '▼'} {change:+d} yes" if change else "= the same"

    @admin.display(description="First gaps")
    def gaps(self, row: Assessment) -> SafeString | str:
        return assessment_page.gaps_told(row)

    @admin.display(description="Client", boolean=True)
    def from_client(self, row: Assessment) -> bool:
        return row.store_id is not None

    @admin.display(description="When")
    def when(self, row: Assessment) -> SafeString | str:
        return display.when(row.finished_at or row.saved_at, _zone(row))

    # --- One ----------------------------------------------------------------------------------

    def page_title(self, row: Assessment) -> str:
        return row.who

    @admin.display(description="Client")
    def client_link(self, row: Assessment) -> SafeString | str:
        return places.link(row.store) if row.store else "Not a client yet"

    @admin.display(description="Tools in use")
    def tools_told(self, row: Assessment) -> str:
        return ", ".join(row.tools) or "–"

    @admin.display(description="Questions and weights")
    def versions(self, row: Assessment) -> str:
        return f"set {row.set_version}, weights {row.weights_version}"

    @admin.display(description="Started")
    def started(self, row: Assessment) -> SafeString | str:
        return display.when(row.started_at, _zone(row))

    @admin.display(description="Last saved")
    def saved(self, row: Assessment) -> SafeString | str:
        return display.when(row.saved_at, _zone(row))

    @admin.display(description="Finished")
    def finished(self, row: Assessment) -> SafeString | str:
        return display.when(row.finished_at, _zone(row))

    def panel_context(self, request: HttpRequest, row: Assessment) -> dict[str, Any]:
        return {
            "panel": assessment_page.panel(row, request),
            "may_operate": self.has_operate_permission(request),
        }

    # --- Buttons ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        def button(name: str, view: Any) -> URLPattern:
            wrapped = require_POST(self.admin_site.admin_view(view))
            page: URLPattern = path(f"<int:object_id>/{name}/", wrapped, name=f"assessment_assessment_{name}")
            return page

        look = self.admin_site.admin_view
        return [
            path("export/", require_GET(look(self.export_view)), name="assessment_assessment_export"),
            path("funnel/", require_GET(look(self.funnel_view)), name="assessment_assessment_funnel"),
            path(
                "<int:object_id>/data/", require_GET(look(self.data_view)), name="assessment_assessment_data"
            ),
            button("drafts", self.drafts_view),
            button("evidence", self.evidence_view),
            button("revoke", self.revoke_view),
            *super().get_urls(),
        ]

    def drafts_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row = self._to_operate(request, object_id)
        wanted = request.POST.getlist("recipe")
        made = assessment_drafts.create(row, wanted, request) if row.store else []
        if made:
            told = f"drafted {', '.join(f'“{rule.name}”' for rule in made)} from the assessment"
            audit.note(request, "drafts_created", told, store_id=row.store_id)
            self.message_user(request, f"You {told}. Nothing runs until you switch a rule on.")
        else:
            self.message_user(request, "There was nothing to draft.", messages.WARNING)
        return HttpResponseRedirect(places.change_url(row))

    def evidence_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row = self._to_operate(request, object_id)
        Assessment.objects.filter(pk=row.pk, store__isnull=False).update(evidence_wanted_at=timezone.now())
        wake.after_commit("look_after_assessments")
        self.message_user(request, "The connected accounts are being read. Look again in a minute.")
        return HttpResponseRedirect(places.change_url(row))

    def revoke_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Both links end; whoever holds them meets the same page as for a link that never was."""
        row = self._to_operate(request, object_id)
        Assessment.objects.filter(pk=row.pk).update(edit_key=keys.new_key(), share_key=None)
        audit.note(
            request,
            "assessment_changed",
            f"revoked the links of the assessment of {row.who}",
            store_id=row.store_id,
        )
        self.message_user(request, "The private link and the link to read lead nowhere any more.")
        return HttpResponseRedirect(places.change_url(row))

    def data_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Everything that is stored, for whoever asks for their data."""
        row = self.object_or_404(request, str(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        audit.note(request, "assessments_exported", f"the data of {row.who}", store_id=row.store_id)
        response = JsonResponse(row.plain(), json_dumps_params={"indent": 2, "ensure_ascii": False})
        response.headers["Content-Disposition"] = f'attachment; filename="assessment-{row.pk}.json"'
        return response

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        return assessment_export.answer(self, request)

    def funnel_view(self, request: HttpRequest) -> HttpResponse:
        return assessment_page.funnel(self, request)

    @admin.action(description="Delete for good", permissions=["remove"])
    def delete_chosen(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> None:
        self.delete_queryset(request, queryset)
        self.message_user(request, "They are deleted for good, with their links.")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Assessment]) -> None:
        for row in list(queryset.select_related("store")):
            self.delete_model(request, row)

    def delete_model(self, request: HttpRequest, obj: Assessment) -> None:
        told = f"deleted the assessment of {obj.who}"
        audit.note(request, "assessment_changed", told, store_id=obj.store_id)
        super().delete_model(request, obj)

    def _to_operate(self, request: HttpRequest, object_id: int) -> Assessment:
        row: Assessment = self.object_or_404(request, str(object_id))
        if not self.has_operate_permission(request):
            raise PermissionDenied
        return row


def _zone(row: Assessment) -> str:
    return row.store.timezone if row.store else "UTC"
