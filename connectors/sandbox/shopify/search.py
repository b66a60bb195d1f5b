"""The search syntax of ``query:``. A filter that a connection does not know is ignored, as at the vendor.

https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from connectors.sandbox.wire import Json

TOKEN = re.compile(r"""\(|\)|-?\w+:(?:>=|<=|>|<)?(?:'[^']*'|"[^"]*"|[^\s()]*)|-?'[^']*'|-?"[^"]*"|[^\s()]+""")
TERM = re.compile(r"""(\w+):(>=|<=|>|<)?('[^']*'|"[^"]*"|.*)""")
Filter = Callable[[Json, str, str], bool | None]  # row, comparator, value; None where that says nothing
Test = Callable[[Json], bool | None]


class Broken(Exception):
    """The vendor fails at an empty value."""


def fitting(
    rows: list[Json], query: str | None, filters: Mapping[str, Filter], words: tuple[str, ...] = ()
) -> list[Json]:
    """The rows that meet every filter this connection knows; ``words`` are the columns that bare words are
    looked for in. Raises Broken."""
    if not query or not query.strip():
        return rows
    test = Reader(query, filters, words).read()
    return [row for row in rows if test(row) is not False]


class Reader:
    """Reads one query: AND (or a space), OR, NOT or a minus, brackets."""

    def __init__(self, query: str, filters: Mapping[str, Filter], words: tuple[str, ...]) -> None:
        self._tokens = TOKEN.findall(query)
        self._filters = filters
        self._words = words

    def read(self) -> Test:
        tests = []
        while self._tokens:
            tests.append(self._either())
            if self._tokens and self._tokens[0] == ")":
                self._tokens.pop(0)  # one bracket too many
        return _all(tests)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._tokens and self._tokens[0] == "OR":
            self._tokens.pop(0)
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else _any(tests)

    def _both(self) -> Test:
        tests: list[Test] = []
        while self._tokens and self._tokens[0] not in (")", "OR"):
            token = self._tokens.pop(0)
            if token != "AND":  # noqa: S105  a word of the search syntax
                tests.append(self._one(token))
        return _all(tests)

    def _one(self, token: str) -> Test:
        if token == "NOT" and self._tokens:  # noqa: S105
            return _not(self._one(self._tokens.pop(0)))
        if token == "(":  # noqa: S105
            test = self._either()
            if self._tokens:
                self._tokens.pop(0)
            return test
        if token.startswith("-"):
            return _not(self._one(token[1:]))
        match = TERM.fullmatch(token)
        return self._filter(*match.groups("")) if match else self._said(_bare(token))

    def _filter(self, name: str, comparator: str, given: str) -> Test:
        value = _bare(given)
        if not value:
            raise Broken
        if value == given and ":" in value:
            return lambda row: None  # a colon needs quotation marks
        fits = self._filters.get(name)
        return (lambda row: fits(row, comparator, value)) if fits else (lambda row: None)

    def _said(self, word: str) -> Test:
        columns = self._words
        return lambda row: any(word.lower() in str(row[each] or "").lower() for each in columns)


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def every(row: Json) -> bool | None:
        found = [each for each in (test(row) for test in tests) if each is not None]
        return all(found) if found else None

    return every


def _any(tests: list[Test]) -> Test:
    def some(row: Json) -> bool | None:
        found = [each for each in (test(row) for test in tests) if each is not None]
        return any(found) if found else None

    return some


def _not(test: Test) -> Test:
    def other(row: Json) -> bool | None:
        found = test(row)
        return None if found is None else not found

    return other
