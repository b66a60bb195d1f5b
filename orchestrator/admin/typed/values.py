"""Values of conditions and arguments as people type them, and as a rule keeps them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from typing import Any

from rules import durations
from rules.kinds import BOOL, LISTS, MONEY, NUMBER, PAIRS, TIME, Kind

YES, NO = "yes", "no"
NUMBERS = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
OF_CURRENCY = re.compile(rf"({NUMBERS.pattern})\s+([A-Za-z]{{3}})")
SPAN = re.compile(r"([0-9]+)\s*(week|day|hour|minute|second)s?", re.IGNORECASE)
EXAMPLES = {NUMBER.label: "3", MONEY.label: "200, or 200 USD, 180 EUR", TIME.label: "30 days"}
LETTERS = {"week": "W", "day": "D", "hour": "H", "minute": "M", "second": "S"}


def typed(value: Any, kind: Kind | None = None) -> str:
    """A condition's value in a text box; ``read`` makes the same value of it."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Mapping):
        return ", ".join(f"{amount} {currency}" for currency, amount in value.items())
    if isinstance(value, list):
        return ", ".join(_quoted(typed(each, kind)) for each in value)
    return span_typed(value) if kind is TIME else str(value)


def read(text: str, kind: Kind, op: str) -> Any:
    """What was typed, as the grammar of conditions takes it; what does not fit stays a text."""
    text = text.strip()
    if op == "exists":
        return True if not text else _bool(text)
    if op in LISTS or op in PAIRS:
        return [_one(each, kind) for each in _several(text)]
    if kind is MONEY and (amounts := _amounts(text)):
        return amounts
    return _one(text, kind)


def hint(kind: Kind, op: str) -> str:
    """An example of what to type."""
    if op == "exists" or kind is BOOL:
        return f"{YES} or {NO}"
    if op in PAIRS:
        return "50, 100"
    return "one, another" if op in LISTS else EXAMPLES.get(kind.label, "")


def span_typed(text: Any) -> str:
    """``PT1H30M`` as “1 hour 30 minutes”; anything else as it is."""
    match = durations.PATTERN.fullmatch(str(text))
    if match is None:
        return str(text)
    counted = zip(match.groups(), durations.UNITS, strict=True)
    return " ".join(f"{count} {unit[:-1] if count == '1' else unit}" for count, unit in counted if count)


def span_read(text: str) -> str:
    """“1 hour 30 minutes” as ``PT1H30M``; anything else as it is, for the grammar to refuse."""
    found = SPAN.findall(text)
    if not found or re.sub(r"[\s,]|\band\b", "", SPAN.sub("", text)):
        return text.strip()
    counts = {LETTERS[unit.lower()]: count for count, unit in found}
    days = "".join(f"{counts[letter]}{letter}" for letter in "WD" if letter in counts)
    hours = "".join(f"{counts[letter]}{letter}" for letter in "HMS" if letter in counts)
    return f"P{days}{'T' if hours else ''}{hours}"


def argument_typed(value: Any) -> str:
    """An argument of any kind in one line; a text that looks like something else stands in quotes."""
    is_plain = isinstance(value, str) and argument_read(value) == value and value.isprintable()
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def argument_read(text: str) -> Any:
    """A number, true, false, a list or a quoted text as such, everything else as a text."""
    text = text.strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _one(text: str, kind: Kind) -> Any:
    if kind is BOOL:
        return _bool(text)
    if kind is TIME:
        return span_read(text)
    if kind in (NUMBER, MONEY) and NUMBERS.fullmatch(text):
        return json.loads(text)
    return text


def _bool(text: str) -> Any:
    return {YES: True, "true": True, NO: False, "false": False}.get(text.casefold(), text)


def _amounts(text: str) -> dict[str, Any]:
    """Amounts by currency, nothing when there is one without a currency."""
    found = [OF_CURRENCY.fullmatch(each) for each in _several(text)]
    return {each[3].upper(): _one(each[1], MONEY) for each in found if each} if all(found) else {}


def _several(text: str) -> list[str]:
    """Commas and lines part them; what has a comma itself stands in quotes."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    return [part for row in rows for each in row if (part := each.strip())]


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if re.search(r'[",\n]|^\s|\s$', text) else text
