"""Orders: each thing that happens to one is told once, whatever was missed in between."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.decide import mirror
from tests.orchestrator.decide.shop import order, usd
from tests.scene import at

DONE = {"is_paid": True, "is_fulfilled": True, "refunded": usd(10), "cancelled_at": at(4)}


def told(old: Any, new: Any) -> list[str]:
    applied = mirror.apply(old, new, vendor="shopify")
    return [each.transition.value.partition(".")[2] for each in applied.changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {}, ["placed"]),
        (None, {"is_paid": True}, ["placed", "paid"]),
        (None, DONE, ["placed", "paid", "fulfilled", "refunded", "cancelled"]),
        ({}, {"is_paid": True}, ["paid"]),
        ({}, {"is_fulfilled": True}, ["fulfilled"]),
        ({}, {"fulfillment_status": "on_hold"}, ["delayed"]),
        ({"fulfillment_status": "on_hold"}, {"fulfillment_status": "on_hold", "tags": ("a",)}, []),
        ({"fulfillment_status": "on_hold"}, {"is_fulfilled": True}, ["fulfilled"]),
        ({}, {"refunded": usd(5)}, ["refunded"]),
        ({"refunded": usd(5)}, {"refunded": usd(20)}, ["refunded"]),
        ({"refunded": usd(20)}, {"refunded": usd(20), "tags": ("a",)}, []),
        ({}, {"cancelled_at": at(4)}, ["cancelled"]),
        (DONE, {**DONE, "tags": ("a",)}, []),
        ({}, {"tags": ("a",)}, []),
        (None, {"is_test": True, **DONE}, []),
        ({"is_test": True}, {"is_test": True, **DONE}, []),
        ({}, {"is_gone": True}, []),
    ],
)
def test_what_an_order_tells(before, after, expected):
    old = None if before is None else order(**before)

    assert told(old, order(minutes=5, **after)) == expected


def test_a_refund_tells_what_was_given_back_before():
    applied = mirror.apply(order(refunded=usd(5)), order(minutes=5, refunded=usd(20)), vendor="shopify")

    assert applied.changes[0].before == {"refunded": "5"}


def test_it_was_placed_when_the_buyer_did_so_not_when_we_heard_of_it():
    applied = mirror.apply(None, order(minutes=90), vendor="shopify")

    assert applied.changes[0].at == at(0)
