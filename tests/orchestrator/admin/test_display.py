"""Moments and chips."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.admin import display
from tests.orchestrator.admin.examples import NOW


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("UTC", "22 Nov 2026, 10:30"),
        ("America/New_York", "22 Nov 2026, 05:30"),
        ("Asia/Kolkata", "22 Nov 2026, 16:00"),
        ("Mars/Olympus", "22 Nov 2026, 10:30"),
        ("../etc/passwd", "22 Nov 2026, 10:30"),
    ],
)
def test_a_moment_is_told_in_a_zone_with_utc_on_hover(zone: str, told: str) -> None:
    shown = display.when(NOW, zone)

    assert f">{told}<" in shown
    assert 'title="2026-11-22 10:30:00 UTC"' in shown


def test_no_moment_is_a_dash() -> None:
    assert display.when(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(5, "just now"), (61, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago"), (-50, "just now")],
)
def test_how_long_ago_in_one_unit(seconds: int, told: str) -> None:
    assert display.ago(NOW - timedelta(seconds=seconds), NOW) == told


def test_a_chip_has_the_colour_of_its_value_and_no_markup_of_its_words() -> None:
    assert display.chip("<b>", "failed") == '<span class="chip bad">&lt;b&gt;</span>'
    assert 'class="chip muted"' in display.chip("Anything", "from_the_future")
