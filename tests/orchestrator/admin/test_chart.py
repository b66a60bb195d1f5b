"""The bars of the last day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.admin import chart
from orchestrator.models import RunLogEntry
from tests.orchestrator.admin import examples
from tests.orchestrator.admin.examples import NOW

pytestmark = pytest.mark.django_db


def drawn() -> chart.Chart:
    return chart.build(RunLogEntry.objects.all(), NOW)


def test_every_hour_of_the_day_has_a_bar() -> None:
    bars = drawn().bars

    assert len(bars) == 24
    assert bars[0].title == "11:00–12:00 UTC: 0 recorded"
    assert bars[-1].title == "10:00–11:00 UTC: 0 recorded"


def test_entries_stand_in_their_hour() -> None:
    store = examples.store()
    for minutes in (1, 29, 31, 24 * 60 - 31, 24 * 60):
        examples.entry(store, at=NOW - timedelta(minutes=minutes))

    counted = {bar.title[:5]: bar.title.split(": ")[1] for bar in drawn().bars if bar.height}

    assert counted == {"10:00": "2 recorded", "09:00": "1 recorded", "11:00": "1 recorded"}


def test_failures_are_told_apart() -> None:
    store = examples.store()
    for _ in range(3):
        examples.entry(store)
    examples.entry(store, "action_failed", what="Tag", because="no")

    bar = drawn().bars[-1]

    assert bar.title.endswith("4 recorded, 1 failed")
    assert bar.bad_height * 4 == pytest.approx(bar.height, abs=1)
    assert drawn().told == "4 entries in the run log, 1 failed"


def test_a_single_entry_is_still_seen_beside_many() -> None:
    store = examples.store()
    RunLogEntry.objects.bulk_create(
        RunLogEntry(at=NOW, store=store, kind="event", outcome="ok", code="event_heard") for _ in range(2000)
    )
    examples.entry(store, at=NOW - timedelta(hours=3))

    heights = [bar.height for bar in drawn().bars if bar.height]

    assert min(heights) == 1.5
    assert max(heights) == chart.HEIGHT
    assert [line.label for line in drawn().lines] == ["0", "1k", "2k"]


def test_nothing_is_drawn_for_an_empty_day() -> None:
    assert {bar.height for bar in drawn().bars} == {0}
    assert drawn().lines == []
