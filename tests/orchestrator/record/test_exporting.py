"""A large export is written in the background: whole, once, and whatever becomes of its worker."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction

from connectors.models import Store
from orchestrator.models import ExportJob, ExportPart, RunLogEntry
from orchestrator.models.export import KEPT
from orchestrator.record import export, exporting
from tests.scene import at, client

pytestmark = pytest.mark.django_db
COUNT = 4_500  # two whole chunks and a rest
NOW = at(0) + timedelta(days=1)


@pytest.fixture
def store() -> Store:
    """With three lines at every moment, so that equal times lie across the borders of chunks."""
    owner = client()
    rows = [
        RunLogEntry(
            store=owner,
            at=at(0) + timedelta(seconds=number // 3),
            kind="action",
            outcome="ok",
            code="action_done",
            details={"what": f"Tag {number}"},
        )
        for number in range(COUNT)
    ]
    RunLogEntry.objects.bulk_create(rows, batch_size=1000)
    return owner


def ask(owner: Store | None = None, **fields: Any) -> ExportJob:
    asker, _ = User.objects.get_or_create(username="maya")
    defaults = {"told": "all of it", "conditions": {}, "until": NOW, "store": owner}
    return exporting.ask(asked_by=asker, asked_at=NOW, **{**defaults, **fields})


def written(job: ExportJob) -> bytes:
    job.refresh_from_db()
    assert job.done_at is not None
    packed = b"".join(exporting.file(job))
    assert len(packed) == job.size
    return gzip.decompress(packed)


def streamed(owner: Store) -> bytes:
    return b"".join(export.stream_csv(RunLogEntry.objects.filter(store=owner)))


def test_the_file_holds_what_a_stream_would(store: Store) -> None:
    job = ask(store)

    exporting.advance(job, NOW)

    assert written(job) == streamed(store)
    assert (job.lines, job.parts_count, job.percent) == (COUNT, 3, 100)


def test_what_a_dying_worker_had_not_committed_is_written_by_the_next(store: Store) -> None:
    job = ask(store)
    with transaction.atomic():
        exporting.advance(ExportJob.objects.get(), NOW)
        transaction.set_rollback(True)
    assert not ExportPart.objects.exists()

    exporting.advance(ExportJob.objects.get(), NOW)

    assert written(job) == streamed(store)


def test_two_workers_never_write_the_same_lines(store: Store) -> None:
    job = ask(store)
    late = ExportJob.objects.get()
    exporting.advance(job, NOW)

    count = exporting.advance(late, NOW)

    assert count == 0
    assert written(job) == streamed(store)


def test_it_goes_on_behind_its_last_line(store: Store) -> None:
    job = ask(store)
    exporting.advance(job, NOW)
    whole = written(job)
    third = ExportPart.objects.get(number=2)
    first = RunLogEntry.objects.order_by("at", "id")[3_999]
    third.delete()
    half = {"parts_count": 2, "lines": 4_000, "last_at": first.at, "last_id": first.pk}
    ExportJob.objects.update(done_at=None, size=job.size - len(third.packed), **half)
    job.refresh_from_db()
    assert job.percent == 88

    call_command("work", until_idle=True)

    assert written(job) == whole


def test_nothing_that_matches_is_a_file_with_its_headings(store: Store) -> None:
    job = ask(store, conditions={"outcome": "failed"})

    exporting.advance(job, NOW)

    assert written(job) == export.header()


def test_lines_that_come_later_do_not_keep_it_from_ending(store: Store) -> None:
    job = ask(store, until=at(0) + timedelta(seconds=9))

    exporting.advance(job, NOW)

    assert (job.lines, job.done_at) == (30, NOW)


def test_only_clients_that_the_person_was_given_are_in_it(store: Store) -> None:
    job = ask(stores=[store.pk + 1])

    exporting.advance(job, NOW)

    assert written(job) == export.header()


def test_it_is_deleted_with_its_parts_when_its_time_is_over(store: Store) -> None:
    job = ask(store)
    exporting.advance(job, NOW)
    assert list(exporting.due(NOW + KEPT - timedelta(seconds=1))) == []

    assert list(exporting.due(NOW + KEPT)) == [job.pk]
    exporting.advance(job, NOW + KEPT)

    assert not ExportJob.objects.exists()
    assert not ExportPart.objects.exists()
