"""Products: stock and everything else are told apart, with the stock before."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.types import Variant
from orchestrator.decide import mirror
from tests.orchestrator.decide.shop import product


def changes(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    old = None if before is None else product(**before)
    applied = mirror.apply(old, product(minutes=5, **after), vendor="shopify")
    return {each.transition.value: dict(each.before) for each in applied.changes}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {}, ["stock.changed", "product.changed"]),
        ({}, {}, []),
        ({}, {"stock": 9}, ["stock.changed"]),
        ({}, {"stock": -2}, ["stock.changed"]),
        ({}, {"stock": None}, ["stock.changed"]),
        ({}, {"title": "Other"}, ["product.changed"]),
        ({}, {"title": "Other", "stock": 9}, ["stock.changed", "product.changed"]),
        ({}, {"is_gone": True, "stock": None}, []),
    ],
)
def test_what_a_product_tells(before, after, expected):
    assert list(changes(before, after)) == expected


def test_the_stock_before_is_told_by_variant_too():
    assert changes({"stock": 10}, {"stock": 3}) == {"stock.changed": {"stock": 10, "stocks": {"71": 10}}}


def test_stock_that_only_moves_between_variants_is_told():
    def shirt(small: int, large: int) -> dict[str, Any]:
        return {"variants": (Variant(id="s", stock=small), Variant(id="l", stock=large)), "stock": 10}

    assert changes(shirt(4, 6), shirt(6, 4)) == {"stock.changed": {"stock": 10, "stocks": {"s": 4, "l": 6}}}


def test_a_hundred_variants_are_one_change():
    def shirt(stock: int) -> dict[str, Any]:
        return {"variants": tuple(Variant(id=str(each), stock=stock) for each in range(100)), "stock": stock}

    assert list(changes(shirt(1), shirt(0))) == ["stock.changed"]
