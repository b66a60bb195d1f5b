"""Bulk queries: one document over everything, its result a file of JSON lines.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
    validate,
)

from connectors.sandbox.shopify import hooks, search
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.schema import schema
from connectors.sandbox.shopify.values import number
from connectors.sandbox.wire import Json

AT_ONCE = 5
OPEN = ("CREATED", "RUNNING")
KEPT = timedelta(days=7)


def start(graph: Graph, query: str) -> Json:
    """Begins one, unless the query is broken or five are under way."""
    account = graph.account
    advance(graph)
    try:
        document = parse(query)
        errors = [each.message for each in validate(schema(), document)]
    except GraphQLSyntaxError as error:
        errors = [error.message]
    if errors or not _listing(query):
        return _no("Invalid bulk query: " + (errors[0] if errors else "no connection found"), "INVALID")
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
    row = graph.account.bulk.get(number(given))
    if row is None or row["status"] not in OPEN:
        return {"bulkOperation": None, "userErrors": [{"field": ["id"], "message": "It is over already."}]}
    row["status"] = "CANCELED"
    return {"bulkOperation": graph.show("BulkOperation", row), "userErrors": []}


def advance(graph: Graph) -> None:
    """Let happen what time has made due."""
    account = graph.account
    for row in account.bulk:
        age = account.now() - datetime.fromisoformat(row["begun"])
        if row["status"] in OPEN and age.total_seconds() >= account.around.limits.job_seconds:
            _complete(graph, row)
        elif row["status"] == "CREATED":
            row["status"] = "RUNNING"
        elif row["status"] == "COMPLETED" and age > KEPT:
            row["url"] = None


def _complete(graph: Graph, row: Json) -> None:
    account = graph.account
    scope_error = next((each for each in _scopes(row["query"]) if each not in account.scopes), None)
    row["completedAt"] = account.stamp()
    if scope_error:
        row["status"], row["errorCode"] = "FAILED", "ACCESS_DENIED"
        return
    found = list(lines(graph, row["query"]))
    count, roots = len(found), sum(b'"__parentId"' not in line for line in found)
    body = account.files[row["file"]] = b"".join(found)
    row["status"], row["fileSize"] = "COMPLETED", str(len(body))
    row["objectCount"], row["rootObjectCount"] = str(count), str(roots)
    row["url"] = f"{account.host}/shopify/bulk/{row['file']}.jsonl" if count else None
    hooks.send(
        account,
        "bulk_operations/finish",
        {"admin_graphql_api_id": row["admin_graphql_api_id"], "status": "completed", "type": "query"},
    )


def _scopes(query: str) -> list[str]:
    listing = _listing(query)
    return [LISTED[listing.name.value][1]] if listing else []


LISTED = {
    "orders": ("Order", "read_orders"),
    "customers": ("Customer", "read_customers"),
    "products": ("Product", "read_products"),
}
FILTERS = {"updated_at": search.stamped("updated_at"), "created_at": search.stamped("created_at")}


def _listing(query: str) -> FieldNode | None:
    operation = parse(query).definitions[0]
    if not isinstance(operation, OperationDefinitionNode):
        return None
    first = operation.selection_set.selections[0]
    return first if isinstance(first, FieldNode) and first.name.value in LISTED else None


def lines(graph: Graph, query: str) -> Iterator[bytes]:
    """Parents first; children carry the id of their parent."""
    listing = _listing(query)
    if listing is None or listing.selection_set is None:
        return
    kind = LISTED[listing.name.value][0]
    asked = next((each.value for each in listing.arguments or () if each.name.value == "query"), None)
    account = graph.account
    rows = list({"Order": account.orders, "Customer": account.customers, "Product": account.products}[kind])
    wanted = search.fitting(rows, getattr(asked, "value", None), FILTERS)
    for row in sorted(wanted, key=lambda each: (each["created_at"], each["id"])):
        shown = graph.show(kind, row)
        if shown is not None:
            yield from _lines(shown, _node_selection(listing.selection_set), kind, None)


def _node_selection(connection: SelectionSetNode) -> SelectionSetNode:
    """What is asked of each node, in either style."""
    for part in connection.selections:
        if isinstance(part, FieldNode) and part.selection_set:
            if part.name.value in ("node", "nodes"):
                return part.selection_set
            if part.name.value == "edges":
                return _node_selection(part.selection_set)
    return SelectionSetNode(selections=())


def _lines(shown: Json, asked: SelectionSetNode, kind: str, parent: str | None) -> Iterator[bytes]:
    children: list[tuple[FieldNode, str, list[Json]]] = []
    line = _plain(shown, asked, kind, children)
    if parent is not None:
        line["__parentId"] = parent
    yield msgspec.json.encode(line) + b"\n"
    for node, inner, rows in children:
        for each in rows:
            selection = node.selection_set or SelectionSetNode(selections=())
            yield from _lines(each, _node_selection(selection), inner, shown["id"])


def _plain(
    shown: Json, asked: SelectionSetNode, kind: str, children: list[tuple[FieldNode, str, list[Json]]]
) -> Json:
    line: Json = {}
    for node in asked.selections:
        if isinstance(node, InlineFragmentNode):
            line |= _plain(shown, node.selection_set, kind, children)
        elif isinstance(node, FieldNode):
            _put(line, node, shown, kind, children)
    return line


def _put(line: Json, node: FieldNode, shown: Json, kind: str, children: list[Any]) -> None:
    name = node.name.value
    fields = getattr(schema().get_type(kind), "fields", {})
    inner = get_named_type(fields[name].type).name if name in fields else ""
    value = _value(shown.get(name), node)
    key = node.alias.value if node.alias else name
    if inner.endswith("Connection"):
        children.append((node, inner.removesuffix("Connection"), value or []))
    elif isinstance(value, dict) and node.selection_set:
        line[key] = _plain(value, node.selection_set, inner, children)
    elif isinstance(value, list) and node.selection_set:
        line[key] = [_plain(each, node.selection_set, inner, children) for each in value]
    else:
        line[key] = value


def _value(value: Any, node: FieldNode) -> Any:
    if not callable(value):
        return value
    names = next((each.value for each in node.arguments or () if each.name.value == "names"), None)
    if names is None:
        return value()
    return value(names=[each.value for each in getattr(names, "values", ())])
