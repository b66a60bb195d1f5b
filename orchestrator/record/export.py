"""The run log as CSV: one definition of the columns, streamed in chunks, so that size costs no memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from django.db.models import QuerySet
from import_export import fields, resources

from orchestrator.models import RunLogEntry
from orchestrator.record import codes

CHUNK = 2_000
# What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), full-width forms included.
FORMULA_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")
_to_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

Row = Mapping[str, Any]


class Text:
    """Never a formula."""

    def render(self, value: Any, **_: Any) -> str:
        text = "" if value is None else str(value)
        return f"'{text}" if text and text[0] in FORMULA_STARTS else text


class Number:
    """As it is: a number is no formula, whatever it begins with."""

    def render(self, value: Any, **_: Any) -> str:
        return "" if value is None else str(value)


class Moment:
    """ISO 8601 in UTC, always of the same length, so that it sorts as text."""

    def render(self, value: datetime, **_: Any) -> str:
        return f"{value.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


class Json:
    """Compact, with names in alphabetical order."""

    def render(self, value: Any, **_: Any) -> str:
        return _to_json(value)


class RunLogResource(resources.ModelResource):  # type: ignore[misc]
    """The columns of every export of the run log: what they hold, their names and their order."""

    id = fields.Field("id", "id", Number())
    at = fields.Field("at", "at", Moment())
    store = fields.Field("store__slug", "store", Text())
    kind = fields.Field("kind", "kind", Text())
    outcome = fields.Field("outcome", "outcome", Text())
    code = fields.Field("code", "code", Text())
    rule = fields.Field("rule", "rule", Text())
    rule_version = fields.Field("rule_version", "rule_version", Number())
    vendor = fields.Field("vendor", "vendor", Text())
    subject = fields.Field("subject", "subject", Text())
    reference = fields.Field("reference", "reference", Text())
    trace = fields.Field("trace", "trace", Text())
    attempt = fields.Field("attempt", "attempt", Number())
    sentence = fields.Field(None, "sentence")  # see dehydrate_sentence
    details = fields.Field("details", "details", Json())

    class Meta:
        model = RunLogEntry
        fields = (
            "id",
            "at",
            "store",
            "kind",
            "outcome",
            "code",
            "rule",
            "rule_version",
            "vendor",
            "subject",
            "reference",
            "trace",
            "attempt",
            "sentence",
            "details",
        )
        export_order = fields

    def dehydrate_sentence(self, entry: RunLogEntry) -> str:
        return _sentence({"code": entry.code, "vendor": entry.vendor, "details": entry.details})


def stream_csv(queryset: QuerySet[RunLogEntry]) -> Iterator[bytes]:
    """The header at once, then a chunk at a time, oldest first; each chunk is one query."""
    columns = RunLogResource().get_export_fields()
    yield _csv([[column.column_name for column in columns]])
    cells = [_cell(column) for column in columns]
    for rows in _chunks(queryset, [column.attribute for column in columns if column.attribute]):
        yield _csv([[cell(row) for cell in cells] for row in rows])


def _cell(column: Any) -> Callable[[Row], str]:
    path, render = column.attribute, column.widget.render
    return (lambda row: render(row[path])) if path else _sentence


def _sentence(row: Row) -> str:
    details = {"vendor_label": row["vendor"].capitalize(), **row["details"]}
    return Text().render(codes.sentence_for(row["code"], details))


def _chunks(queryset: QuerySet[RunLogEntry], paths: Sequence[str]) -> Iterator[list[Row]]:
    """Key-set paging: an offset would read all that was read before, again and again."""
    ordered = queryset.order_by("at", "id").values(*paths)
    rows = list(ordered[:CHUNK])
    while rows:
        yield rows
        last = rows[-1]
        full = len(rows) == CHUNK
        # One lower bound on the index, and one row-wise condition for equal times.
        rest = ordered.filter(at__gte=last["at"]).exclude(at=last["at"], id__lte=last["id"])
        rows = list(rest[:CHUNK]) if full else []


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8", "backslashreplace")
