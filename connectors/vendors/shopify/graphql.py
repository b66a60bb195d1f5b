"""Asks Shopify by GraphQL: HTTP 200 is no success there, so every answer is looked through.

https://shopify.dev/docs/api/usage/response-codes and https://shopify.dev/docs/api/usage/limits
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.errors import NeedsAttention, NotFound, Refused, TryLater, VendorError
from connectors.http import Client, Response
from connectors.masking import masked
from connectors.values import mapping, rows, text
from connectors.vendors.shopify import limits
from connectors.vendors.shopify.documents import VERSION

PATH = f"/admin/api/{VERSION}/graphql.json"
LATER = {"INTERNAL_SERVER_ERROR", "IDEMPOTENCY_CONCURRENT_REQUEST"}

Row = dict[str, Any]


class TooDear(Refused):
    """One query asked for too much; a smaller page may pass."""


def ask(client: Client, document: str, variables: Mapping[str, Any] | None = None) -> Row:
    """The data of a query. A partial answer is none. Raises VendorError."""
    return _data(_post(client, document, variables, is_read=True), is_write=False)


def ask_when(client: Client, document: str) -> tuple[Row, datetime]:
    """The same, with the time of the answer on the vendor's own clock."""
    response = _post(client, document, None, is_read=True)
    return _data(response, is_write=False), response.answered_at or datetime.now(UTC)


def change(client: Client, document: str, variables: Mapping[str, Any]) -> Row:
    """What the one mutation of this document answered. Raises VendorError, Refused for a business rule."""
    data = _data(_post(client, document, variables, is_read=False), is_write=True)
    answer = mapping(next(iter(data.values()), None))
    errors = rows(answer.get("userErrors"))
    if errors:
        raise _user_error(errors[0])
    return answer


def pages(
    client: Client,
    document: str,
    variables: Mapping[str, Any],
    size: int,
    find: Callable[[Row], Any],
) -> Iterator[list[Row]]:
    """The rows of each page; ``find`` takes the connection out of the data.

    A page that is too dear is asked for again with half as many rows.
    """
    after: str | None = None
    while True:
        try:
            found = mapping(find(ask(client, document, {**variables, "first": size, "after": after})))
        except TooDear:
            if size == 1:
                raise
            size = max(1, size // 2)
            continue
        yield rows(found.get("nodes"))
        info = mapping(found.get("pageInfo"))
        following = text(info.get("endCursor"), 2000) if info.get("hasNextPage") else ""
        if not following or following == after:
            return
        after = following


def _post(client: Client, document: str, variables: Mapping[str, Any] | None, *, is_read: bool) -> Response:
    body = {"query": document, "variables": dict(variables or {})}
    response = client.post(PATH, json=body, is_read=is_read, cost=limits.expected(document, variables))
    limits.learn(document, variables, response.json)
    return response


def _data(response: Response, *, is_write: bool) -> Row:
    body = mapping(response.json)
    for error in _errors(body.get("errors")):
        raise _error(error, body, is_write=is_write)
    data = body.get("data")
    if not isinstance(data, dict):
        raise TryLater(
            "Shopify's answer lacks the data it documents. It is tried again.",
            code="unreadable_answer",
            in_doubt=is_write,
        )
    return data


def _errors(given: Any) -> list[Row]:
    return [{"message": given}] if isinstance(given, str) and given else rows(given)


def _error(error: Row, body: Row, *, is_write: bool) -> VendorError:
    code = text(mapping(error.get("extensions")).get("code"))
    said = masked(text(error.get("message"), 500))
    if code == "THROTTLED":
        return TryLater(
            "Shopify: too many calls for now. It goes on as soon as Shopify allows.",
            code="throttled",
            after=_wait(body),
        )
    if code == "MAX_COST_EXCEEDED":
        return TooDear("Shopify: one query asked for too much.", code="too_dear")
    if code in LATER:
        return TryLater(
            f"Shopify: a problem on its side ({said}). It is tried again.",
            code="vendor_error",
            in_doubt=is_write,
        )
    if code == "ACCESS_DENIED":
        return NeedsAttention(
            f"Shopify: the app may not do this ({said}) Give it this scope, or access to protected customer "
            "data, and install it again.",
            code="scope_missing",
        )
    if code == "SHOP_INACTIVE":
        return NeedsAttention("Shopify: the store is frozen or closed.", code="shop_inactive")
    return Refused(f"Shopify does not take this query ({said}).", code="refused")


def _wait(body: Row) -> float:
    """Seconds until the bucket holds what was asked for."""
    cost = mapping(mapping(body.get("extensions")).get("cost"))
    status = mapping(cost.get("throttleStatus"))
    try:
        lacking = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return max(1.0, math.ceil(lacking / float(status["restoreRate"])))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 5.0


def _user_error(error: Row) -> Refused:
    said = masked(text(error.get("message"), 500))
    code = text(error.get("code"), 60)
    if "find resource" in said or "not exist" in said or code == "NOT_FOUND":
        return NotFound(f"Shopify has no such object ({said}).", code="not_found")
    return Refused(f"Shopify refuses this ({said}).", code=code.lower() or "refused")
