"""Bulk queries: begun, prepared after a while, kept for a week.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from graphql import GraphQLError

from connectors.sandbox.shopify import hooks, lines
from connectors.sandbox.shopify.blocks import Blocks
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.values import number
from connectors.sandbox.wire import Json

AT_ONCE = 5
OPEN = ("CREATED", "RUNNING")
KEPT = timedelta(days=7)


def start(graph: Graph, query: str) -> Json:
    """Begins one, unless the query is broken or five are under way."""
    account = graph.account
    advance(graph)
    if wrong := lines.trouble(query):
        return _no(wrong, "INVALID")
    if sum(each["status"] in OPEN for each in account.bulk) >= AT_ONCE:
        return _no("A bulk query operation for this app and shop is already in progress", "LIMIT_REACHED")
    row = account.bulk.add(
        {
            "status": "CREATED",
            "type": "QUERY",
            "query": query,
            "errorCode": None,
            "objectCount": "0",
            "rootObjectCount": "0",
            "fileSize": None,
            "url": None,
            "partialDataUrl": None,
            "createdAt": account.stamp(),
            "completedAt": None,
            "begun": account.now().isoformat(),
            "file": uuid4().hex,
        }
    )
    return {"bulkOperation": graph.show("BulkOperation", row), "userErrors": []}


def _no(message: str, code: str) -> Json:
    return {"bulkOperation": None, "userErrors": [{"field": ["query"], "message": message, "code": code}]}


def cancel(graph: Graph, given: str) -> Json:
    advance(graph)
    row = graph.account.bulk.get(number(given))
    if row is None:
        return {"bulkOperation": None, "userErrors": [_said("Bulk operation does not exist")]}
    shown = graph.show("BulkOperation", row)
    if row["status"] not in OPEN:
        message = f"A bulk operation cannot be canceled when it is {row['status'].lower()}"
        return {"bulkOperation": shown, "userErrors": [_said(message)]}
    row["status"] = "CANCELING"
    return {"bulkOperation": graph.show("BulkOperation", row), "userErrors": []}


def _said(message: str) -> Json:
    return {"field": ["id"], "message": message}


def advance(graph: Graph) -> None:
    """Let happen what time has made due."""
    account = graph.account
    for row in account.bulk:
        age = account.now() - datetime.fromisoformat(row["begun"])
        is_due = age.total_seconds() >= account.around.limits.job_seconds
        if row["status"] in OPEN and is_due:
            _complete(graph, row)
        elif row["status"] == "CANCELING" and is_due:
            row["status"], row["completedAt"] = "CANCELED", account.stamp()
        elif row["status"] == "CREATED":
            row["status"] = "RUNNING"
        elif row["status"] == "COMPLETED" and age > KEPT:
            row["status"], row["url"] = "EXPIRED", None
            account.files.pop(row["file"], None)


def _complete(graph: Graph, row: Json) -> None:
    account, counts = graph.account, [0, 0]
    row["completedAt"] = account.stamp()
    try:
        file = Blocks(_counted(lines.of(graph, row["query"]), counts))
    except GraphQLError as error:
        code = (error.extensions or {}).get("code")
        row["status"] = "FAILED"
        row["errorCode"] = "ACCESS_DENIED" if code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
    else:
        row["status"], row["objectCount"], row["rootObjectCount"] = (
            "COMPLETED",
            str(counts[0]),
            str(counts[1]),
        )
        row["fileSize"] = str(file.size)
        if file.size:
            account.files[row["file"]] = file
            row["url"] = f"{account.host}/shopify/bulk/{row['file']}.jsonl"
    hooks.tell_bulk(account, row)


def _counted(found: Iterator[tuple[bool, bytes]], counts: list[int]) -> Iterator[bytes]:
    """The lines alone; how many, and how many of them stand at the root, is counted on the way."""
    for is_root, line in found:
        counts[0] += 1
        counts[1] += is_root
        yield line
