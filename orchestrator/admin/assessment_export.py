"""Assessments as CSV: one definition of the columns, streamed, with the filters of the list."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from import_export import fields, resources

from assessment import sets
from assessment.models import Assessment
from orchestrator.admin import audit
from orchestrator.record.export import Moment, Number, Text

CHUNK = 500


class When(Moment):
    """Empty when it has not happened."""

    def render(self, value: Any, **options: Any) -> str:
        return super().render(value, **options) if value else ""


class AssessmentResource(resources.ModelResource):  # type: ignore[misc]
    """What the columns hold, their names and their order; one for each question follows."""

    id = fields.Field("id", "id", Number())
    store = fields.Field("store__slug", "store", Text())
    store_name = fields.Field("store_name", "store_name", Text())
    platform = fields.Field("platform", "platform", Text())
    revenue = fields.Field("revenue", "revenue", Number())
    revenue_kind = fields.Field("revenue_kind", "revenue_kind", Text())
    currency = fields.Field("currency", "currency", Text())
    country = fields.Field("country", "country", Text())
    team_size = fields.Field("team_size", "team_size", Text())
    set_version = fields.Field("set_version", "set_version", Text())
    weights_version = fields.Field("weights_version", "weights_version", Text())
    started_at = fields.Field("started_at", "started_at", When())
    finished_at = fields.Field("finished_at", "finished_at", When())
    pages = fields.Field("reached", "pages", Number())
    score = fields.Field("score", "score", Number())
    level = fields.Field("level", "level", Number())

    class Meta:
        model = Assessment
        fields = (
            *("id", "store", "store_name", "platform", "revenue", "revenue_kind", "currency", "country"),
            *("team_size", "set_version", "weights_version", "started_at", "finished_at", "pages"),
            *("score", "level"),
        )
        export_order = fields


def answer(page: Any, request: HttpRequest) -> StreamingHttpResponse:
    if not page.has_view_permission(request):
        raise PermissionDenied
    found = page.get_changelist_instance(request)
    filters = ", ".join(f"{name}={value}" for name, value in sorted(found.params.items()))
    audit.note(request, "assessments_exported", filters or "the list", store_id=None)
    response = StreamingHttpResponse(stream_csv(found.queryset), content_type="text/csv; charset=utf-8")
    name = f"assessments-{timezone.now():%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def stream_csv(queryset: QuerySet[Assessment]) -> Iterator[bytes]:
    """The header at once, then a chunk at a time, oldest first."""
    columns = AssessmentResource().get_export_fields()
    slugs = list(dict.fromkeys(each.slug for one in sets.ALL.values() for each in one.questions))
    yield _csv([[*(column.column_name for column in columns), *slugs, "gaps"]])
    last = 0
    paths = [column.attribute for column in columns]
    ordered = queryset.order_by("pk").values(*paths, "answers", "result")
    while rows := list(ordered.filter(pk__gt=last)[:CHUNK]):
        yield _csv([[*_cells(row, columns), *_answers(row, slugs), _gaps(row)] for row in rows])
        last = rows[-1]["id"]


def _cells(row: dict[str, Any], columns: list[Any]) -> list[str]:
    return [column.widget.render(row[column.attribute]) for column in columns]


def _answers(row: dict[str, Any], slugs: list[str]) -> list[str]:
    return [Text().render(row["answers"].get(slug)) for slug in slugs]


def _gaps(row: dict[str, Any]) -> str:
    return " ".join(gap["question"] for gap in (row["result"] or {}).get("gaps", ()))


def _csv(rows: list[list[str]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8", "backslashreplace")
