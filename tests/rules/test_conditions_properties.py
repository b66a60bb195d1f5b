"""Conditions against a naive reading of the same rules, and against arbitrary JSON.

What is asked comes from the product's own tables: an operator that this reading does not know fails here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import conditions
from rules.amounts import BY_CURRENCY
from rules.facts import CustomerFacts, Facts, OrderFacts, ProductFacts
from rules.kinds import KINDS, LISTS, PAIRS
from rules.purchases import Story
from rules.vocabulary import FIELDS
from tests.rules.examples import NOW, facts, ticket
from tests.stories import tried

WORDS = st.sampled_from(["email", "Email", "mail", "chat", "", "vip", "VIP", "ß", "SS"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.1, -2.5])
AMOUNTS = NUMBERS | st.sampled_from(["1", "-2.50", "0.10"])
SPANS = {"PT1H": timedelta(hours=1), "P1D": timedelta(days=1), "P7D": timedelta(days=7)}
VALUES: dict[str, st.SearchStrategy[Any]] = {  # what may be written for a field of each kind
    "text": WORDS,
    "id": st.sampled_from(["P-7", "p-7", "7", 7]),
    "number": NUMBERS,
    "money": AMOUNTS,
    "true or false": st.booleans(),
    "list": WORDS,
    "time": st.sampled_from(sorted(SPANS)),
}
ASKED = {  # a field of each kind, and where it is found
    "ticket.channel": lambda known: known.ticket and known.ticket.channel,
    "product.id": lambda known: known.product and known.product.id,
    "customer.order_count": lambda known: known.customer and known.customer.order_count,
    "order.total": lambda known: known.order and known.order.total,
    "order.is_cancelled": lambda known: known.order and known.order.is_cancelled,
    "ticket.tags": lambda known: known.ticket and known.ticket.tags,
    "customer.last_order_at": lambda known: known.customer and last_order(known.customer.story),
}
EVERY_QUESTION = [(field, op) for field in ASKED for op in (*FIELDS[field].kind.tests, "exists")]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ALMOST = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "field": st.sampled_from(sorted(ASKED)) | JSON,
            "op": st.sampled_from(sorted({op for _, op in EVERY_QUESTION})) | JSON,
            "value": JSON,
        },
    ),
    lambda inner: st.dictionaries(
        st.sampled_from([*conditions.JOINS, "not"]), st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=8,
)


def last_order(story: Story | None) -> datetime | str | None:
    """Where not all orders are known, there may have been one: that is not the same as none."""
    return (story.last_at or ("" if story.is_whole else None)) if story else None


def operand(field: str, op: str) -> st.SearchStrategy[Any]:
    kind = FIELDS[field].kind.label
    values = VALUES[kind]
    if op == "exists":
        return st.booleans()
    if op in LISTS:
        return st.lists(values, min_size=1, max_size=3)
    if op in PAIRS:
        return st.lists(values, min_size=2, max_size=2).map(lambda pair: sorted(pair, key=PLAIN[kind]))
    if kind == "money" and op in BY_CURRENCY:
        priced = st.integers(1, 3) | st.sampled_from(["0.10", 2.5])
        return values | st.dictionaries(st.sampled_from(["USD", "EUR"]), priced, min_size=1)
    return values


def question(field: str, op: str) -> st.SearchStrategy[dict[str, Any]]:
    return operand(field, op).map(lambda value: {"field": field, "op": op, "value": value})


CONDITIONS = st.recursive(
    st.sampled_from(EVERY_QUESTION).flatmap(lambda asked: question(*asked)),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts})
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts})
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"none": parts})
    ),
    max_leaves=6,
)
STORIES = st.none() | st.builds(
    lambda hours, is_whole: Story(last_at=NOW - timedelta(hours=hours) if hours else None, is_whole=is_whole),
    st.sampled_from([0, 1, 2, 24, 30, 168, 200]),
    st.booleans(),
)
KNOWN = st.builds(
    lambda channel, tags, total, cancelled, count, product, story: facts(
        ticket=None if channel is None else ticket(channel=channel, tags=tuple(tags)),
        order=None
        if total is None
        else OrderFacts(id="1", total=total, currency="USD", is_cancelled=cancelled),
        customer=None if count == 3 else CustomerFacts(order_count=count, story=story),
        product=None if product is None else ProductFacts(id=product),
    ),
    st.none() | WORDS,
    st.lists(WORDS, max_size=2),
    st.none() | st.decimals(-3, 3, places=1),
    st.booleans(),
    st.none() | st.integers(-3, 3),
    st.none() | st.sampled_from(["P-7", "p-7", "7", ""]),
    STORIES,
)


def expected(node: dict[str, Any], known: Facts) -> bool | None:
    """The rules of the grammar, written as plainly as can be."""
    if "all" in node:
        answers = [expected(each, known) for each in node["all"]]
        return False if False in answers else None if None in answers else True
    if "any" in node:
        answers = [expected(each, known) for each in node["any"]]
        return True if True in answers else None if None in answers else False
    if "none" in node:
        answer = expected({"any": node["none"]}, known)
        return None if answer is None else not answer
    field, op, value = node["field"], node["op"], node["value"]
    seen = ASKED[field](known)
    if op == "exists":
        return (seen is not None and seen not in ("", ())) is value
    if seen is None:
        return None
    return answered(FIELDS[field].kind.label, op, seen, value)


def answered(kind: str, op: str, seen: Any, value: Any) -> bool | None:
    plain = PLAIN[kind]
    if isinstance(value, dict):  # amounts by currency; what was seen is in dollars
        if "USD" in value:
            return COMPARE[op](seen, plain(value["USD"]))
        return None if seen else op in ("lt", "lte")  # nothing is less than anything, in every currency
    wanted = [plain(each) for each in value] if isinstance(value, list) else plain(value)
    if kind == "list":
        shared = {plain(each) for each in seen} & set(wanted if isinstance(wanted, list) else [wanted])
        return not shared if op == "not_in" else bool(shared)
    if kind == "time":
        return bool(seen) and COMPARE[op](NOW - seen, wanted)
    return COMPARE[op](plain(seen), wanted)


def number(value: Any) -> Decimal:
    return Decimal(str(value))


PLAIN: dict[str, Callable[[Any], Any]] = {
    "text": str.casefold,
    "id": str,
    "number": number,
    "money": number,
    "true or false": bool,
    "list": str.casefold,
    "time": SPANS.__getitem__,
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda seen, wanted: seen == wanted,
    "ne": lambda seen, wanted: seen != wanted,
    "gt": lambda seen, wanted: seen > wanted,
    "gte": lambda seen, wanted: seen >= wanted,
    "lt": lambda seen, wanted: seen < wanted,
    "lte": lambda seen, wanted: seen <= wanted,
    "between": lambda seen, wanted: not (seen < wanted[0] or seen > wanted[1]),
    "in": lambda seen, wanted: any(seen == each for each in wanted),
    "not_in": lambda seen, wanted: all(seen != each for each in wanted),
    "contains": lambda seen, wanted: seen.find(wanted) >= 0,
    "starts_with": lambda seen, wanted: seen[: len(wanted)] == wanted,
    "ends_with": lambda seen, wanted: seen[::-1][: len(wanted)] == wanted[::-1],
    "older_than": lambda age, wanted: age > wanted,
    "newer_than": lambda age, wanted: age < wanted,
}


def is_too_deep(node: dict[str, Any], depth: int = 0) -> bool:
    groups = [node[join] for join in conditions.JOINS if join in node]
    deeper = depth + len(groups)
    return deeper > conditions.DEEPEST or any(is_too_deep(each, deeper) for parts in groups for each in parts)


def test_a_field_of_every_kind_is_asked() -> None:
    kinds = {each.label for each in KINDS}

    assert {FIELDS[field].kind.label for field in ASKED} == kinds
    assert {field.kind.label for field in FIELDS.values()} == kinds


@pytest.mark.parametrize(("field", "op"), EVERY_QUESTION)
@settings(max_examples=tried(15, 50, 200))
@given(data=st.data())
def test_every_question_answers_as_a_naive_reading_does(data, field, op):
    condition, known = data.draw(question(field, op)), data.draw(KNOWN)

    parsed = conditions.parse(condition)

    assert parsed.ask(known).passed is expected(condition, known)
    assert FIELDS[field].noun in parsed.sentence("")


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
