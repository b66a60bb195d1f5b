"""Single values of the client file: a check answers the value or raises ValueError with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from connectors.models.store import LONGEST_KEPT
from orchestrator.clientfile import reading
from orchestrator.clientfile.codes import COUNTRIES, CURRENCIES
from orchestrator.clientfile.problems import clipped, meant, unknown
from orchestrator.clientfile.reading import Node, Unclear

Value = Callable[[Node], Any]

FASTEST_POLL = 5  # seconds; faster would spend a vendor's whole quota on asking
SLOWEST_POLL = 7 * 24 * 3600


def text(longest: int) -> Value:
    """One line of text, not empty."""

    def check(node: Node) -> str:
        value = _text(node)
        if not value:
            raise ValueError("It is empty; give it a value or leave the key out.")
        if not value.isprintable():
            raise ValueError("It has to be one line without control characters.")
        if len(value) > longest:
            raise ValueError(f"It has {len(value)} characters; at most {longest} are possible.")
        return value

    return check


def or_empty(check: Value) -> Value:
    """Empty takes back what is stored."""
    return lambda node: "" if node.value == "" else check(node)


def one_of(what: str, known: Callable[[], Iterable[str]], where: str = "") -> Value:
    """A word from a list. Here ``off`` is the word, not YAML's false."""

    def check(node: Node) -> str:
        is_word = isinstance(node.value, str | bool | Unclear)
        word = node.written.strip() if is_word else _text(node)
        names = list(known())
        if word not in names:
            raise ValueError(unknown(what, word, names, where))
        return word

    return check


def matching(pattern: str, longest: int, sentence: str) -> Value:
    plain_text = text(longest)

    def check(node: Node) -> str:
        value: str = plain_text(node)
        if not re.fullmatch(pattern, value):
            raise ValueError(sentence)
        return value

    return check


def currency(node: Node) -> str:
    return _code(node, CURRENCIES, "currency", "three capital letters of ISO 4217, such as USD")


def country(node: Node) -> str:
    return _code(node, COUNTRIES, "country", "two capital letters of ISO 3166, such as US")


def zone(node: Node) -> str:
    value: str = text(60)(node)
    if value not in _zones():
        end = meant(value, _zones())
        raise ValueError(
            f"There is no time zone “{clipped(value)}”{end} Use a name such as America/New_York."
        )
    return value


def seconds(node: Node) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        raise ValueError(f"It has to be a whole number of seconds, not {reading.kind(node)}.")
    if not FASTEST_POLL <= node.value <= SLOWEST_POLL:
        raise ValueError(f"It has to be between {FASTEST_POLL} and {SLOWEST_POLL} seconds.")
    return node.value


def days(node: Node) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        raise ValueError(f"It has to be a whole number of days (0 is for ever), not {reading.kind(node)}.")
    if not 0 <= node.value <= LONGEST_KEPT:
        raise ValueError(f"It has to be between 0 (for ever) and {LONGEST_KEPT} days.")
    return node.value


def limit(most: int, what: str) -> Value:
    """A number from 1 on; null takes the limit back."""

    def check(node: Node) -> int | None:
        if node.value is not None and (isinstance(node.value, bool) or not isinstance(node.value, int)):
            raise ValueError(f"It has to be a whole number of {what}, or null, not {reading.kind(node)}.")
        if node.value is not None and not 1 <= node.value <= most:
            raise ValueError(f"It has to be between 1 and {most:,} {what}; null is no limit.")
        return node.value

    return check


def flag(node: Node) -> bool:
    if not isinstance(node.value, bool):
        raise ValueError(f"Write true or false instead of {clipped(node.written) or reading.kind(node)}.")
    return node.value


def _text(node: Node) -> str:
    if isinstance(node.value, str):
        return node.value.strip()
    if node.value is None:
        raise ValueError("It has no value; give it one or leave the key out.")
    if isinstance(node.value, list | dict):
        raise ValueError(f"It has to be a text, not {reading.kind(node)}.")
    raise ValueError(reading.quotes_needed(node))


def _code(node: Node, known: frozenset[str], what: str, form: str) -> str:
    value = _text(node)
    if value.upper() in known and value not in known:
        raise ValueError(f"Write it in capital letters: {value.upper()}.")
    if value not in known:
        raise ValueError(f"There is no {what} “{clipped(value)}”; use the {form}.")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
