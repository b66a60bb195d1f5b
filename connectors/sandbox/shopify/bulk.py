"""Bulk queries: begun, prepared after a while, kept for a week.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import uuid4

from graphql import GraphQLError

from connectors.sandbox.shopify import hooks, lines
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.blocks import Blocks
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.values import number
from connectors.sandbox.wire import Json

AT_ONCE = 5
OPEN = ("CREATED", "RUNNING")
AT_A_TIME = 4.0  # seconds of preparing while somebody waits
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
    account, until = graph.account, time.monotonic() + AT_A_TIME
    for row in account.bulk:
        age = account.now() - datetime.fromisoformat(row["begun"])
        is_due = age.total_seconds() >= account.around.limits.job_seconds
        if row["status"] in OPEN and is_due:
            _go_on(graph, row, until)
        elif row["status"] == "CANCELING" and is_due:
            row["status"], row["completedAt"] = "CANCELED", account.stamp()
            account.preparing.pop(row["id"], None)
        elif row["status"] == "CREATED":
            row["status"] = "RUNNING"
        elif row["status"] == "COMPLETED" and age > KEPT:
            row["status"], row["url"] = "EXPIRED", None
            account.files.pop(row["file"], None)


def _go_on(graph: Graph, row: Json, until: float) -> None:
    """Prepare a part of the file: whoever asks is not to wait for all of a large one."""
    account, row["status"] = graph.account, "RUNNING"
    try:
        found = account.preparing.setdefault(row["id"], (lines.of(graph, row["query"]), Blocks()))
        for is_root, line in found[0]:
            found[1].write(line)
            row["objectCount"] = str(int(row["objectCount"]) + 1)
            row["rootObjectCount"] = str(int(row["rootObjectCount"]) + is_root)
            if time.monotonic() > until:
                return
    except GraphQLError as error:
        code = (error.extensions or {}).get("code")
        row["errorCode"] = "ACCESS_DENIED" if code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
    _end(account, row, found[1])


def _end(account: ShopifyAccount, row: Json, file: Blocks) -> None:
    account.preparing.pop(row["id"])
    file.finish()
    row["status"], row["completedAt"] = "FAILED" if row["errorCode"] else "COMPLETED", account.stamp()
    if file.size and not row["errorCode"]:
        account.files[row["file"]] = file
        row["fileSize"] = str(file.size)
        row["url"] = f"{account.host}/shopify/bulk/{row['file']}.jsonl"
    hooks.tell_bulk(account, row)
