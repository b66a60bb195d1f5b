"""The run log: what happened, newest first, each entry with everything that came before and after it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from orchestrator.admin import audit, display, places, readable, saved_filters
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter, RangeFilter
from orchestrator.models import RunLogEntry
from orchestrator.record import codes, export, looks, telling

LONGEST_TRACE = 500  # entries on one page
FILLERS = ("_told", "told", "vendor_label", "what")  # words of the sentence, not facts of their own


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a trace, as the timeline shows it."""

    entry: RunLogEntry
    sentence: str
    chip: SafeString
    at: SafeString | str
    facts: SafeString | str
    raw: str
    is_asked: bool


class LookFilter(admin.SimpleListFilter):
    title = "look for"
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, look.label) for name, look in looks.LOOKS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(looks.asked(self.value() or ""))


@admin.register(RunLogEntry)
class RunLogEntryAdmin(ReadOnlyAdmin):
    list_display = ("time", "sentence", "outcome_chip", "client", "who")
    list_filter = (LookFilter, "outcome", "kind", RangeFilter, ClientFilter)
    search_fields = ("subject", "trace")
    search_help_text = "Customer's whole e-mail address or telephone number, or a trace"
    list_select_related = ("store",)
    sortable_by = ()
    change_list_template = "admin/orchestrator/runlogentry/change_list.html"
    keyset_field = "at"
    empty_list = "Nothing is recorded here. Widen the filters, or wait for the first event."

    @admin.display(description="Time (UTC)")
    def time(self, row: RunLogEntry) -> SafeString | str:
        return display.when(row.at, seconds=True)

    @admin.display(description="What happened")
    def sentence(self, row: RunLogEntry) -> str:
        return _sentence(row)

    @admin.display(description="Outcome")
    def outcome_chip(self, row: RunLogEntry) -> SafeString:
        return display.chip(row.get_outcome_display(), row.outcome)

    @admin.display(description="Customer or subject")
    def who(self, row: RunLogEntry) -> SafeString | str:
        return places.person(row.store_id, row.subject)

    def fields_for(self, term: str) -> tuple[str]:
        """One of the two, so that its index serves: a subject is an address or kind:id, a trace neither."""
        return ("subject",) if "@" in term or ":" in term else ("trace",)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An entry is read in its place among everything that the same change caused."""
        entry: RunLogEntry = self.object_or_404(request, object_id)
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, entry):
            raise PermissionDenied
        zone = entry.store.timezone if entry.store else "UTC"
        entries = self._trace(entry)
        context = {
            **self.admin_site.each_context(request),
            "title": _sentence(entry),
            "opts": self.opts,
            "entry": entry,
            "zone": zone,
            "is_cut": len(entries) > LONGEST_TRACE,
            "steps": [_step(each, zone, each.pk == entry.pk) for each in entries[:LONGEST_TRACE]],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/orchestrator/runlogentry/timeline.html", context)

    def _trace(self, entry: RunLogEntry) -> list[RunLogEntry]:
        """Of the same client, which is compared here: asked in the query too, a database without statistics
        would rather walk through all of that client's log, as it is in the order that is wanted."""
        if not entry.trace:
            return [entry]
        entries = RunLogEntry.objects.filter(trace=entry.trace).order_by("at", "id")[: LONGEST_TRACE + 1]
        return [each for each in entries if each.store_id == entry.store_id]

    # --- Export -------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = require_GET(self.admin_site.admin_view(self.export_view))
        keep = require_POST(self.admin_site.admin_view(saved_filters.change))
        return [
            path("export/", view, name="orchestrator_runlogentry_export"),
            path("filters/", keep, name="orchestrator_runlogentry_filters"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        mine = {"saved_filters": saved_filters.of(request)}
        return super().changelist_view(request, {**mine, **(extra_context or {})})

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """Everything that the filters leave, in whatever amount, as it is read from the database."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_changelist_instance(request)
        filters = ", ".join(f"{name}={value}" for name, value in sorted(found.params.items()))
        client = found.params.get("client", "")
        store_id = int(client) if client.isdecimal() and found.queryset.exists() else None
        audit.note(request, "runlog_exported", filters or "all of it", store_id=store_id)
        name = f"run-log-{timezone.now():%Y-%m-%d-%H%M}.csv"
        response = StreamingHttpResponse(
            export.stream_csv(found.queryset), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _sentence(entry: RunLogEntry) -> str:
    told = codes.sentence(entry)
    return told[:1].upper() + told[1:]


def _step(entry: RunLogEntry, zone: str, is_asked: bool) -> Step:
    known = {name: value for name, value in entry.details.items() if not name.endswith(FILLERS)}
    return Step(
        entry=entry,
        sentence=_sentence(entry),
        chip=display.chip(entry.get_outcome_display(), entry.outcome),
        at=display.when(entry.at, zone, seconds=True),
        facts=readable.facts({**_placed(entry), **known}),
        raw=json.dumps(entry.details, indent=2, ensure_ascii=False, sort_keys=True),
        is_asked=is_asked,
    )


def _placed(entry: RunLogEntry) -> dict[str, Any]:
    """The columns that say something about this entry."""
    version = f" (version {entry.rule_version})" if entry.rule_version else ""
    columns = {
        "customer or subject": entry.subject,
        "rule": f"{entry.rule}{version}" if entry.rule else "",
        "tool": entry.vendor.capitalize(),
        "about": telling.thing(entry.reference),
        "attempt": entry.attempt,
    }
    return {name: value for name, value in columns.items() if value}
