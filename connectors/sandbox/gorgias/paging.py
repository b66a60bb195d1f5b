"""Lists: order, opaque cursors that grow old, and the envelope around a page.

https://developers.gorgias.com/reference/pagination
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import msgspec

from connectors.sandbox.gorgias.account import Table
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.gorgias.routes import Call
from connectors.sandbox.order import Order
from connectors.sandbox.wire import Json, Reply, json_reply

PAGING = ("cursor", "limit", "order_by")
CURSOR_SECONDS = 600
_POSITION = ("cursor", "limit", "direction", "ignored_item")
Key = tuple[str, int]


def page(
    call: Call,
    table: Table,
    render: Callable[[Json], Json],
    keep: Callable[[Json], bool] = lambda _: True,
    orders: tuple[str, ...] = ("created_datetime",),
    default: str = "created_datetime:desc",
    only: set[int] | None = None,
    since: str = "",
    next_items: bool = False,
    default_limit: int = 30,
) -> Reply:
    """One page of a table. ``only`` limits it to some rows, ``since`` skips what is older."""
    field, descending = _order(call, orders, default)
    order = table.updated if field == "updated_datetime" else table.created
    limit = call.number("limit", default_limit, 1, 100)
    after = _read_cursor(call)
    walk = _walk(order if only is None else _part(table, only, field), descending, after, since)
    kept = (key for key in walk if keep(table.rows[key[1]]))
    keys = list(islice(kept, limit + 1))
    last = keys[limit - 1] if len(keys) > limit else None
    rows = [render(table.rows[number]) for _, number in keys[:limit]]
    return _items(call, rows, last) if next_items else envelope(call, rows, last)


def short_page(call: Call, rows: list[Json], render: Callable[[Json], Json], orders: Iterable[str]) -> Reply:
    """One page of few rows, already sorted; ``orders`` are the values order_by may have."""
    _choice(call.params.get("order_by"), orders)
    limit = call.number("limit", 30, 1, 100)
    after = _read_cursor(call)
    numbers = [row["id"] for row in rows]
    start = numbers.index(after[1]) + 1 if after and after[1] in numbers else 0
    shown = rows[start : start + limit]
    more = start + limit < len(rows)
    return envelope(call, [render(row) for row in shown], ("", shown[-1]["id"]) if more else None)


def envelope(call: Call, data: list[Any], last: Key | None) -> Reply:
    """A list answer; ``last`` is the position of its last row when more follow."""
    meta = {"prev_cursor": None, "next_cursor": _write_cursor(call, last) if last else None}
    return json_reply(200, {"data": data, "object": "list", "uri": call.request.path, "meta": meta})


def _items(call: Call, data: list[Any], last: Key | None) -> Reply:
    """A page of a view: it names the next address instead of a cursor."""
    path = call.request.path
    asked = [
        (name, value) for name, value in call.params.items(multi=True) if name not in ("cursor", "direction")
    ]
    cursor = [("cursor", _write_cursor(call, last)), ("direction", "next")] if last else []
    following = f"{path}?{urlencode([*asked, *cursor])}" if last else None
    meta = {"prev_items": None, "current_cursor": call.params.get("cursor"), "next_items": following}
    return json_reply(200, {"data": data, "object": "list", "uri": path, "meta": meta})


def _write_cursor(call: Call, key: Key) -> str:
    expires = call.account.around.clock.now().timestamp() + CURSOR_SECONDS
    return base64.urlsafe_b64encode(msgspec.json.encode([key, expires, _question(call)])).decode()


def _read_cursor(call: Call) -> Key | None:
    text = call.params.get("cursor")
    if not text:
        return None
    try:
        (stamp, number), expires, question = msgspec.json.decode(base64.urlsafe_b64decode(text))
        key = (str(stamp), int(number))
    except (ValueError, TypeError, msgspec.DecodeError):
        raise Refused(400, "Invalid cursor.", {"cursor": ["Not a valid cursor."]}) from None
    if expires < call.account.around.clock.now().timestamp():
        raise Refused(400, "Invalid cursor.", {"cursor": ["The cursor has expired."]})
    if question != _question(call):
        raise Refused(400, "Invalid cursor.", {"cursor": ["The cursor belongs to another query."]})
    return key


def _question(call: Call) -> str:
    """What a cursor is bound to: the account and the query without its position."""
    asked = sorted((name, value) for name, value in call.params.items(multi=True) if name not in _POSITION)
    text = repr((call.account.name, call.request.path, asked))
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()


def _order(call: Call, orders: tuple[str, ...], default: str) -> tuple[str, bool]:
    asked = call.params.get("order_by", default)
    _choice(asked, [f"{name}:{way}" for name in orders for way in ("asc", "desc")])
    field, _, direction = asked.partition(":")
    return field, direction == "desc"


def _choice(asked: str | None, orders: Iterable[str]) -> None:
    if asked is not None and asked not in orders:
        raise Refused(
            400, "Invalid query parameters.", {"order_by": [f"Must be one of: {', '.join(orders)}."]}
        )


def _part(table: Table, only: set[int], field: str) -> Order[int]:
    part: Order[int] = Order()
    for row in sorted(
        (table.rows[number] for number in only if number in table.rows), key=lambda row: str(row[field])
    ):
        part.place(row["id"], row[field])
    return part


def _walk(order: Order[int], descending: bool, after: Key | None, since: str) -> Iterator[Key]:
    if not descending:
        yield from order.up(after, since)
        return
    for key in order.down(after):
        if key[0] < since:
            return
        yield key
