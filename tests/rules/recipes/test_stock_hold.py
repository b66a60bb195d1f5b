"""A product that is sold out is held until its stock has clearly recovered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.types import Transition, Variant
from rules import engine
from rules.decision import Answer, Decision, Hold, No, Release
from rules.facts import Facts, OpenCause, ProductFacts
from tests.rules.examples import NOW, cause, change, facts, rule

SHIRT = "shopify:product:7"


def held() -> OpenCause:
    return cause(subject="product:7", reference=SHIRT, method="")


def known(*stocks: int | None, is_held: bool = False, **fields: Any) -> Facts:
    forms = tuple(Variant(id=str(place), stock=stock) for place, stock in enumerate(stocks))
    counted = [stock for stock in stocks if stock is not None]
    values: dict[str, Any] = {"title": "Linen shirt", "status": "active", "variants": forms}
    stock = sum(counted) if counted else None
    product = ProductFacts(id="7", stock=stock, **{**values, **fields})
    heard = change(Transition.STOCK_CHANGED, vendor="shopify", kind="product", object_id="7")
    causes = {1: (held(),)} if is_held else {}
    return facts(change=heard, ticket=None, customer=None, product=product, causes=causes)


def decide(about: Facts, **values: Any) -> Answer:
    verdict = engine.decide([rule("stock_hold", values)], about)[0]
    answers: list[Answer] = [*verdict.decisions, *verdict.noes]
    assert len(answers) == 1
    return answers[0]


def said(answer: Answer) -> str:
    """held, released for a reason, or the reason against both."""
    if isinstance(answer, No):
        return answer.reason
    return "held" if isinstance(answer.effect, Hold) else f"released: {answer.because}"


def test_a_sold_out_product_is_held_as_a_catalog_item():
    answer = decide(known(0))

    assert isinstance(answer, Decision)
    assert answer.effect == Hold(
        subject="product:7",
        subject_kind="catalog_item",
        cause="stock_hold",
        reference=SHIRT,
        method="",
        source_at=NOW,
        told="Linen shirt",
    )


@pytest.mark.parametrize(
    ("stocks", "values", "expected"),
    [
        ((0,), {}, "held"),
        ((-3,), {}, "held"),
        ((1,), {}, "stock_sufficient"),
        ((5,), {"threshold": 5}, "held"),
        ((6,), {"threshold": 5}, "stock_sufficient"),
        ((0, 4), {}, "stock_sufficient"),
        ((0, 0), {}, "held"),
        ((0, 4), {"variants": "any"}, "held"),
        ((1, 4), {"variants": "any"}, "stock_sufficient"),
        ((0, None), {}, "stock_not_counted"),
        ((0, None), {"variants": "any"}, "held"),
        ((None,), {}, "stock_not_counted"),
        ((), {}, "stock_not_counted"),
    ],
)
def test_how_much_is_left_of_which_variant_decides(stocks, values, expected):
    assert said(decide(known(*stocks), **values)) == expected


def test_what_sells_without_stock_is_never_sold_out():
    backordered = (Variant(id="1", stock=0, sells_without_stock=True),)

    assert said(decide(known(0, variants=backordered))) == "stock_not_counted"


@pytest.mark.parametrize(
    ("stock", "expected"),
    [(3, "held"), (4, "not_recovered"), (6, "not_recovered"), (7, "released: stock_recovered")],
)
def test_it_is_let_go_above_the_threshold_and_hysteresis(stock, expected):
    assert said(decide(known(stock, is_held=True), threshold=3, hysteresis=3)) == expected


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_on_sale_begins_no_hold_and_ends_none(status):
    assert said(decide(known(0, status=status))) == "product_not_sold"
    assert said(decide(known(9, status=status, is_held=True))) == "product_not_sold"


def test_what_is_no_longer_counted_is_let_go():
    assert said(decide(known(None, is_held=True))) == "released: stock_not_counted"


def test_an_unknown_product_is_unreadable():
    answer = decide(facts(change=known(0).change, ticket=None, customer=None))

    assert isinstance(answer, No)
    assert answer.is_unreadable


@given(
    stock=st.integers(-5, 30),
    threshold=st.integers(0, 10),
    hysteresis=st.integers(0, 10),
    is_held=st.booleans(),
)
def test_a_hold_is_never_begun_and_ended_at_the_same_stock(stock, threshold, hysteresis, is_held):
    answer = decide(known(stock, is_held=is_held), threshold=threshold, hysteresis=hysteresis)

    effect = answer.effect if isinstance(answer, Decision) else None
    assert isinstance(effect, Hold) is (stock <= threshold)
    assert isinstance(effect, Release) is (is_held and stock > threshold + hysteresis)
