"""Conditions as rows: what a rule keeps comes back from the page, and mistakes stand in their row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from orchestrator.admin.typed import conditions as rows
from orchestrator.admin.typed.fields import ConditionsField, ConditionsWidget
from rules import conditions
from tests.orchestrator.admin import sent
from tests.rules.test_conditions_properties import CONDITIONS, KNOWN, is_too_deep


def through_the_page(value: Any) -> Any:
    """What is kept when nothing is changed on the page."""
    return ConditionsField().clean(rows.posted(sent.of(ConditionsWidget().render("if", value)), "if"))


def has_empty_group(node: dict[str, Any]) -> bool:
    groups = [node[join] for join in conditions.JOINS if join in node]
    return any(not parts or any(map(has_empty_group, parts)) for parts in groups)


def has_empty_value(node: dict[str, Any]) -> bool:
    """Whether something is known at all is asked by an operator of its own."""
    values = node["value"] if isinstance(node.get("value"), list) else [node.get("value")]
    return "" in values or any(
        has_empty_value(each) for join in conditions.JOINS for each in node.get(join, ())
    )


def can_be_typed(node: dict[str, Any]) -> bool:
    return not (is_too_deep(node) or has_empty_group(node) or has_empty_value(node))


@given(CONDITIONS.filter(can_be_typed), KNOWN)
def test_saving_an_untouched_page_asks_the_same_questions(condition, known):
    again = through_the_page(condition)

    assert conditions.parse(again).ask(known).passed is conditions.parse(condition).ask(known).passed
    assert through_the_page(again) == again


@pytest.mark.parametrize(
    ("field", "op", "typed", "value"),
    [
        ("order.total", "gte", "200", 200),
        ("order.total", "gte", "99.50", 99.5),
        ("order.total", "gte", "200 usd, 180 EUR", {"USD": 200, "EUR": 180}),
        ("order.item_count", "between", "2, 5", [2, 5]),
        ("order.country", "in", 'US, "Bonaire, Sint Eustatius"', ["US", "Bonaire, Sint Eustatius"]),
        ("customer.first_order_at", "older_than", "1 year", None),
        ("customer.first_order_at", "older_than", "30 days", "P30D"),
        ("customer.first_order_at", "newer_than", "1 day and 12 hours", "P1DT12H"),
        ("order.is_cancelled", "eq", "No", False),
        ("customer.tags", "exists", "", True),
        ("ticket.subject", "contains", " 1 day ", "1 day"),
        ("order.number", "eq", "1001", "1001"),
    ],
)
def test_what_is_typed_is_understood_as_the_field_has_it(field, op, typed, value):
    data = {"if-join": "all", "if-0-field": field, "if-0-op": op, "if-0-value": typed}

    found = rows.posted(data, "if")

    if value is None:
        assert "length of time" in found.parts[0].problem
    else:
        assert found.json() == {"all": [{"field": field, "op": op, "value": value}]}


def test_a_mistake_is_told_in_its_row_and_what_was_typed_stays():
    data = {
        "if-0-field": "order.total",
        "if-0-op": "gte",
        "if-0-value": "a lot",
        "if-1-field": "",
        "if-1-value": "",
        "if-2-join": "any",
        "if-3-field": "order.tags",
        "if-3-op": "gte",
        "if-3-value": "",
    }

    page = ConditionsWidget().render("if", rows.posted(data, "if"))

    assert "order.total needs a number, not “a lot”." in page
    assert 'value="a lot"' in page
    assert rows.EMPTY in page
    assert "Type a value, such as" not in page
    assert "Type a value." in page  # tags cannot be asked “at least”: the first way they can be is offered
    assert sent.of(page)["if-3-op"] == "contains"


def test_nothing_typed_is_no_condition():
    assert rows.posted({"if-join": "any", "if-0-field": "", "if-0-value": " "}, "if").json() == {}
    assert through_the_page({}) == {}


def test_a_field_that_is_gone_is_shown_and_refused_by_name():
    page = ConditionsWidget().render("if", {"all": [{"field": "order.colour", "op": "eq", "value": "red"}]})

    again = rows.posted(sent.of(page), "if")

    assert "order.colour (not known)" in page
    assert "There is no field “order.colour”." in again.parts[0].problem


def test_a_page_nested_beyond_all_limits_is_read_no_deeper_than_the_grammar():
    data = {"-".join(["if", *["0"] * depth, "join"]): "all" for depth in range(40)}

    found: rows.Row | rows.Rows = rows.posted(data, "if")
    depth = 1
    while isinstance(found, rows.Rows) and found.parts:
        found, depth = found.parts[0], depth + 1

    assert depth == conditions.DEEPEST
