"""Facts are read as tables and words."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.admin.readable import facts


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("tag_not_listed", "it has none of the rule's tags"),
        ("some_later_code", "some later code"),
        ("Free_text as it came", "Free_text as it came"),
        ("2026-12-23T00:39:19.585136Z", "2026-12-23 00:39:19 UTC"),
        ("2026-12-23T00:39:19+02:00", "2026-12-23T00:39:19+02:00"),
        (True, "yes"),
        (False, "no"),
        (None, "–"),
        ("", "–"),
        ([], "–"),
        ({}, "–"),
        (0, "0"),
        (12.5, "12.5"),
        (["a", "b"], "a, b"),
    ],
)
def test_single_values_are_words(value: Any, told: str) -> None:
    assert facts(value) == told


def test_names_and_values_are_a_table() -> None:
    assert facts({"ticket_id": 8}) == (
        '<table class="facts"><tr><th scope="row">Ticket id</th><td>8</td></tr></table>'
    )


def test_alike_rows_are_a_table_with_columns() -> None:
    told = str(facts([{"rule": "A", "reason": "no_ticket"}, {"rule": "B"}]))

    assert '<th scope="col">Rule</th><th scope="col">Reason</th>' in told
    assert "<td>A</td><td>there is no ticket</td>" in told
    assert "<td>B</td><td>–</td>" in told


def test_markup_stays_text() -> None:
    assert "<b>" not in str(facts({"<b>": ["<b>", {"<b>": "<b>"}]}))


def test_what_is_nested_without_end_is_cut() -> None:
    value: Any = "end"
    for _ in range(500):
        value = {"in": [value]}

    assert str(facts(value)).count("<table") < 10
