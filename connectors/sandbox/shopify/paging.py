"""Pages of a connection: ``first`` after, or ``last`` before a cursor, which names a row and where it stood.

https://shopify.dev/docs/api/usage/pagination-graphql
"""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

import msgspec
from graphql import GraphQLError

from connectors.sandbox.wire import Json

LARGEST = 250
FURTHEST = 25_000  # objects that one connection can be paged through

Key = tuple[Any, int]  # what it is sorted by, and the row's number


def page(
    rows: list[Json], column: str, show: Callable[[Json], Any], arguments: dict[str, Any], total: bool = True
) -> Json:
    """One page of rows in the order of a column. Raises GraphQLError for a wrong size or cursor."""
    size, is_backward = _size(arguments)
    is_falling = bool(arguments.get("reverse"))
    ordered = sorted(rows, key=lambda row: _key(row, column), reverse=is_falling)
    start, end = _bounds(ordered, column, arguments, is_falling)
    chosen = ordered[max(start, end - size) : end] if is_backward else ordered[start : min(end, start + size)]
    if not is_backward and total and start >= FURTHEST:
        raise GraphQLError(f"You can only paginate through {FURTHEST} objects.")
    nodes = [show(row) for row in chosen]
    cursors = [_cursor(_key(row, column), column) for row in chosen]
    return {
        "nodes": nodes,
        "edges": [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, cursors, strict=True)],
        "pageInfo": {
            "hasNextPage": end < len(ordered) if is_backward else start + size < end,
            "hasPreviousPage": end - size > start if is_backward else start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _size(arguments: dict[str, Any]) -> tuple[int, bool]:
    """How many, and whether they are counted from the end."""
    given = {name: arguments[name] for name in ("first", "last") if arguments.get(name) is not None}
    if not given:
        raise _bad("you must provide one of first or last")
    if len(given) > 1:
        raise _bad("providing both first and last is not supported")
    [(name, size)] = given.items()
    if size > LARGEST:
        raise _bad(f"{name} cannot exceed {LARGEST}")
    if size < 1:
        raise _bad(f"{name} must be greater than 0")
    return int(size), name == "last"


def _bounds(ordered: list[Json], column: str, arguments: Json, is_falling: bool) -> tuple[int, int]:
    """Between the cursors, wherever their rows are by now: rows that moved are not waited for."""
    start, end = 0, len(ordered)
    if arguments.get("after"):
        mark = _place(arguments["after"], column)
        start = _first(ordered, lambda row: _is_beyond(_key(row, column), mark, is_falling))
    if arguments.get("before"):
        limit = _place(arguments["before"], column)
        end = _first(ordered, lambda row: not _is_beyond(limit, _key(row, column), is_falling))
    return start, end


def _first(ordered: list[Json], fits: Callable[[Json], bool]) -> int:
    """The place of the first row that fits; behind it all do."""
    return bisect_left(ordered, True, key=fits)


def _is_beyond(key: Key, mark: Key, is_falling: bool) -> bool:
    return key < mark if is_falling else key > mark


def _key(row: Json, column: str) -> Key:
    value = row[column]
    return ("" if value is None else value, row["id"])


def _cursor(key: Key, column: str) -> str:
    told = {"last_id": key[1], "last_value": key[0], "by": column}
    return base64.urlsafe_b64encode(msgspec.json.encode(told)).decode()


def _place(cursor: str, column: str) -> Key:
    """A cursor belongs to one order of rows."""
    try:
        told = msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()))
        if told["by"] != column:
            raise _bad("Invalid cursor for current pagination sort.")
        return (told["last_value"], int(told["last_id"]))
    except (ValueError, KeyError, TypeError, msgspec.DecodeError):
        raise _bad("Invalid cursor for current pagination sort.") from None


def _bad(sentence: str) -> GraphQLError:
    return GraphQLError(sentence, extensions={"code": "BAD_REQUEST"})
