"""JSON:API documents: resource objects, sparse fieldsets, included objects and pages.

https://developers.klaviyo.com/en/docs/pagination_
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from connectors.sandbox.klaviyo.errors import MEDIA_TYPE, bad_parameter
from connectors.sandbox.klaviyo.routes import Call
from connectors.sandbox.order import Order
from connectors.sandbox.wire import Json, Reply, json_reply

Render = Callable[[Json], Json]
Key = tuple[str, str]


def resource(
    call: Call, kind: str, number: str, attributes: Json, relationships: Iterable[str] = (), path: str = ""
) -> Json:
    """One resource object. ``path`` is its collection when that is not the plural of its type."""
    self_link = f"{call.base}/api/{path or kind + 's'}/{quote(number, safe=':$')}"
    chosen = call.asked.fields.get(kind)
    if chosen is not None:
        attributes = {name: value for name, value in attributes.items() if _chosen(name, chosen)}
    links = {
        name: {"links": {"self": f"{self_link}/relationships/{name}", "related": f"{self_link}/{name}"}}
        for name in relationships
    }
    shown: Json = {"type": kind, "id": number, "attributes": attributes, "links": {"self": self_link}}
    if links:
        shown["relationships"] = links
    return shown


def related(shown: Json, name: str, kind: str, numbers: Iterable[str] | str | None) -> Json:
    """Say which objects a relationship holds."""
    relationship = shown.setdefault("relationships", {}).setdefault(name, {})
    if numbers is None or isinstance(numbers, str):
        relationship["data"] = {"type": kind, "id": numbers} if numbers else None
    else:
        relationship["data"] = identifiers(kind, numbers)
    return shown


def identifiers(kind: str, numbers: Iterable[str]) -> list[Json]:
    return [{"type": kind, "id": number} for number in numbers]


def one(call: Call, shown: Json, status: int = 200, included: list[Json] | None = None) -> Reply:
    body: Json = {"data": shown, "links": {"self": f"{call.base}{call.request.target}"}}
    if included is not None:
        body["included"] = included
    return json_reply(status, body, MEDIA_TYPE)


def many(
    call: Call, data: list[Json], next_link: str | None = None, included: list[Json] | None = None
) -> Reply:
    links = {"self": f"{call.base}{call.request.target}", "next": next_link, "prev": None}
    body: Json = {"data": data, "links": links}
    if included is not None:
        body["included"] = included
    return json_reply(200, body, MEDIA_TYPE)


def accepted() -> Reply:
    """202 with nothing to read."""
    return Reply(202, b"", {"Content-Type": MEDIA_TYPE})


def page(
    call: Call,
    keys: Order[str],
    rows: dict[str, Json],
    render: Render,
    keep: Callable[[Json], bool] = lambda _: True,
    descending: bool = False,
    since: str = "",
    include: Callable[[list[Json]], list[Json]] | None = None,
) -> Reply:
    """One page of rows in the order of their keys. ``since`` skips what is older."""
    chosen, following = cut(call, keys, lambda number: keep(rows[number]), descending, since)
    found = [rows[number] for number in chosen]
    included = include(found) if include and call.asked.include else None
    return many(call, [render(row) for row in found], following, included)


def cut(
    call: Call, keys: Order[str], keep: Callable[[str], bool], descending: bool = False, since: str = ""
) -> tuple[list[str], str | None]:
    """The ids of one page and the link to the next."""
    after = _read_cursor(call)
    walk = _walk(keys, descending, after, since)
    size = call.asked.size or len(keys) or 1
    found = list(islice((key for key in walk if keep(key[1])), size + 1))
    following = _next(call, found[size - 1]) if len(found) > size else None
    return [number for _, number in found[:size]], following


def sorted_rows(rows: Iterable[Json], sort: str | None, default: str) -> tuple[Order[str], bool]:
    """Few rows put in order by one of their fields, and whether to read them from the end."""
    field = (sort or default).removeprefix("-")
    order: Order[str] = Order()
    for row in sorted(rows, key=lambda row: (str(row.get(field) or ""), row["id"])):
        order.place(row["id"], str(row.get(field) or ""))
    return order, (sort or default).startswith("-")


def matches(call: Call, row: Json) -> bool:
    """Whether a row with plainly named fields fits every clause of the filter."""
    return all(one.holds(row.get(one.field)) for one in call.asked.conditions)


def _chosen(name: str, chosen: frozenset[str]) -> bool:
    return name in chosen or any(one.startswith(f"{name}.") for one in chosen)


def _walk(keys: Order[str], descending: bool, after: Key | None, since: str) -> Iterator[Key]:
    if not descending:
        yield from keys.up(after, since)
        return
    for key in keys.down(after):
        if key[0] < since:
            return
        yield key


def _next(call: Call, last: Key) -> str:
    cursor = base64.urlsafe_b64encode(msgspec.json.encode([*last, _question(call)])).decode()
    asked = [(name, value) for name, value in call.request.query.items(multi=True) if name != "page[cursor]"]
    return f"{call.base}{quote(call.request.path)}?{urlencode([*asked, ('page[cursor]', cursor)])}"


def _read_cursor(call: Call) -> Key | None:
    if not call.asked.cursor:
        return None
    try:
        stamp, number, question = msgspec.json.decode(base64.urlsafe_b64decode(call.asked.cursor))
    except (ValueError, TypeError, msgspec.DecodeError):
        raise bad_parameter("Invalid cursor.", "page[cursor]") from None
    if question != _question(call):
        raise bad_parameter("The cursor belongs to another request.", "page[cursor]")
    return (str(stamp), str(number))


def _question(call: Call) -> str:
    asked: Any = call.asked
    text = repr((call.account.name, call.request.path, asked.conditions, asked.sort))
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
