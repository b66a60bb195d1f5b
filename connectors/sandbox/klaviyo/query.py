"""The query parameters an endpoint takes, and what a request asked with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from connectors.sandbox.klaviyo.errors import bad_parameter
from connectors.sandbox.klaviyo.filters import Allowed, Condition, parse

_BRACKET = re.compile(r"(fields|additional-fields|page)\[([\w-]+)\]")


@dataclass(frozen=True)
class Query:
    """What may be asked: page size as (default, most), None where the endpoint has no page[size]."""

    filters: dict[str, Allowed] = field(default_factory=dict)
    sorts: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # additional-fields by type
    size: tuple[int, int] | None = None
    pages: bool = False
    needs: tuple[str, ...] = ()  # fields that a filter must name


@dataclass(frozen=True)
class Asked:
    """What a request asked."""

    conditions: tuple[Condition, ...] = ()
    sort: str | None = None
    include: frozenset[str] = frozenset()
    extras: frozenset[str] = frozenset()
    fields: dict[str, frozenset[str]] = field(default_factory=dict)
    size: int = 0
    cursor: str | None = None

    def value(self, name: str, operator: str = "equals") -> Any:
        """The value one clause compares with, None when there is no such clause."""
        return next(
            (one.value for one in self.conditions if (one.field, one.operator) == (name, operator)), None
        )


def read(query: Query, params: MultiDict[str, str]) -> Asked:
    """Raises the vendor's 400 for anything the endpoint does not take."""
    fields: dict[str, frozenset[str]] = {}
    extras: set[str] = set()
    for name, value in params.items():
        bracket = _BRACKET.fullmatch(name)
        if bracket and bracket[1] == "fields":
            fields[bracket[2]] = frozenset(value.split(","))
        elif bracket and bracket[1] == "additional-fields":
            extras |= _chosen(value, query.extras.get(bracket[2], ()), name)
        elif not _known(query, name):
            raise bad_parameter(f"'{name}' is not a valid query parameter for this resource.", name)
    sort = params.get("sort")
    if sort is not None and sort.removeprefix("-") not in query.sorts:
        raise bad_parameter(f"'{sort}' is not a sortable field of this resource.", "sort")
    return Asked(
        conditions=_conditions(query, params.get("filter")),
        sort=sort,
        include=frozenset(_chosen(params.get("include", ""), query.include, "include")),
        extras=frozenset(extras),
        fields=fields,
        size=_size(query, params.get("page[size]")),
        cursor=params.get("page[cursor]"),
    )


def _known(query: Query, name: str) -> bool:
    takes = {
        "filter": bool(query.filters),
        "sort": bool(query.sorts),
        "include": bool(query.include),
        "page[size]": query.size is not None,
        "page[cursor]": query.pages or query.size is not None,
    }
    return takes.get(name, False)


def _conditions(query: Query, expression: str | None) -> tuple[Condition, ...]:
    conditions = parse(expression, query.filters) if expression else []
    for name in query.needs:
        if not any(one.field == name for one in conditions):
            raise bad_parameter(f"A filter on '{name}' is required for this resource.", "filter")
    return tuple(conditions)


def _chosen(value: str, options: tuple[str, ...], parameter: str) -> set[str]:
    wanted = {one for one in value.split(",") if one}
    if wrong := wanted - set(options):
        raise bad_parameter(f"'{sorted(wrong)[0]}' is not valid for '{parameter}' here.", parameter)
    return wanted


def _size(query: Query, text: str | None) -> int:
    default, most = query.size or (0, 0)
    if text is None:
        return default
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise bad_parameter(f"Page size must be an integer between 1 and {most}.", "page[size]")
    return int(text)
