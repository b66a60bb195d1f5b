"""Asks Shopify by GraphQL: HTTP 200 is no success there, so every answer is looked through.

https://shopify.dev/docs/api/usage/versioning and https://shopify.dev/docs/api/usage/pagination-graphql
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.http import Client, Response
from connectors.values import mapping, rows, text
from connectors.vendors.shopify import costs, failures, limits
from connectors.vendors.shopify.documents import VERSION
from connectors.vendors.shopify.failures import TooDear

log = logging.getLogger(__name__)

PATH = f"/admin/api/{VERSION}/graphql.json"
ANSWERED = "X-Shopify-API-Version"

_noticed = {VERSION}

Row = dict[str, Any]


class Found(NamedTuple):
    """A page, and the cursor of the next one, "" when it was the last."""

    rows: list[Row]
    after: str


def ask(client: Client, document: str, variables: Mapping[str, Any] | None = None) -> Row:
    """The data of a query. A partial answer is none. Raises VendorError."""
    return _data(_post(client, document, variables, is_read=True), is_write=False)


def ask_when(
    client: Client, document: str, variables: Mapping[str, Any] | None = None
) -> tuple[Row, datetime]:
    """The same, with the time of the answer on the vendor's own clock."""
    response = _post(client, document, variables, is_read=True)
    return _data(response, is_write=False), response.answered_at or datetime.now(UTC)


def change(client: Client, document: str, variables: Mapping[str, Any]) -> Row:
    """What the one mutation of this document answered. Raises VendorError, Refused for a business rule."""
    data = _data(_post(client, document, variables, is_read=False), is_write=True)
    answer = mapping(next(iter(data.values()), None))
    if error := failures.of_rules(answer):
        raise error
    return answer


def pages(
    client: Client,
    document: str,
    variables: Mapping[str, Any],
    size: int,
    find: Callable[[Row], Any],
    after: str = "",
) -> Iterator[Found]:
    """Page by page from a cursor on; ``find`` takes the list out of the data.

    A page that is too dear is asked for again with half as many rows.
    """
    while True:
        asked = {**variables, "first": size, "after": after or None}
        try:
            found = mapping(find(ask(client, document, asked)))
        except TooDear:
            if size == 1:
                raise
            size = max(1, size // 2)
            continue
        after = next_page(found, after)
        yield Found(rows(found.get("nodes")), after)
        if not after:
            return


def next_page(listed: Row, after: str) -> str:
    """The cursor of the page after this one; "" at the end, or where it would not get on."""
    info = mapping(listed.get("pageInfo"))
    following = text(info.get("endCursor"), 2000) if info.get("hasNextPage") else ""
    return following if following != after else ""


def _post(client: Client, document: str, variables: Mapping[str, Any] | None, *, is_read: bool) -> Response:
    body = {"query": document, "variables": dict(variables or {})}
    with failures.by_status():
        response = client.post(PATH, json=body, is_read=is_read, cost=limits.expected(document, variables))
    limits.learn(document, variables, response.json)
    if cost := costs.read(response.json):
        client.pace = {**client.pace, **cost.shown()}
    _notice(text(response.headers.get(ANSWERED, VERSION), 20))
    return response


def _notice(version: str) -> None:
    """A version that is retired is answered by another one, without a word."""
    if version not in _noticed:
        _noticed.add(version)
        log.warning("Shopify answered as version %s; this program speaks %s", version, VERSION)


def _data(response: Response, *, is_write: bool) -> Row:
    body = mapping(response.json)
    if error := failures.of_query(body, is_write=is_write):
        raise error
    data = body.get("data")
    if not isinstance(data, dict):
        raise failures.without_data(is_write=is_write)
    return data
