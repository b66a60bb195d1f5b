"""Quiet hours end at the right moment, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import hours

NIGHT = (time(21), time(8))
FIRST, LAST = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2029-01-01")
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Pacific/Tongatapu", "Pacific/Pago_Pago")


def open_at(text: str, zone: str, quiet: tuple[time, time] = NIGHT) -> str:
    found = hours.next_open(datetime.fromisoformat(text), ZoneInfo(zone), *quiet)
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "zone", "quiet", "expected"),
    [
        ("2026-11-02T12:00Z", "UTC", NIGHT, "2026-11-02 12:00"),
        ("2026-11-02T21:00Z", "UTC", NIGHT, "2026-11-03 08:00"),
        ("2026-11-03T07:59Z", "UTC", NIGHT, "2026-11-03 08:00"),
        ("2026-11-03T08:00Z", "UTC", NIGHT, "2026-11-03 08:00"),
        ("2026-11-03T13:00Z", "UTC", (time(12), time(14)), "2026-11-03 14:00"),
        ("2026-03-08T05:00Z", "America/New_York", NIGHT, "2026-03-08 12:00"),  # clocks go forward
        ("2026-11-01T04:00Z", "America/New_York", NIGHT, "2026-11-01 13:00"),  # clocks go back
        ("2026-03-08T06:30Z", "America/New_York", (time(1), time(2, 30)), "2026-03-08 07:30"),  # no 2:30
        ("2026-11-01T06:10Z", "America/New_York", (time(1), time(1, 30)), "2026-11-01 06:30"),  # 1:30 again
        ("2026-11-02T08:30Z", "Pacific/Tongatapu", NIGHT, "2026-11-02 19:00"),  # UTC+13
        ("2026-11-02T08:30Z", "Pacific/Pago_Pago", NIGHT, "2026-11-02 19:00"),  # UTC-11
        ("2028-02-28T22:00Z", "UTC", NIGHT, "2028-02-29 08:00"),
        ("2028-02-29T22:00Z", "UTC", NIGHT, "2028-03-01 08:00"),
    ],
)
def test_quiet_hours_end_on_the_clock_of_the_place(text, zone, quiet, expected):
    assert open_at(text, zone, quiet) == expected


@settings(max_examples=60)
@given(
    at=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    quiet=st.tuples(st.times(), st.times()),
)
def test_it_is_never_earlier_and_hardly_ever_more_than_a_day_later(at, zone, quiet):
    found = hours.next_open(at, ZoneInfo(zone), *quiet)

    assert found >= at
    assert (found - at).total_seconds() <= 26 * 3600
    assert quiet[0] == quiet[1] or not hours.is_quiet(found.astimezone(ZoneInfo(zone)).time(), *quiet)
