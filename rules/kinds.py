"""What values there are, and what each can be asked: the operators of conditions, typed."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from rules import durations
from rules.facts import Facts
from rules.sentences import listed, spoken, spoken_time

Test = Callable[[Any, Any], bool]

LISTS = frozenset({"in", "not_in"})  # ask with several values
PAIRS = frozenset({"between"})  # ask with two, the lower one first
LONGEST_AGO = timedelta(days=3650)

EQUALITY: dict[str, Test] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "in": lambda seen, wanted: seen in wanted,
    "not_in": lambda seen, wanted: seen not in wanted,
}
ORDER: dict[str, Test] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "between": lambda seen, wanted: wanted[0] <= seen <= wanted[1],
}
PARTS_OF_TEXT: dict[str, Test] = {
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
AGE: dict[str, Test] = {
    "older_than": lambda age, wanted: age is not None and age > wanted,
    "newer_than": lambda age, wanted: age is not None and age < wanted,
}
PHRASES = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "between": "is between",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "older_than": "was more than",
    "newer_than": "was less than",
    "exists": "is",
}
PHRASES_OF_MANY = {
    "contains": "include",
    "in": "include one of",
    "not_in": "include none of",
    "exists": "are",
}
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What values a field has; ``label`` is its name for staff.

    ``operand`` makes a value as it was written ready to compare, None for one that is not of this kind;
    ``measure`` does so with what was seen. ``said`` reads an operand aloud.
    """

    label: str
    noun: str
    operand: Callable[[Any], Any]
    tests: Mapping[str, Test]
    phrases: Mapping[str, str] = msgspec.field(default_factory=lambda: PHRASES)  # each test read aloud
    measure: Callable[[Any, Facts], Any] = lambda seen, facts: seen
    said: Callable[[Any], str] = spoken


def _text(value: Any) -> str | None:
    """People do not tell “Chat” from “chat”, or USD from usd."""
    return value.casefold() if isinstance(value, str) else None


def _key(value: Any) -> str | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value if isinstance(value, str) else None


def _number(value: Any) -> int | Decimal | None:
    """Fractions as Decimal by their shortest text, so that 0.1 is what was written."""
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def money(value: Any) -> int | Decimal | None:
    if isinstance(value, str):
        return Decimal(value) if AMOUNT.fullmatch(value) else None
    return _number(value)


def _bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _span(value: Any) -> timedelta | None:
    try:
        return durations.parse(value, longest=LONGEST_AGO) if isinstance(value, str) else None
    except ValueError:
        return None


def _age(seen: Any, facts: Facts) -> timedelta | None:
    """How long ago; None for what is known never to have happened, which is neither old nor new."""
    return facts.now - seen if seen else None


def _said_money(value: Any) -> str:
    if isinstance(value, Mapping):
        return listed([f"{amount} {currency}" for currency, amount in value.items()], "or")
    return str(value)


TEXT = Kind(
    label="text",
    noun="a text",
    operand=_text,
    tests=EQUALITY | PARTS_OF_TEXT,
    measure=lambda seen, facts: seen.casefold(),
)
KEY = Kind(label="id", noun="a text", operand=_key, tests=EQUALITY)  # vendors tell ids apart by case
NUMBER = Kind(label="number", noun="a number", operand=_number, tests=EQUALITY | ORDER)
MONEY = Kind(label="money", noun="a number", operand=money, tests=EQUALITY | ORDER, said=_said_money)
BOOL = Kind(
    label="true or false", noun="true or false", operand=_bool, tests={"eq": operator.eq, "ne": operator.ne}
)
TEXTS = Kind(
    label="list",
    noun="a text",
    operand=_text,
    tests={
        "contains": operator.contains,
        "in": lambda seen, wanted: not wanted.isdisjoint(seen),
        "not_in": lambda seen, wanted: wanted.isdisjoint(seen),
    },
    phrases=PHRASES_OF_MANY,
    measure=lambda seen, facts: frozenset(each.casefold() for each in seen),
)
TIME = Kind(
    label="time",
    noun="a length of time such as P30D or PT2H",
    operand=_span,
    tests=AGE,
    measure=_age,
    said=lambda value: f"{spoken_time(durations.parse(value, longest=LONGEST_AGO))} ago",
)

KINDS = (TEXT, KEY, NUMBER, MONEY, BOOL, TEXTS, TIME)
