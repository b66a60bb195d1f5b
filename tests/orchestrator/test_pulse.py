"""Each process tells of itself, and who is silent for long is forgotten."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from orchestrator import pulse, vitals
from orchestrator.models import Process

pytestmark = pytest.mark.django_db


def test_process_tells_of_itself_in_one_row() -> None:
    ours = pulse.Pulse("worker")

    ours.beat()
    ours.beat()

    row = Process.objects.get()
    assert (row.part, row.pid) == ("worker", os.getpid())
    assert not vitals.is_gone(row, timezone.now())
    assert vitals.is_gone(row, timezone.now() + timedelta(minutes=2))


def test_who_is_silent_for_long_is_forgotten() -> None:
    gone = timezone.now() - timedelta(hours=1)
    Process.objects.create(part="worker", host="shire", pid=1, started_at=gone, beat_at=gone)

    pulse.Pulse("web").beat()

    assert [row.part for row in Process.objects.all()] == ["web"]


def test_only_those_that_live_are_counted() -> None:
    pulse.Pulse("web").beat()
    gone = timezone.now() - timedelta(minutes=5)
    Process.objects.create(part="web", host="shire", pid=1, started_at=gone, beat_at=gone)

    assert vitals.alive_by_part(timezone.now()) == {"web": 1}


def test_size_of_the_database_and_room_on_its_disk_are_known() -> None:
    found = vitals.storage()

    assert found.database > 10_000
    assert found.free > 0
