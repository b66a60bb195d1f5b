"""Writes large exports of the run log in the background, chunk by chunk.

A chunk and the place behind it are committed together, so a worker that dies leaves an export that goes on
where it was, and two workers never write the same lines twice.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from orchestrator import wake
from orchestrator.models import ExportJob, ExportPart, RunLogEntry
from orchestrator.record import export, looks

FEW = 50_000  # lines that are streamed while somebody waits: some seconds
SLICE_SECONDS = 2.0  # of one turn in a slot
AT, KEY = export.NAMES.index("at"), export.NAMES.index("id")


class Moved(Exception):
    """Another worker wrote these lines first."""


def is_large(rows: QuerySet[RunLogEntry]) -> bool:
    """Looks at so many lines of an index, and no further."""
    return len(rows.order_by().values_list("pk", flat=True)[FEW : FEW + 1]) > 0


def ask(**fields: Any) -> ExportJob:
    job = ExportJob.objects.create(**fields)
    wake.after_commit("write_exports")
    return job


def due(now: datetime) -> Iterable[int]:
    """Those to be written, and those whose time is over."""
    return list(ExportJob.objects.due(now).order_by("pk").values_list("pk", flat=True))


def advance(job: ExportJob, now: datetime) -> int:
    """Some seconds' worth of chunks; answers how many were written, 0 when it is done."""
    if job.done_at:
        ExportJob.objects.due(now).filter(pk=job.pk).delete()
        return 0
    end, count = time.monotonic() + SLICE_SECONDS, 0
    try:
        while time.monotonic() < end and _write(job, now):
            count += 1
    except Moved:
        return 0
    return count


def chosen(job: ExportJob) -> QuerySet[RunLogEntry]:
    """All lines that belong to it."""
    rows = RunLogEntry.objects.filter(narrowed(job.conditions), at__lte=job.until)
    rows = rows.filter(at__gte=job.since) if job.since else rows
    rows = rows.filter(store=job.store_id) if job.store_id else rows
    return rows if job.stores is None else rows.filter(store__in=job.stores)


def narrowed(conditions: Mapping[str, str]) -> Q:
    """Filters of the list that are no time and no client."""
    plain = {
        name: value for name, value in conditions.items() if name in ("kind", "outcome", "subject", "trace")
    }
    return Q(**plain) & looks.asked(conditions.get("look", ""))


def file(job: ExportJob) -> Iterator[bytes]:
    """Part by part, so that its size costs no memory."""
    for number in range(job.parts_count):
        yield bytes(ExportPart.objects.values_list("packed", flat=True).get(job=job, number=number))


def _write(job: ExportJob, now: datetime) -> bool:
    """One more chunk; False when that was the last. Raises Moved."""
    if job.total is None:
        job.total = chosen(job).count()
        ExportJob.objects.filter(pk=job.pk).update(total=job.total)
    rows = list(export.after(chosen(job), job.last_at, job.last_id)[: export.CHUNK])
    text = (b"" if job.parts_count else export.header()) + (export.lines(rows) if rows else b"")
    is_last = len(rows) < export.CHUNK
    with transaction.atomic():
        _move(job, rows, gzip.compress(text, 6, mtime=0) if text else b"", now if is_last else None)
    return not is_last


def _move(job: ExportJob, rows: list[export.Row], packed: bytes, done_at: datetime | None) -> None:
    """The part, and the place behind it. Raises Moved where another worker was faster."""
    fields: dict[str, Any] = {
        "lines": job.lines + len(rows),
        "size": job.size + len(packed),
        "done_at": done_at,
    }
    if rows:
        fields |= {"last_at": rows[-1][AT], "last_id": rows[-1][KEY]}
    number = job.parts_count
    fields["parts_count"] = number + 1 if packed else number
    here = ExportJob.objects.filter(pk=job.pk, done_at=None, parts_count=number, last_id=job.last_id)
    if not here.update(**fields):
        raise Moved
    if packed:
        ExportPart.objects.create(job=job, number=number, packed=packed)
    for name, value in fields.items():
        setattr(job, name, value)
