"""Runs one GraphQL request: validated against the schema, weighed, then answered from the store's graph."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute,
    get_named_type,
    parse,
    validate,
)

from connectors.sandbox.shopify import access, cost, mutations, paging, queries
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.schema import schema
from connectors.sandbox.wire import Json


def answer(account: ShopifyAccount, body: Any) -> Json:
    """The body of an answer with HTTP 200, which says nothing about success here."""
    given = body if isinstance(body, dict) else {}
    variables = given.get("variables") or {}
    document, errors = _read(str(given.get("query") or ""))
    if document is None or errors:
        return {"errors": errors}
    operation = _operation(document, given.get("operationName"))
    requested = cost.Estimate(schema(), document, variables).of(operation)
    if requested > cost.MOST:
        return {"errors": [_too_dear(requested)]}
    if account.around.limits.on and account.bucket.left(account.now()) < requested:
        return {"errors": [THROTTLED], "extensions": _extensions(account, requested, None)}
    failure = account.failures.pop(0) if account.failures else None
    if failure and not failure["partial"]:
        return {"errors": [_ordered(failure)], "extensions": _extensions(account, requested, None)}
    run = Run(account)
    result = run.execute(document, variables, given.get("operationName"))
    spent = min(requested, run.objects + (10 if operation.operation.value == "mutation" else 0))
    if account.around.limits.on:
        account.bucket.spend(spent)
    shown = _shown(result)
    if failure:
        shown["errors"] = [*shown.get("errors", ()), {**_ordered(failure), "path": _first_path(operation)}]
    return {**shown, "extensions": _extensions(account, requested, spent)}


@lru_cache(maxsize=256)
def _read(text: str) -> tuple[DocumentNode | None, list[Any]]:
    """With what is wrong with it. The same few texts come again, and validating costs more than answering."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return None, [error.formatted]
    return document, [each.formatted for each in validate(schema(), document)]


def _ordered(failure: Json) -> Json:
    return {"message": failure["message"], "extensions": failure["extensions"]}


def _first_path(operation: OperationDefinitionNode) -> list[str]:
    first = operation.selection_set.selections[0]
    return [first.name.value] if isinstance(first, FieldNode) else []


class Run:
    """One execution. Counts the objects it builds, which is what it costs in the end."""

    def __init__(self, account: ShopifyAccount) -> None:
        self.account = account
        self.graph = Graph(account)
        self.objects = 0

    def execute(self, document: DocumentNode, variables: Json, name: str | None) -> ExecutionResult:
        result = execute(
            schema(),
            document,
            root_value=None,
            context_value=self,
            variable_values=variables,
            operation_name=name,
            field_resolver=_resolve,
        )
        assert isinstance(result, ExecutionResult)
        return result


ASKED = {"quantities": ("names",), "metafield": ("namespace", "key")}  # links that need to be told more


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    run: Run = info.context
    leads_to = get_named_type(info.return_type).name
    access.check(run.account, info.parent_type.name, info.field_name, leads_to)
    if info.parent_type.name == "QueryRoot":
        return _counted(run, queries.resolve(run.graph, info.field_name, arguments))
    if info.parent_type.name == "Mutation":
        return mutations.resolve(run.graph, info.field_name, arguments)
    value = source.get(info.field_name) if isinstance(source, dict) else None
    is_page = leads_to.endswith("Connection")
    if callable(value):
        value = value(**{name: arguments.get(name) for name in ASKED.get(info.field_name, ())})
    if is_page and isinstance(value, list):
        value = _page(run, value, info.field_name, arguments)
    return _counted(run, value)


def _page(run: Run, rows: list[Json], field: str, arguments: Json) -> Json:
    by_place = [{"id": place, "_shown": each} for place, each in enumerate(rows)]
    chosen = queries.inner(run.graph, field, by_place, arguments)
    return paging.page(chosen, "id", lambda each: each["_shown"], arguments)


def _counted(run: Run, value: Any) -> Any:
    if isinstance(value, dict) and "nodes" in value:
        run.objects += 2 + len(value["nodes"])
    elif isinstance(value, dict):
        run.objects += 1
    return value


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return next((each for each in operations if each.name and each.name.value == name), operations[0])


def _shown(result: ExecutionResult) -> Json:
    shown: Json = {"data": result.data}
    if result.errors:
        shown["errors"] = [_error(each) for each in result.errors]
    return shown


def _error(error: GraphQLError) -> Json:
    formatted: Json = dict(error.formatted)
    if error.original_error and not isinstance(error.original_error, GraphQLError):
        formatted["message"] = "Internal error. Looks like something went wrong on our end."
        formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR", "requestId": "sandbox"}
    return formatted


def _too_dear(requested: int) -> Json:
    return {
        "message": f"Query cost is {requested}, which exceeds the single query max cost limit ({cost.MOST}).",
        "extensions": {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": cost.MOST},
    }


THROTTLED = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}


def _extensions(account: ShopifyAccount, requested: int, spent: int | None) -> Json:
    left = account.bucket.left(account.now())
    return {
        "cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": spent,
            "throttleStatus": {
                "maximumAvailable": account.bucket.size,
                "currentlyAvailable": math.floor(left),
                "restoreRate": account.bucket.restore,
            },
        }
    }
