"""Returns: requested, approved, closed, each once; declined and cancelled ones are closed."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.decide import mirror
from tests.orchestrator.decide.shop import parcel
from tests.scene import at


def told(before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    old = None if before is None else parcel(**before)
    applied = mirror.apply(old, parcel(minutes=5, **after), vendor="shopify")
    return [each.transition.value.partition(".")[2] for each in applied.changes]


APPROVED = {"status": "approved", "approved_at": at(1)}
CLOSED = {"status": "closed", "approved_at": at(1), "closed_at": at(2)}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {}, ["requested"]),
        (None, APPROVED, ["requested", "approved"]),
        (None, CLOSED, ["requested", "approved", "closed"]),
        ({}, APPROVED, ["approved"]),
        ({}, CLOSED, ["approved", "closed"]),
        ({}, {"status": "declined"}, ["closed"]),
        ({}, {"status": "cancelled"}, ["closed"]),
        (APPROVED, CLOSED, ["closed"]),
        (APPROVED, {**APPROVED, "reason": "size"}, []),
        (CLOSED, CLOSED, []),
        (CLOSED, APPROVED, ["approved"]),  # reopened
        ({"status": "cancelled"}, {}, []),
        ({}, {"is_gone": True}, ["closed"]),
        (None, {"is_gone": True}, []),
    ],
)
def test_what_a_return_tells(before, after, expected):
    assert told(before, after) == expected
