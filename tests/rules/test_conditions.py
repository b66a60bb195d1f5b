"""Conditions: which question suits which field, what it answers, and how it is read aloud."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rules import conditions
from rules.facts import Facts
from tests.rules.examples import CUSTOMER, ORDER, PRODUCT, facts, ticket

EVERYTHING = facts(order=ORDER, product=PRODUCT)


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def answer(condition: Any, known: Facts = EVERYTHING) -> bool | None:
    return conditions.parse(condition).ask(known).passed


def complaint(condition: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        conditions.parse(condition)
    (sentence,) = caught.value.messages
    return sentence


@pytest.mark.parametrize(
    ("field", "op", "value", "passed"),
    [
        ("ticket.channel", "eq", "email", True),
        ("ticket.channel", "eq", "Email", True),
        ("ticket.channel", "eq", "chat", False),
        ("ticket.channel", "ne", "chat", True),
        ("ticket.channel", "in", ["chat", "EMAIL"], True),
        ("ticket.channel", "not_in", ["chat", "email"], False),
        ("ticket.subject", "contains", "PARCEL", True),
        ("ticket.subject", "contains", "refund", False),
        ("ticket.status", "eq", "open", True),
        ("ticket.needs_care", "eq", True, True),
        ("ticket.needs_care", "ne", True, False),
        ("ticket.tags", "contains", "shipping", True),
        ("ticket.tags", "contains", "ship", False),
        ("ticket.tags", "in", ["vip", "SHIPPING"], True),
        ("ticket.tags", "not_in", ["vip", "SHIPPING"], False),
        ("order.currency", "eq", "usd", True),
        ("order.country", "in", ["us", "ca"], True),
        ("order.total", "eq", "120.5", True),
        ("order.total", "eq", 120.5, True),
        ("order.total", "ne", 120, True),
        ("order.total", "gt", 120.5, False),
        ("order.total", "gte", 120.5, True),
        ("order.total", "lt", "120.51", True),
        ("order.total", "lte", 120, False),
        ("order.total", "in", [120.5, 7], True),
        ("order.item_count", "gte", 3, True),
        ("order.item_count", "not_in", [1, 2], True),
        ("customer.email", "eq", "ANA@shop.test", True),
        ("customer.tags", "contains", "vip", True),
        ("customer.spent", "gt", 612.1, False),
        ("customer.order_count", "lt", 5, True),
        ("product.id", "eq", "P-7", True),
        ("product.id", "eq", "p-7", False),
        ("product.stock", "lte", 12, True),
        ("product.stock", "exists", True, True),
        ("ticket.team", "exists", True, False),
        ("ticket.team", "exists", False, True),
    ],
)
def test_each_operator_compares_by_the_kind_of_its_field(field, op, value, passed):
    assert answer(leaf(field, op, value)) is passed


def test_an_id_given_as_a_number_is_the_same_id():
    known = facts(product=PRODUCT.__class__(id="7012"))

    assert answer(leaf("product.id", "in", [7012]), known) is True


@pytest.mark.parametrize(
    ("field", "op", "value", "sentence"),
    [
        ("order.total", "gte", "abc", "order.total needs a number, not “abc”."),
        ("order.total", "gte", True, "order.total needs a number, not true."),
        ("order.total", "eq", [1], "order.total needs a number, not a list."),
        ("order.total", "eq", "1e5", "order.total needs a number, not “1e5”."),
        ("order.total", "eq", float("nan"), "order.total needs a number, not the number nan."),
        ("order.item_count", "eq", "3", "order.item_count needs a number, not “3”."),
        ("ticket.channel", "eq", 7, "ticket.channel needs a text, not the number 7."),
        ("ticket.channel", "eq", None, "ticket.channel needs a text, not nothing."),
        ("ticket.channel", "in", "email", "“in” needs a list with at least one value, not “email”."),
        ("ticket.channel", "in", [], "“in” needs a list with at least one value, not a list."),
        ("ticket.channel", "in", ["email", 1], "ticket.channel needs a text, not the number 1."),
        ("ticket.channel", "exists", "yes", "“exists” needs true or false, not “yes”."),
        ("ticket.needs_care", "eq", "true", "ticket.needs_care needs true or false, not “true”."),
        (
            "ticket.channel",
            "gt",
            "email",
            "ticket.channel can be asked eq, ne, in, not_in, contains, starts_with, ends_with, exists, "
            "not “gt”.",
        ),
        ("ticket.tags", "eq", "vip", "ticket.tags can be asked contains, in, not_in, exists, not “eq”."),
        (
            "order.total",
            "contains",
            1,
            "order.total can be asked eq, ne, in, not_in, gt, gte, lt, lte, between, exists, not “contains”.",
        ),
    ],
)
def test_a_question_that_does_not_suit_its_field_is_refused_in_a_sentence(field, op, value, sentence):
    assert complaint(leaf(field, op, value)) == sentence


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ([], "A condition is {field, op, value} or a group, not a list."),
        ({"all": [7]}, "all[1]: A condition is {field, op, value} or a group, not the number 7."),
        ({"all": [], "any": []}, "A group has “all”, “any” or “none” and nothing beside it."),
        ({"all": {}}, "“all” needs a list of conditions, not names and values."),
        ({"any": []}, "“any” needs at least one condition."),
        ({"field": "ticket.channel", "op": "eq"}, "ticket.channel eq needs a value."),
        ({"field": "ticket.channel", "op": "eq", "valu": 1}, "“valu” is unknown; a condition has"),
        (
            {"field": "ticket.colour", "op": "eq", "value": 1},
            "There is no field “ticket.colour”. Known: ticket.id, ",
        ),
        ({"all": [{"any": [leaf("order.total", "eq", "x")]}]}, "all[1]any[1]: order.total needs a number"),
    ],
)
def test_a_malformed_condition_is_refused_with_its_place(condition, sentence):
    assert complaint(condition).startswith(sentence)


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = leaf("ticket.channel", "eq", "email")
    for _ in range(depth):
        inner = {"all": [inner]}
    return inner


def test_groups_nest_five_deep_and_no_deeper():
    assert answer(nested(5)) is True
    assert "5 deep" in complaint(nested(6))


def test_a_rule_has_a_hundred_conditions_at_the_most():
    one = leaf("ticket.channel", "eq", "email")

    assert answer({"all": [one] * 100}) is True
    assert complaint({"all": [one] * 101}) == "There are more than 100 conditions."


TRUE = leaf("ticket.channel", "eq", "email")
FALSE = leaf("ticket.channel", "eq", "chat")
UNREADABLE = leaf("order.total", "gt", 1)


@pytest.mark.parametrize(
    ("join", "parts", "passed"),
    [
        ("all", [], True),
        ("all", [TRUE, TRUE], True),
        ("all", [TRUE, FALSE], False),
        ("all", [TRUE, UNREADABLE], None),
        ("all", [UNREADABLE, FALSE], False),
        ("any", [FALSE, TRUE], True),
        ("any", [FALSE, FALSE], False),
        ("any", [FALSE, UNREADABLE], None),
        ("any", [UNREADABLE, TRUE], True),
        ("any", [{"all": [UNREADABLE, FALSE]}, FALSE], False),
    ],
)
def test_a_group_is_unreadable_only_when_what_is_missing_could_decide_it(join, parts, passed):
    assert answer({join: parts}, facts()) is passed


@pytest.mark.parametrize("field", ["order.total", "product.stock", "customer.spent", "customer.tags"])
def test_what_is_not_known_is_unreadable_and_exists_says_so(field):
    known = facts(customer=CUSTOMER.__class__(email="ana@shop.test"))
    value = "vip" if field.endswith("tags") else 1
    op = "contains" if field.endswith("tags") else "eq"

    assert answer(leaf(field, op, value), known) is None
    assert answer(leaf(field, "exists", True), known) is False
    assert answer({"field": field, "op": "exists", "value": False}, known) is True


def test_exists_asks_for_presence_when_no_value_is_given():
    assert answer({"field": "ticket.subject", "op": "exists"}) is True


def test_every_condition_is_told_with_the_value_it_met():
    asked = conditions.parse({"any": [FALSE, {"all": [TRUE, UNREADABLE]}]})

    outcome = asked.ask(facts(ticket=ticket(channel="Email")))

    told = [(each.field, each.op, each.value, each.seen, each.passed) for each in outcome.conditions]
    assert told == [
        ("ticket.channel", "eq", "chat", "Email", False),
        ("ticket.channel", "eq", "email", "Email", True),
        ("order.total", "gt", 1, None, None),
    ]


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (TRUE, "its channel is “email”"),
        (leaf("order.total", "gte", 99.5), "the order's total is at least 99.5"),
        (leaf("ticket.tags", "in", ["a", "b", "c"]), "its tags include one of “a”, “b” or “c”"),
        (leaf("customer.tags", "exists", False), "the customer's tags are not known"),
        (leaf("ticket.needs_care", "eq", True), "its need for an answer is true"),
        ({"any": [TRUE, FALSE]}, "its channel is “email” or its channel is “chat”"),
        (
            {"all": [TRUE, {"any": [TRUE, FALSE]}]},
            "its channel is “email” and (its channel is “email” or its channel is “chat”)",
        ),
        ({"all": [{"any": [TRUE]}]}, "its channel is “email”"),
        ({}, ""),
    ],
)
def test_a_condition_reads_as_a_part_of_a_sentence(condition, sentence):
    assert conditions.parse(condition).sentence(about="ticket") == sentence
