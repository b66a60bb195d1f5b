"""The benchmark runs from end to end, however small; its figures are for people to read."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.lines import vendor_share
from bench.table import Row, text
from tests.processes import ROOT, environment

pytestmark = pytest.mark.chaos


def test_a_line_of_each_kind_can_be_measured():
    done = subprocess.run(
        [sys.executable, "-m", "bench"],
        cwd=ROOT,
        env=environment(BENCH="quick", ONLY="burst,few_calls,polled,all_recipes"),
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert done.returncode == 0, done.stderr
    assert "embedded: SQLite" in done.stdout
    assert "burst of webhooks to effects settled" in done.stdout
    assert "FAILED" not in done.stdout


def test_a_line_that_is_not_there_is_named():
    done = subprocess.run(
        [sys.executable, "-m", "bench"],
        cwd=ROOT,
        env=environment(ONLY="burts"),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert "There is no line burts; there are: " in done.stderr


@pytest.mark.parametrize(
    ("value", "floor", "goal", "verdict"),
    [
        (600, 250, 500, "goal"),
        (300, 250, 500, "floor"),
        (200, 250, 500, "MISSED"),
        (2, 6, 2.5, "goal"),
        (5, 6, 2.5, "floor"),
        (7, 6, 2.5, "MISSED"),
        (0, 0, 0, "goal"),
        (1, 0, 0, "MISSED"),
        (None, 6, 2.5, "FAILED"),
    ],
)
def test_which_direction_is_good_follows_from_floor_and_goal(value, floor, goal, verdict):
    assert Row("it", value, "s", floor, goal).verdict == verdict


def test_figures_carry_their_units():
    table = text([Row("burst", 812.4, "events/s", 250, 500)])

    assert table.splitlines()[1].split("  ")[:3] == ["burst", "812 events/s", "250 events/s"]


def test_what_the_vendor_refuses_does_not_count_as_used():
    calls = [{"method": "POST", "status": status} for status in (201, 201, 429, 200)]

    used, refused = vendor_share.rows(calls, seconds=10, left=5)

    assert (used.value, refused.value) == (5.0, 25.0)  # 3 of the 60 that 10 seconds let through
    assert (used.verdict, refused.verdict) == ("MISSED", "MISSED")
