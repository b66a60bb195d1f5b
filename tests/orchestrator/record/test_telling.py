"""What a decision saw is told in words, whatever its shape."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.record import telling


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"USD": "500", "EUR": "450"}, "EUR 450 and USD 500"),
        ({}, "nothing"),
        (["a", "b"], "“a” and “b”"),
        (None, "unknown"),
        ("2026-11-27T05:13:13.277850+00:00", "2026-11-27 05:13:13 UTC"),
    ],
)
def test_a_value_is_told_in_words(value: Any, told: str) -> None:
    assert telling.seen({"line": value}) == f" Seen: line {told}."
