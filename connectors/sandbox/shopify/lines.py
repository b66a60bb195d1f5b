"""The lines of a bulk query's file: one for each object of a connection, children with their parent's id.

https://shopify.dev/docs/api/usage/bulk-operations/queries#the-jsonl-data-format
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)
from graphql.utilities import value_from_ast_untyped

from connectors.sandbox.shopify import access, listings
from connectors.sandbox.shopify.graph import Graph
from connectors.sandbox.shopify.schema import schema
from connectors.sandbox.wire import Json

MOST, DEEPEST = 5, 2  # connections, and how deep one may stand in another
Child = tuple[FieldNode, GraphQLNamedType, list[Json]]


def trouble(query: str) -> str:
    """Why this cannot be a bulk query; "" when it can."""
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        return f"Invalid bulk query: {error.message}"
    if errors := validate(schema(), document):
        return f"Invalid bulk query: {errors[0].message}"
    operation = _operation(document)
    if operation is None or operation.operation is not OperationType.QUERY or operation.variable_definitions:
        return "Invalid bulk query: it has to be one query without variables"
    root = operation.selection_set.selections
    if len(root) != 1 or not isinstance(root[0], FieldNode) or root[0].name.value not in listings.LISTINGS:
        return "Invalid bulk query: it has to begin with one connection"
    counter = Connections()
    info = TypeInfo(schema())
    visit(document, TypeInfoVisitor(info, counter.watching(info)))
    return counter.trouble()


class Connections(Visitor):
    """Counts the connections of a query and how deep they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.depth = self.deepest = 0
        self.info: TypeInfo | None = None

    def watching(self, info: TypeInfo) -> Connections:
        self.info = info
        return self

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if self._is_connection():
            self.count, self.depth = self.count + 1, self.depth + 1
            self.deepest = max(self.deepest, self.depth)

    def leave_field(self, node: FieldNode, *_: Any) -> None:
        if self._is_connection():
            self.depth -= 1

    def _is_connection(self) -> bool:
        kind = self.info.get_type() if self.info else None
        return kind is not None and get_named_type(kind).name.endswith("Connection")

    def trouble(self) -> str:
        if self.count > MOST:
            return f"Bulk queries cannot contain more than {MOST} connections."
        if self.deepest > DEEPEST + 1:
            return f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}."
        return ""


def of(graph: Graph, query: str) -> Iterator[tuple[bool, bytes]]:
    """Whether it stands at the root, and the line. Raises GraphQLError."""
    document = parse(query)
    operation = _operation(document)
    assert operation is not None
    field = operation.selection_set.selections[0]
    assert isinstance(field, FieldNode)
    listing = listings.LISTINGS[field.name.value]
    asked = _arguments(field)
    access.check(graph.account, "QueryRoot", field.name.value, listing.kind)
    rows = listings.found(graph.account, listing, asked.get("query"))
    column = listing.sorts.get(asked.get("sortKey") or "", "id")
    ordered = sorted(rows, key=lambda row: (row[column], row["id"]), reverse=bool(asked.get("reverse")))
    writer = Writer(graph, document)
    for row in ordered:
        shown = graph.show(listing.kind, row)
        if shown is not None:
            yield from writer.lines(shown, writer.node(field), schema().type_map[listing.kind], None)


class Writer:
    """Writes objects as one document asks for them."""

    def __init__(self, graph: Graph, document: DocumentNode) -> None:
        self._graph = graph
        self._types: dict[tuple[str, str], GraphQLNamedType] = {}
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def node(self, connection: FieldNode) -> list[SelectionNode]:
        """What is asked of each node of a connection, in either style."""
        found: list[SelectionNode] = []
        for part in self._flat(connection.selection_set):
            if isinstance(part, FieldNode) and part.name.value in ("node", "nodes"):
                found += part.selection_set.selections if part.selection_set else ()
            elif isinstance(part, FieldNode) and part.name.value == "edges":
                found += self.node(part)
        return found

    def lines(
        self, shown: Json, asked: list[SelectionNode], kind: GraphQLNamedType, parent: Any
    ) -> Iterator[tuple[bool, bytes]]:
        children: list[Child] = []
        line = self._plain(shown, asked, kind, children)
        if parent is not None:
            line["__parentId"] = parent
        yield parent is None, msgspec.json.encode(line) + b"\n"
        for field, inner, rows in children:
            for each in rows:
                yield from self.lines(each, self.node(field), inner, shown.get("id", parent))

    def _flat(self, selection: SelectionSetNode | None) -> Iterator[SelectionNode]:
        """Without fragments around the fields."""
        for node in selection.selections if selection else ():
            if isinstance(node, FragmentSpreadNode):
                yield from self._flat(self._fragments[node.name.value].selection_set)
            elif isinstance(node, InlineFragmentNode):
                yield from self._flat(node.selection_set)
            else:
                yield node

    def _plain(
        self, shown: Json, asked: list[SelectionNode], kind: GraphQLNamedType, children: list[Child]
    ) -> Json:
        line: Json = {}
        for node in self._flat(SelectionSetNode(selections=tuple(asked))):
            if isinstance(node, FieldNode):
                self._put(line, node, shown, kind, children)
        return line

    def _put(
        self, line: Json, node: FieldNode, shown: Json, kind: GraphQLNamedType, children: list[Child]
    ) -> None:
        name, fields = node.name.value, getattr(kind, "fields", {})
        key = node.alias.value if node.alias else name
        if name not in fields:  # __typename, or of another type that this could have been
            if name == "__typename":
                line[key] = shown.get("__typename", kind.name)
            return
        inner = self._inner(kind, name, fields)
        value = shown.get(name)
        value = value(**_arguments(node)) if callable(value) and node.arguments else value
        value = value() if callable(value) else value
        if inner.name.endswith("Connection"):
            children.append((node, schema().type_map[inner.name.removesuffix("Connection")], value or []))
        elif node.selection_set:
            line[key] = self._nested(value, list(node.selection_set.selections), inner, children)
        else:
            line[key] = value

    def _inner(self, kind: GraphQLNamedType, name: str, fields: Any) -> GraphQLNamedType:
        """What a field leads to. Raises GraphQLError where the app may not go."""
        known = self._types.get((kind.name, name))
        if known is None:
            known = get_named_type(fields[name].type)
            access.check(self._graph.account, kind.name, name, known.name)
            self._types[kind.name, name] = known
        return known

    def _nested(
        self, value: Any, asked: list[SelectionNode], kind: GraphQLNamedType, children: list[Child]
    ) -> Any:
        if isinstance(value, list):
            return [self._nested(each, asked, kind, children) for each in value]
        if not isinstance(value, dict):
            return None
        concrete = schema().type_map.get(value.get("__typename", ""), kind)
        return self._plain(value, asked, concrete, children)


def _operation(document: DocumentNode) -> OperationDefinitionNode | None:
    found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return found[0] if len(found) == 1 else None


def _arguments(node: FieldNode) -> Json:
    return {each.name.value: value_from_ast_untyped(each.value) for each in node.arguments or ()}
