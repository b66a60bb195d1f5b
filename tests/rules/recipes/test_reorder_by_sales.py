"""The reorder point follows from what a product sells, and says how."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from rules import params
from rules.decision import No
from rules.facts import SALES
from rules.recipes import reorder_alert
from rules.velocity import Sold
from tests.rules.examples import NOW, rule
from tests.rules.recipes.test_reorder_alert import decide, effects, known, reasons

BY_SALES = {"reorder_point": "sales", "lead_days": 10, "safety_stock": 4}


def sold(days: int, a_day: int = 2) -> Sold:
    """So many a day, for as many days."""
    today = NOW.date()
    by_day = {today - timedelta(days=each): a_day for each in range(days + 1)}
    return Sold(since=today - timedelta(days=days), by_day=by_day)


@pytest.mark.parametrize(("stock", "is_low"), [(25, False), (24, True), (3, True)])
def test_by_sales_what_has_to_last_until_more_is_there_is_low(stock, is_low):
    answers = decide(known(stock, sold=sold(60)), **BY_SALES)

    assert bool(effects(answers)) is is_low


def test_the_numbers_stand_in_the_alert_the_draft_and_the_run_log():
    answers = decide(known(20, sold=sold(60)), **BY_SALES)

    draft, message = effects(answers)
    said = "2.00 a day (60 in 30 days)"
    assert (draft.threshold, draft.reckoning) == (25, f"{said} × 10 days of lead time + 4 = 24.0.")
    assert {("Sells", said), ("Lead time", "10 days"), ("Safety stock", "4")} <= set(message.action.details)
    assert (answers[0].seen["sold"], answers[0].seen["reorder_point"]) == (60, "24.00")


@pytest.mark.parametrize("history", [None, sold(13)])
def test_too_early_to_tell_the_threshold_counts_and_says_so(history):
    draft, message = effects(decide(known(4, sold=history), **BY_SALES))

    assert draft.threshold == 12
    assert draft.reckoning.startswith("The fixed threshold: only ")
    assert message.action.details[-2][0] == "Too early to tell by sales"


def test_too_early_to_tell_staff_are_told_if_they_want_it_so():
    (answer,) = decide(known(4, sold=sold(13)), **BY_SALES, without_sales="ask")

    assert isinstance(answer, No)
    assert (answer.reason, answer.is_unreadable) == ("sales_too_few", True)


def test_a_draft_ends_when_the_stock_is_above_what_sells():
    waiting = decide(known(25, draft="order_now", sold=sold(60)), **BY_SALES)
    over = decide(known(26, draft="order_now", sold=sold(60)), **BY_SALES)

    assert (reasons(waiting), [each.state for each in effects(over)]) == (["not_recovered"], ["good"])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reorder_point": "guess"}, "no such reorder point"),
        ({"without_sales": "guess"}, "no such way"),
        ({"window_days": 20, "least_days": 21}, "more than the 20 days"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(values, sentence):
    with pytest.raises(ValidationError, match=sentence):
        params.clean(rule("reorder_alert").recipe, values)


def test_only_by_sales_it_asks_for_sales():
    assert [
        rule("reorder_alert", each).recipe.wants(rule("reorder_alert", each).params)
        for each in ({}, BY_SALES)
    ] == [
        frozenset(),
        {SALES},
    ]


def test_by_sales_it_reads_as_two_sentences():
    by_sales = rule("reorder_alert", {**BY_SALES, "hysteresis": 3})

    assert reorder_alert.sentence(by_sales.params) == (
        "When a product's stock is down to what it sells in 10 days plus 4, judged by the last 30 days, "
        "alert the team and draft a reorder, once until the stock is above that by more than 3 again. With "
        "less than 14 days of sales, below 10 is low."
    )
