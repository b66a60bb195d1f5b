"""Operators beside the plain ones: parts of texts, ranges, how long ago, and groups of which none holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rules import conditions
from rules.facts import CustomerFacts, Facts
from rules.purchases import Story
from tests.rules.examples import NOW, ORDER, PRODUCT, facts, ticket
from tests.rules.test_conditions import FALSE, TRUE, UNREADABLE, answer, complaint, leaf

EVERYTHING = facts(order=ORDER, product=PRODUCT, ticket=ticket(created_at=NOW - timedelta(hours=5)))


def bought(**fields: Any) -> Facts:
    return facts(customer=CustomerFacts(email="ana@shop.test", order_count=1, story=Story(**fields)))


@pytest.mark.parametrize(
    ("field", "op", "value", "passed"),
    [
        ("ticket.subject", "starts_with", "where IS", True),
        ("ticket.subject", "starts_with", "is my", False),
        ("customer.email", "ends_with", "@SHOP.test", True),
        ("customer.email", "ends_with", "@shop", False),
        ("order.item_count", "between", [3, 5], True),
        ("order.item_count", "between", [4, 5], False),
        ("order.total", "between", [120.5, "200"], True),
        ("product.stock", "between", [0, 12], True),
        ("ticket.created_at", "older_than", "PT4H", True),
        ("ticket.created_at", "older_than", "PT5H", False),
        ("ticket.created_at", "newer_than", "PT5H", False),
        ("ticket.created_at", "newer_than", "P1D", True),
        ("ticket.created_at", "exists", True, True),
    ],
)
def test_each_operator_answers(field, op, value, passed):
    assert answer(leaf(field, op, value), EVERYTHING) is passed


@pytest.mark.parametrize(
    ("known", "op", "passed"),
    [
        (bought(last_at=NOW - timedelta(days=40)), "older_than", True),
        (bought(last_at=NOW - timedelta(days=20)), "older_than", False),
        (bought(), "older_than", False),  # who has never bought has no last order: neither old nor new
        (bought(), "newer_than", False),
        (bought(is_whole=False), "older_than", None),
        (facts(), "older_than", None),
        (facts(customer=None), "newer_than", None),
    ],
)
def test_what_never_happened_is_not_what_cannot_be_known(known, op, passed):
    assert answer(leaf("customer.last_order_at", op, "P30D"), known) is passed
    assert answer(leaf("customer.last_order_at", "exists", True), known) is (
        known.customer is not None and known.customer.story is not None and bool(known.customer.story.last_at)
    )


@pytest.mark.parametrize(
    ("field", "op", "value", "sentence"),
    [
        ("order.total", "between", 5, "“between” needs a list of two values, the lower one first."),
        ("order.total", "between", [1, 2, 3], "“between” needs a list of two values, the lower one first."),
        ("order.total", "between", [5, 1], "“between” needs the lower value first."),
        ("order.total", "between", ["a", 1], "order.total needs a number, not “a”."),
        (
            "ticket.created_at",
            "older_than",
            "30 days",
            "ticket.created_at needs a length of time such as P30D or PT2H, not “30 days”.",
        ),
        (
            "ticket.created_at",
            "older_than",
            "P9999D",
            "ticket.created_at needs a length of time such as P30D or PT2H, not “P9999D”.",
        ),
        (
            "ticket.created_at",
            "gt",
            "P1D",
            "ticket.created_at can be asked older_than, newer_than, exists, not “gt”.",
        ),
        (
            "order.item_count",
            "starts_with",
            "1",
            "order.item_count can be asked eq, ne, in, not_in, gt, gte, lt, lte, between, exists, "
            "not “starts_with”.",
        ),
        ("ticket.subject", "starts_with", 7, "ticket.subject needs a text, not the number 7."),
    ],
)
def test_what_does_not_suit_is_refused_with_what_does(field, op, value, sentence):
    assert complaint(leaf(field, op, value)) == sentence


@pytest.mark.parametrize(
    ("parts", "passed"),
    [
        ([FALSE, FALSE], True),
        ([FALSE, TRUE], False),
        ([TRUE, UNREADABLE], False),
        ([FALSE, UNREADABLE], None),
        ([{"none": [TRUE]}], True),
    ],
)
def test_of_a_none_group_no_part_may_hold(parts, passed):
    assert answer({"none": parts}, facts()) is passed


def test_a_none_group_needs_a_part():
    assert complaint({"none": []}) == "“none” needs at least one condition."


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (leaf("ticket.subject", "starts_with", "Re:"), "its subject starts with “Re:”"),
        (leaf("order.item_count", "between", [2, 5]), "the order's number of items is between 2 and 5"),
        (
            leaf("customer.last_order_at", "older_than", "P30D"),
            "the customer's last order was more than 30 days ago",
        ),
        (leaf("ticket.created_at", "newer_than", "PT2H"), "its beginning was less than 2 hours ago"),
        ({"none": [TRUE, FALSE]}, "not (its channel is “email” or its channel is “chat”)"),
        (
            {"all": [TRUE, {"none": [TRUE, FALSE]}]},
            "its channel is “email” and not (its channel is “email” or its channel is “chat”)",
        ),
    ],
)
def test_it_is_read_aloud(condition, sentence):
    assert conditions.parse(condition).sentence(about="ticket") == sentence
