"""Large exports of the run log: asked for with its filters, written in the background, kept for two days."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from connectors.models import Store
from orchestrator.admin import audit, display, places, scope
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import RangeFilter
from orchestrator.models import ExportJob, RunLogEntry
from orchestrator.record import exporting


@admin.register(ExportJob)
class ExportJobAdmin(ReadOnlyAdmin):
    """Everybody sees their own, and nobody else's."""

    list_title = "Exports of the run log"
    list_display = ("what", "asked", "state", "lines_told", "kept_until")
    ordering = ("-asked_at", "-id")
    verbs = ()
    empty_list = "No export yet. Choose filters in the run log, then Export CSV: large ones are written here."

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportJob]:
        assert isinstance(request.user, User)  # the console is for people who logged in
        return ExportJob.objects.filter(asked_by=request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return scope.may_see(request.user, RunLogEntry)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="What")
    def what(self, row: ExportJob) -> str:
        return row.told

    @admin.display(description="Asked for", ordering="asked_at")
    def asked(self, row: ExportJob) -> SafeString | str:
        return display.when(row.asked_at)

    @admin.display(description="State")
    def state(self, row: ExportJob) -> SafeString:
        if row.done_at:
            return display.chip("Ready", "ok")
        return display.chip(f"Being written, {row.percent} %", "new")

    @admin.display(description="Lines")
    def lines_told(self, row: ExportJob) -> str:
        return f"{row.lines:,}"

    @admin.display(description="Kept until")
    def kept_until(self, row: ExportJob) -> SafeString | str:
        return display.when(row.expires_at)

    # --- Pages --------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "orchestrator_exportjob"
        return [
            path("start/", view(self.start_view), name=f"{name}_start"),
            path("<int:object_id>/file/", view(require_GET(self.file_view)), name=f"{name}_file"),
            path("<int:object_id>/drop/", view(require_POST(self.drop_view)), name=f"{name}_drop"),
            *super().get_urls(),
        ]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """What is small is streamed at once. For what is not, GET asks and POST begins."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.admin_site.get_model_admin(RunLogEntry).get_changelist_instance(request)
        stream = reverse("admin:orchestrator_runlogentry_export") + found.get_query_string()
        if not exporting.is_large(found.queryset):
            return HttpResponseRedirect(stream)
        if request.method == "POST":
            return HttpResponseRedirect(places.change_url(exporting.ask(**asked_for(request, found))))
        context = {
            **self.admin_site.each_context(request),
            "title": "Export the run log",
            "opts": self.opts,
            "told": _told(found),
            "few": exporting.FEW,
            "stream": stream,
        }
        return TemplateResponse(request, "admin/orchestrator/exportjob/start.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row: ExportJob = self.object_or_404(request, object_id)
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Export of the run log",
            "opts": self.opts,
            "row": row,
            "kept_until": self.kept_until(row),
            "may_have": _may_have(request, row),
        }
        return TemplateResponse(request, "admin/orchestrator/exportjob/job.html", context)

    def file_view(self, request: HttpRequest, object_id: int) -> StreamingHttpResponse:
        """To whoever asked for it, while they may still see all that is in it."""
        row: ExportJob = self.object_or_404(request, str(object_id))
        if not self.has_view_permission(request) or not _may_have(request, row):
            raise PermissionDenied
        if row.done_at is None:
            raise Http404
        audit.note(request, "runlog_exported", f"{row.told}, {row.lines:,} lines", store_id=row.store_id)
        answer = StreamingHttpResponse(exporting.file(row), content_type="application/gzip")
        answer["Content-Length"] = str(row.size)
        name = f"run-log-{row.asked_at:%Y-%m-%d-%H%M}.csv.gz"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def drop_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Its own worker notices at the next chunk."""
        row = self.get_object(request, str(object_id))
        if row is not None:
            row.delete()
            messages.success(request, "The export is gone.")
        return HttpResponseRedirect(places.list_url(ExportJob))


def _may_have(request: HttpRequest, row: ExportJob) -> bool:
    if scope.is_administrator(request.user):
        return True
    mine = set(Store.objects.visible_to(request.user).values_list("pk", flat=True))
    return row.stores is not None and set(row.stores) <= mine


def asked_for(request: HttpRequest, found: ChangeList) -> dict[str, Any]:
    """A list as it is now: its filters, the clients of the person, and an end."""
    now, params = timezone.now(), found.params
    names = {"kind": "kind__exact", "outcome": "outcome__exact", "look": "look"}
    conditions = {name: params[each] for name, each in names.items() if params.get(each)}
    if term := found.query.strip():
        page: Any = found.model_admin
        (field,) = page.fields_for(term)
        conditions[field] = term.lower() if "@" in term else term
    last = RangeFilter.ranges.get(params.get("last", ""))
    is_administrator = scope.is_administrator(request.user)
    mine = [] if is_administrator else [client.pk for client in scope.clients(request)]
    return {
        "asked_by": request.user,
        "asked_at": now,
        "told": _told(found)[:300],
        "conditions": conditions,
        "store_id": int(params["client"]) if params.get("client") else None,
        "stores": None if is_administrator else mine,
        "since": now - last[1] if last else None,
        "until": now,
    }


def _told(found: ChangeList) -> str:
    """The filters in force, in words."""
    parts = [f"“{found.query}”"] if found.query else []
    for each in found.filter_specs:
        chosen = [str(choice["display"]) for choice in each.choices(found) if choice["selected"]]
        if each.used_parameters and chosen:
            parts.append(f"{each.title}: {chosen[0]}")
    return ", ".join(parts) or "all of it"
