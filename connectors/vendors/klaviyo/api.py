"""Klaviyo's JSON:API: documents, pages, filters and scopes.

https://developers.klaviyo.com/en/reference/api_overview
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from connectors.errors import NeedsAttention, TryLater
from connectors.http import Client, Response
from connectors.values import mapping, rows

LONGEST_FILTER = 4_000  # characters; twice that, encoded, still fits into an address

Item = dict[str, Any]


@contextmanager
def needing(*scopes: str) -> Iterator[None]:
    """Names the scope when the key lacks it. A key's scopes cannot be changed, so it takes a new one."""
    try:
        yield
    except NeedsAttention as error:
        if error.code != "scope_missing":
            raise
        names = " and ".join(scopes)
        raise NeedsAttention(
            f"Klaviyo: the key lacks the scope {names}. "
            "Make a new key with it and enter it in the connection.",
            code="scope_missing",
            status=error.status,
        ) from None


def item(response: Response) -> Item:
    """The one object of an answer."""
    data = mapping(response.json).get("data")
    if not isinstance(data, dict):
        raise _unreadable()
    return data


def items(response: Response) -> list[Item]:
    """The objects of one page."""
    data = mapping(response.json).get("data")
    if not isinstance(data, list):
        raise _unreadable()
    return rows(data)


def pages(client: Client, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Response]:
    """Every page of a list; the next address comes from the answer and is never built."""
    response = client.get(path, params=params)
    seen = set()
    while True:
        yield response
        following = mapping(mapping(response.json).get("links")).get("next")
        if not following or following in seen:
            return
        seen.add(following)
        response = client.get(str(following))


def everything(client: Client, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Item]:
    for response in pages(client, path, params):
        yield from items(response)


def attributes(found: Item) -> dict[str, Any]:
    return mapping(found.get("attributes"))


def literal(value: str) -> str:
    """A text inside a filter, with its quotes escaped: it may come from outside."""
    return json.dumps(value, ensure_ascii=False)


def equals(field: str, value: str) -> str:
    return f"equals({field},{literal(value)})"


def any_of(field: str, values: Sequence[str]) -> str:
    return f"any({field},[{','.join(literal(each) for each in values)}])"


def in_filters(values: Sequence[str]) -> Iterator[list[str]]:
    """The values in as few groups as an address can hold."""
    group: list[str] = []
    for value in values:
        if group and sum(len(each) + 3 for each in group) + len(value) > LONGEST_FILTER:
            yield group
            group = []
        group.append(value)
    if group:
        yield group


def segment(id_: str) -> str:
    """An id as one part of a path, whatever it holds."""
    return quote(id_, safe="")


def identifier(kind: str, id_: str) -> Item:
    return {"type": kind, "id": id_}


def _unreadable() -> TryLater:
    return TryLater(
        "Klaviyo's answer lacks the data it documents. It is tried again.", code="unreadable_answer"
    )
