"""Gorgias' lists: pages with opaque cursors. https://developers.gorgias.com/reference/pagination"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs

from connectors.errors import TryLater
from connectors.http import Client, Response
from connectors.values import mapping, rows

PAGE = 100  # the most that any list gives

Row = dict[str, Any]
Params = Sequence[tuple[str, Any]]


def pages(client: Client, path: str, params: Params = ()) -> Iterator[tuple[list[Row], Response]]:
    """Every page of a list. Cursors are short-lived, so they never leave this function."""
    asked = [*params, ("limit", PAGE)]
    cursor = ""
    while True:
        response = client.get(path, params=[*asked, ("cursor", cursor)] if cursor else asked)
        yield page_rows(response), response
        following = next_cursor(response)
        if not following or following == cursor:
            return
        cursor = following


def everything(client: Client, path: str, params: Params = ()) -> Iterator[Row]:
    for found, _ in pages(client, path, params):
        yield from found


def page_rows(response: Response) -> list[Row]:
    """The objects of a page: in an envelope or, on some lists, a bare array."""
    data = response.json.get("data") if isinstance(response.json, dict) else response.json
    if not isinstance(data, list):
        raise TryLater(
            "Gorgias answered with something that is not a list. It is tried again.", code="unreadable_answer"
        )
    return rows(data)


def next_cursor(response: Response) -> str:
    """Lists give a cursor; the items of a view give the next address, which holds it."""
    meta = mapping(mapping(response.json).get("meta"))
    if meta.get("next_cursor"):
        return str(meta["next_cursor"])
    query = str(meta.get("next_items") or "").partition("?")[2]
    return parse_qs(query).get("cursor", [""])[0]
