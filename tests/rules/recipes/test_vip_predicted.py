"""Whom the marketing tool expects to be worth it: cared for like a VIP, and marked nowhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.types import Money
from rules import params
from rules.decision import Decision
from rules.recipes import vip
from tests.rules.examples import NOW, rule
from tests.rules.recipes.test_vip import decide, known, wished

ABOVE = {"predicted_above": {"USD": 300}, "team": "VIP"}


def expected(amount: str | None, currency: str = "USD", orders: int = 0) -> Any:
    if amount is None:
        return known(orders, {}, predicted=None, predicted_value=None, predicted_at=None)
    told = Money(Decimal(amount), currency)
    return known(orders, {}, predicted=told, predicted_value=told.amount, predicted_at=NOW)


@pytest.mark.parametrize(
    ("amount", "currency", "is_expected"),
    [("300", "USD", False), ("300.01", "USD", True), ("900", "EUR", False), (None, "USD", False)],
)
def test_only_what_is_known_and_above_the_line_counts(amount, currency, is_expected):
    keys = {each.partition(":")[0] for each in wished(decide(expected(amount, currency), **ABOVE))}

    assert ({"priority", "team"} <= keys) is is_expected


def test_priority_and_team_are_given_and_every_mark_is_only_taken_back():
    answers = decide(expected("320"), **ABOVE)

    told = wished(answers)
    assert {key for key, (_, takes_back) in told.items() if not takes_back} == {"priority:555", "team:555"}
    assert "predicted_vip" in {each.because for each in answers if isinstance(each, Decision)}


def test_a_vip_by_orders_is_one_for_that_reason():
    answers = decide(expected("320", orders=3), **ABOVE)

    assert {each.because for each in answers if isinstance(each, Decision)} == {"vip"}


def test_the_values_seen_are_told_with_their_time_and_the_unknown_as_such():
    seen = [decide(expected(each), **ABOVE)[0].seen for each in ("320", None)]

    assert (seen[0]["predicted"], seen[0]["line_predicted"]) == ("320 USD", {"USD": "300"})
    assert seen[0]["predicted_at"] == NOW.isoformat()
    assert (seen[1]["predicted"], seen[1]["predicted_at"]) == ("not known", None)


def test_without_a_line_nobody_is_asked_and_the_sentence_does_not_speak_of_it():
    from_defaults = decide(expected("9000"))

    assert {key for key, (_, takes_back) in wished(from_defaults).items() if not takes_back} == set()
    assert "predicted" not in from_defaults[0].seen


def test_the_sentence_and_what_is_wanted_follow_from_the_line():
    values = params.clean(rule("vip").recipe, ABOVE)

    assert "expected to spend more than 300 USD" in vip.sentence(values)
    assert "customer.predicted" in vip.wants(values)
    assert "customer.predicted" not in vip.wants(params.clean(rule("vip").recipe, {}))
