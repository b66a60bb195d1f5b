"""Conditions against a naive reading of the same rules, and against arbitrary JSON."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rules import conditions
from rules.facts import CustomerFacts, Facts, OrderFacts
from tests.rules.examples import facts, ticket

WORDS = st.sampled_from(["email", "Email", "chat", "", "vip", "VIP", "ß", "SS"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.1, -2.5])
AMOUNTS = NUMBERS | st.sampled_from(["1", "-2.50", "0.10"])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ALMOST = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "field": st.sampled_from(["order.total", "ticket.tags", "product.id"]) | JSON,
            "op": st.sampled_from(["eq", "in", "gte", "exists"]) | JSON,
            "value": JSON,
        },
    ),
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "not"]), st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=8,
)


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    def of(field: str, ops: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        single = st.tuples(st.sampled_from(ops), values)
        several = st.tuples(st.sampled_from(["in", "not_in"]), st.lists(values, min_size=1, max_size=3))
        known = st.tuples(st.just("exists"), st.booleans())
        return (single | several | known).map(lambda pair: {"field": field, "op": pair[0], "value": pair[1]})

    order = ["eq", "ne", "gt", "gte", "lt", "lte"]
    return (
        of("ticket.channel", ["eq", "ne", "contains"], WORDS)
        | of("ticket.tags", ["contains"], WORDS)
        | of("order.total", order, AMOUNTS)
        | of("customer.order_count", order, NUMBERS)
    )


CONDITIONS = st.recursive(
    leaves(),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts})
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts})
    ),
    max_leaves=6,
)
KNOWN = st.builds(
    lambda channel, tags, total, count: facts(
        ticket=None if channel is None else ticket(channel=channel, tags=tuple(tags)),
        order=None if total is None else OrderFacts(id="1", total=total, currency="USD"),
        customer=None if count == 3 else CustomerFacts(order_count=count),
    ),
    st.none() | WORDS,
    st.lists(WORDS, max_size=2),
    st.none() | st.decimals(-3, 3, places=1),
    st.none() | st.integers(-3, 3),
)


def expected(node: dict[str, Any], known: Facts) -> bool | None:
    """The rules of the grammar, written as plainly as can be."""
    if "all" in node:
        answers = [expected(each, known) for each in node["all"]]
        return False if False in answers else None if None in answers else True
    if "any" in node:
        answers = [expected(each, known) for each in node["any"]]
        return True if True in answers else None if None in answers else False
    seen, op, value = value_of(node["field"], known), node["op"], node["value"]
    if op == "exists":
        return (seen is not None and seen not in ("", [])) is bool(value)
    if seen is None:
        return None
    wanted = [plain(each) for each in value] if isinstance(value, list) else plain(value)
    return compare(op, [plain(each) for each in seen] if isinstance(seen, list) else plain(seen), wanted)


def value_of(field: str, known: Facts) -> Any:
    if field.startswith("ticket"):
        if known.ticket is None:
            return None
        return known.ticket.channel if field == "ticket.channel" else list(known.ticket.tags)
    if field == "order.total":
        return known.order.total if known.order else None
    return known.customer.order_count if known.customer else None


def plain(value: Any) -> Any:
    """Numbers as exact decimals, texts without case."""
    if isinstance(value, str) and not value.lstrip("-").replace(".", "").isdigit():
        return value.casefold()
    return Decimal(str(value))


def compare(op: str, seen: Any, wanted: Any) -> bool:
    if isinstance(seen, list):
        shared = [each for each in seen if each in (wanted if isinstance(wanted, list) else [wanted])]
        return (not shared) if op == "not_in" else bool(shared)
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: seen == wanted,
        "ne": lambda: seen != wanted,
        "gt": lambda: seen > wanted,
        "gte": lambda: seen >= wanted,
        "lt": lambda: seen < wanted,
        "lte": lambda: seen <= wanted,
        "in": lambda: seen in wanted,
        "not_in": lambda: seen not in wanted,
        "contains": lambda: wanted in seen,
    }
    return tests[op]()


def is_too_deep(node: dict[str, Any], depth: int = 0) -> bool:
    parts = node.get("all") or node.get("any") or []
    deeper = depth + ("all" in node or "any" in node)
    return deeper > conditions.DEEPEST or any(is_too_deep(each, deeper) for each in parts)


@given(CONDITIONS.filter(lambda node: not is_too_deep(node)), KNOWN)
def test_every_condition_answers_as_a_naive_reading_does(condition, known):
    parsed = conditions.parse(condition)

    assert parsed.ask(known).passed is expected(condition, known)


@given(CONDITIONS.filter(lambda node: not is_too_deep(node)), KNOWN)
def test_a_condition_reads_back_as_the_same_condition(condition, known):
    parsed = conditions.parse(condition)

    again = conditions.parse(parsed.to_json())

    assert again.to_json() == parsed.to_json()
    assert again.ask(known) == parsed.ask(known)


@given(JSON | ALMOST)
def test_any_json_is_a_condition_or_gets_one_sentence(value):
    try:
        parsed = conditions.parse(value)
    except ValidationError as error:
        (sentence,) = error.messages
        assert sentence.endswith(".")
    else:
        assert parsed.ask(facts()).passed in (True, False, None)
