"""The run log as CSV: one definition of the columns, streamed in chunks, so that size costs no memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from import_export import fields, resources

from orchestrator.models import RunLogEntry
from orchestrator.record import codes

CHUNK = 2_000
# What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), full-width forms included.
FORMULA_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode
_encode_any = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

Row = Sequence[Any]


class Cells:
    """How the values of a column are written: one by one, or all of a chunk, which is what speed needs."""

    def render(self, value: Any, **_: Any) -> str:
        return str(self.column([value])[0])

    def column(self, values: Iterable[Any]) -> list[Any]:
        raise NotImplementedError


class Text(Cells):
    """Never a formula."""

    def column(self, values: Iterable[Any]) -> list[str]:
        return [f"'{text}" if text and text[0] in FORMULA_STARTS else text or "" for text in values]


class Number(Cells):
    """As it is: a number is no formula, whatever it begins with."""

    def column(self, values: Iterable[Any]) -> list[Any]:
        return ["" if value is None else value for value in values]


class Moment(Cells):
    """ISO 8601 in UTC, always of the same length, so that it sorts as text."""

    def column(self, values: Iterable[datetime]) -> list[str]:
        return [f"{each.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z" for each in values]


class Json(Cells):
    """Compact, with names in alphabetical order."""

    def column(self, values: Iterable[Any]) -> list[str]:
        return [_to_json(value) for value in values]


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
        return Text().render(_sentence(entry.code, entry.vendor, entry.details))


def stream_csv(queryset: QuerySet[RunLogEntry]) -> Iterator[bytes]:
    """The header at once, then a chunk at a time, oldest first; each chunk is one query."""
    yield header()
    for rows in _chunks(queryset):
        yield lines(rows)


def header() -> bytes:
    return _csv([[column.column_name for column in COLUMNS]])


def lines(rows: Sequence[Row]) -> bytes:
    """What ``read`` read, as CSV: column by column."""
    by_name = dict(zip(NAMES, zip(*rows, strict=True), strict=True))
    details = [_from_json(text) for text in by_name["details"]]
    told = zip(by_name["code"], by_name["vendor"], details, strict=True)
    by_name |= {"details": details, "sentence": [_sentence(*each) for each in told]}
    cells = [_widget(column).column(by_name[column.column_name]) for column in COLUMNS]
    return _csv(zip(*cells, strict=True))


def read(queryset: QuerySet[RunLogEntry]) -> QuerySet[RunLogEntry, Row]:
    """Rows as ``lines`` takes them. Details come as they are stored: Django would read them slowly."""
    stored = queryset.annotate(stored=Cast("details", TextField()))
    return stored.values_list(*("stored" if path == "details" else path for path in PATHS))


def _widget(column: Any) -> Cells:
    return column.widget if column.attribute else Text()


def _sentence(code: str, vendor: str, details: Mapping[str, Any]) -> str:
    return codes.sentence_for(code, {"vendor_label": vendor.capitalize(), **details})


def after(queryset: QuerySet[RunLogEntry], at: datetime | None, key: int) -> QuerySet[RunLogEntry, Row]:
    """Rows behind a place, oldest first. An offset would read all that was read before, again and again."""
    ordered = read(queryset.order_by("at", "id"))
    if at is None:
        return ordered
    # One lower bound on the index, and one row-wise condition for equal times.
    return ordered.filter(at__gte=at).exclude(at=at, id__lte=key)


def _chunks(queryset: QuerySet[RunLogEntry]) -> Iterator[list[Row]]:
    at, key = NAMES.index("at"), NAMES.index("id")
    rows = list(after(queryset, None, 0)[:CHUNK])
    while rows:
        yield rows
        last = rows[-1]
        rows = list(after(queryset, last[at], last[key])[:CHUNK]) if len(rows) == CHUNK else []


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8", "backslashreplace")


def _from_json(text: str) -> Any:
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError):  # half a character, which msgspec is too strict for
        return json.loads(text)


def _to_json(value: Any) -> str:
    try:
        return _encode(value).decode()
    except UnicodeError:
        return _encode_any(value)


COLUMNS = RunLogResource().get_export_fields()
NAMES = [column.column_name for column in COLUMNS if column.attribute]
PATHS = [column.attribute for column in COLUMNS if column.attribute]
