"""Pages of a connection: ``first`` and ``after``, a cursor that names the last row and its place.

https://shopify.dev/docs/api/usage/pagination-graphql
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from connectors.sandbox.wire import Json

LARGEST = 250

Key = Callable[[Json], tuple[Any, ...]]


def page(rows: list[Json], key: Key, show: Callable[[Json], Any], arguments: dict[str, Any]) -> Json:
    """One page of rows in the order of ``key``. Raises GraphQLError for a wrong size or cursor."""
    first = arguments.get("first")
    if first is None and arguments.get("last") is None:
        raise GraphQLError("you must provide one of first or last")
    size = first if first is not None else arguments["last"]
    if not 0 < size <= LARGEST:
        raise GraphQLError(f"first cannot exceed {LARGEST}", extensions={"code": "BAD_REQUEST"})
    ordered = sorted(rows, key=key, reverse=bool(arguments.get("reverse")))
    start = _place(ordered, arguments.get("after"))
    chosen = ordered[start : start + size]
    nodes = [show(row) for row in chosen]
    cursors = [_cursor(row) for row in chosen]
    return {
        "nodes": nodes,
        "edges": [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, cursors, strict=True)],
        "pageInfo": {
            "hasNextPage": start + size < len(ordered),
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _cursor(row: Json) -> str:
    return base64.urlsafe_b64encode(f"last:{row['id']}".encode()).decode()


def _place(ordered: list[Json], after: str | None) -> int:
    if not after:
        return 0
    try:
        last = base64.urlsafe_b64decode(after.encode()).decode().removeprefix("last:")
    except (binascii.Error, UnicodeDecodeError):
        raise GraphQLError("Invalid cursor for current pagination sort.") from None
    for place, row in enumerate(ordered):
        if str(row["id"]) == last:
            return place + 1
    return len(ordered)
