"""Carts: changed while they are filled, recovered once they are bought."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.decide import mirror
from tests.orchestrator.decide.shop import cart
from tests.scene import at


def told(old: Any, new: Any) -> list[str]:
    applied = mirror.apply(old, new, vendor="shopify")
    return [each.transition.value for each in applied.changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {}, ["cart.changed"]),
        ({}, {}, []),
        ({}, {"total": 90}, ["cart.changed"]),
        ({}, {"bought_at": at(4)}, ["cart.recovered"]),
        (None, {"bought_at": at(4)}, ["cart.recovered"]),
        ({"bought_at": at(4)}, {"bought_at": at(4), "total": 90}, []),
        ({}, {"is_gone": True}, []),
    ],
)
def test_what_a_cart_tells(before, after, expected):
    old = None if before is None else cart(**before)

    assert told(old, cart(minutes=5, **after)) == expected
