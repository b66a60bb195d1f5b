"""The search syntax of ``query:``. A filter that a connection does not know is ignored, as at the vendor.

https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.wire import Json

TERM = re.compile(r"""(-?)(\w+):(>=|<=|>|<)?(?:'([^']*)'|"([^"]*)"|(\S+))""")
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "": operator.eq,
}
Filter = Callable[[Json, str, str], bool]  # row, comparator, value


class Broken(Exception):
    """The vendor fails at an empty value."""


def stamped(field: str) -> Filter:
    """Stamps in one zone and one form compare as texts; a date alone means its midnight."""

    def fits(row: Json, comparator: str, value: str) -> bool:
        return TESTS[comparator](row[field], value if "T" in value else f"{value}T00:00:00Z")

    return fits


def by_day(field: str) -> Filter:
    """Customers are matched by whole days, whatever time is given."""

    def fits(row: Json, comparator: str, value: str) -> bool:
        return TESTS[comparator](row[field][:10], value[:10])

    return fits


def same(field: str) -> Filter:
    def fits(row: Json, comparator: str, value: str) -> bool:
        return str(row[field] or "").lower() == value.lower()

    return fits


def fitting(rows: list[Json], query: str | None, filters: Mapping[str, Filter]) -> list[Json]:
    """The rows that meet every filter this connection knows. Raises Broken."""
    for minus, name, comparator, single, double, bare in TERM.findall(query or ""):
        value = single or double or bare
        if not value or value in TESTS:
            raise Broken
        if name in filters:
            fits = filters[name]
            rows = [row for row in rows if fits(row, comparator, value) != bool(minus)]
    return rows
