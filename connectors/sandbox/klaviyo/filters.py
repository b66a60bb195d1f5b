"""The filter expressions of list endpoints; each endpoint allows only some fields and operators.

https://developers.klaviyo.com/en/docs/filtering_
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.clock import instant
from connectors.sandbox.klaviyo.errors import Refused, bad_parameter

MOST_VALUES = 100
_OPERATOR = re.compile(r"\s*([a-z-]+)\(\s*")
_FIELD = re.compile(r"[A-Za-z_][\w.-]*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'')
_BARE = re.compile(r"[^\s,()\[\]\"']+")
_NOUNS = {"moment": "datetime", "boolean": "boolean", "number": "number"}
COMPARES = ("greater-than", "greater-or-equal", "less-than", "less-or-equal")


@dataclass(frozen=True)
class Allowed:
    """What a field may be asked: the kind of its values and the operators."""

    kind: str  # text | moment | boolean | number
    operators: tuple[str, ...]


def text(*operators: str) -> Allowed:
    return Allowed("text", operators)


def moment(*operators: str) -> Allowed:
    return Allowed("moment", operators)


def boolean(*operators: str) -> Allowed:
    return Allowed("boolean", operators)


def number(*operators: str) -> Allowed:
    return Allowed("number", operators)


@dataclass(frozen=True)
class Condition:
    """One clause of a filter."""

    field: str
    operator: str
    value: Any

    def holds(self, actual: Any) -> bool:
        if self.operator == "has":
            return actual is not None
        if actual is None:
            return False
        return _TESTS[self.operator](actual, self.value)


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda actual, value: bool(actual == value),
    "any": lambda actual, value: actual in value,
    "contains": lambda actual, value: str(value).lower() in str(actual).lower(),
    "starts-with": lambda actual, value: str(actual).lower().startswith(str(value).lower()),
    "ends-with": lambda actual, value: str(actual).lower().endswith(str(value).lower()),
    "greater-than": lambda actual, value: bool(actual > value),
    "greater-or-equal": lambda actual, value: bool(actual >= value),
    "less-than": lambda actual, value: bool(actual < value),
    "less-or-equal": lambda actual, value: bool(actual <= value),
}


def stamp(value: str) -> str:
    """A moment as the vendor writes it: microseconds, UTC offset."""
    return instant(value).isoformat(timespec="microseconds")


def parse(expression: str, allowed: dict[str, Allowed]) -> list[Condition]:
    """The clauses of a filter, all of which must hold."""
    reader = _Reader(expression)
    conditions = reader.clauses(allowed)
    if not reader.at_end():
        raise reader.wrong()
    return conditions


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, expression: str) -> None:
        self._text = expression
        self._place = 0

    def at_end(self) -> bool:
        return self._place >= len(self._text.rstrip())

    def wrong(self, why: str = "") -> Refused:
        near = self._text[self._place : self._place + 40]
        return bad_parameter(f"Invalid filter provided: {why or f'cannot be read near {near!r}'}.", "filter")

    def clauses(self, allowed: dict[str, Allowed]) -> list[Condition]:
        found = self._clause(allowed)
        while self._skip(","):
            found += self._clause(allowed)
        return found

    def _clause(self, allowed: dict[str, Allowed]) -> list[Condition]:
        operator = self._match(_OPERATOR)[1]
        inner = self.clauses(allowed) if operator == "and" else [self._condition(operator, allowed)]
        if not self._skip(")"):
            raise self.wrong()
        return inner

    def _condition(self, operator: str, allowed: dict[str, Allowed]) -> Condition:
        field = self._match(_FIELD)[0]
        if field not in allowed:
            raise self.wrong(f"'{field}' is not a filterable field of this resource")
        if operator not in allowed[field].operators:
            raise self.wrong(f"'{operator}' is not an allowed operator for '{field}'")
        if operator == "has":
            return Condition(field, operator, None)
        if not self._skip(","):
            raise self.wrong()
        value = (
            self._values(field, allowed[field].kind)
            if operator == "any"
            else self._value(allowed[field].kind)
        )
        return Condition(field, operator, value)

    def _values(self, field: str, kind: str) -> frozenset[Any]:
        if not self._skip("["):
            raise self.wrong(f"'any' on '{field}' needs an array")
        values = []
        while not self._skip("]"):
            values.append(self._value(kind))
            self._skip(",")
        if not 1 <= len(values) <= MOST_VALUES:
            raise self.wrong(f"'any' takes 1 to {MOST_VALUES} values, not {len(values)}")
        return frozenset(values)

    def _value(self, kind: str) -> Any:
        self._spaces()
        quoted = _STRING.match(self._text, self._place)
        if kind == "text":
            if quoted is None:
                raise self.wrong("a string must be quoted")
            self._place = quoted.end()
            return re.sub(r"\\(.)", r"\1", quoted[1] if quoted[1] is not None else quoted[2])
        if quoted is not None:
            raise self.wrong(f"a {_NOUNS[kind]} must not be quoted")
        bare = self._match(_BARE)[0]
        if kind == "boolean":
            if bare not in ("true", "false"):
                raise self.wrong(f"{bare!r} is not a boolean")
            return bare == "true"
        try:
            return float(bare) if kind == "number" else stamp(bare)
        except ValueError:
            noun = "a number" if kind == "number" else "an ISO 8601 datetime"
            raise self.wrong(f"{bare!r} is not {noun}") from None

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        self._spaces()
        found = pattern.match(self._text, self._place)
        if found is None:
            raise self.wrong()
        self._place = found.end()
        return found

    def _skip(self, mark: str) -> bool:
        self._spaces()
        if not self._text.startswith(mark, self._place):
            return False
        self._place += len(mark)
        return True

    def _spaces(self) -> None:
        while self._text[self._place : self._place + 1].isspace():
            self._place += 1
