"""Waiting times as ISO 8601 writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import durations


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT0S", timedelta()),
        ("PT90M", timedelta(minutes=90)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P90D", timedelta(days=90)),
    ],
)
def test_a_duration_of_fixed_length_is_read(text, length):
    assert durations.parse(text) == length


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "-PT1H", "PT-1H", "P1M", "P1Y", "2h", "PT1.5H", "pt1h", "PT1H ", "P1D1H", "P١D"],
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"is not a waiting time.*PT1H30M"):
        durations.parse(text)


@pytest.mark.parametrize("text", ["P91D", "P13W", "PT2161H", "PT99999999S"])
def test_a_wait_of_more_than_ninety_days_is_refused(text):
    with pytest.raises(ValueError, match="longer than the 90 days"):
        durations.parse(text)


@given(st.text(alphabet="PTWDHMSY0123456789-. ", max_size=20))
def test_any_text_is_a_wait_within_bounds_or_a_sentence(text):
    found = length_or_sentence(text)

    if isinstance(found, timedelta):
        assert timedelta() <= found <= durations.LONGEST
    else:
        assert found.endswith(".")


def length_or_sentence(text: str) -> timedelta | str:
    try:
        return durations.parse(text)
    except ValueError as error:
        return str(error)
