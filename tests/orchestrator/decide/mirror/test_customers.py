"""Customer records: changed, or merged into another."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.types import Person
from orchestrator.decide import mirror
from tests.orchestrator.decide.shop import record, usd

MERGED = {"is_gone": True, "merged_into": "9002", "person": Person(id="9001")}


def told(before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    old = None if before is None else record(**before)
    applied = mirror.apply(old, record(minutes=5, **after), vendor="shopify")
    return [each.transition.value for each in applied.changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {}, ["customer.changed"]),
        ({}, {}, []),
        ({}, {"tags": ("vip",)}, ["customer.changed"]),
        ({}, {"order_count": 3, "spent": usd(90)}, ["customer.changed"]),
        ({}, MERGED, ["customer.merged"]),
        (None, MERGED, ["customer.merged"]),
        (MERGED, MERGED, []),
        ({}, {"is_gone": True}, []),
    ],
)
def test_what_a_record_tells(before, after, expected):
    assert told(before, after) == expected
