"""How far a connection's history was read, in words, and reading it again."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.http import HttpRequest
from django.utils.safestring import SafeString

from connectors import registry
from connectors.models import Connection
from orchestrator.admin import audit, display
from orchestrator.intake import importing
from orchestrator.models import Import

State = Import.State
TONES = {State.DONE: "done", State.FAILED: "failed", State.READING: "new", State.RUNNING: "new"}


class Line(msgspec.Struct, frozen=True):
    """One kind of object."""

    name: str
    progress: str
    chip: SafeString
    told: str  # what stood in the way last


def can_import(connection: Connection) -> bool:
    known = registry.all_vendors().get(connection.vendor)
    return bool(known and known.imports)


def lines(connection: Connection) -> list[Line]:
    rows = {row.kind: row for row in Import.objects.filter(connection=connection)}
    order = registry.vendor_class(connection.vendor).imports if can_import(connection) else ()
    return [_line(connection, rows[kind]) for kind in order if kind in rows]


def read_again(request: HttpRequest, connection: Connection, now: datetime) -> str:
    """Answers with a sentence about it."""
    importing.want(connection, now)
    audit.note(
        request,
        "work_retried",
        f"asked for the history at {connection.label} to be read again",
        store_id=connection.store_id,
        vendor=connection.vendor,
        reference=f"connection:{connection.pk}",
    )
    return f"The history at {connection.label} is read again. It sends nothing and changes no past decision."


def said(connection: Connection, row: Import) -> str:
    """One line that names the connection too."""
    return f"{connection}, {_name(row).lower()}: {_progress(connection, row)}"


def _name(row: Import) -> str:
    return importing.WORDS.get(row.kind, f"{row.kind}s").capitalize()


def _line(connection: Connection, row: Import) -> Line:
    chip = display.chip(row.get_state_display(), TONES.get(State(row.state), ""))
    return Line(_name(row), _progress(connection, row), chip, row.told)


def _progress(connection: Connection, row: Import) -> str:
    if row.state == State.RUNNING:
        found = f", {row.total:,} found so far" if row.total else ""
        return f"{connection.label} prepares them{found}"
    if row.state == State.DONE:
        return f"{row.read:,} read"
    if row.read and row.total:
        return f"{row.read:,} of about {max(row.total, row.read):,} read"
    return f"{row.read:,} read" if row.read else "none read yet"
