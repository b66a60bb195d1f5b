"""What a query costs: an object one point, a page two and its size times its content, a change ten.

https://shopify.dev/docs/api/usage/limits. The vendor's own numbers differ; the scheme is the same.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

MOST = 1000  # points of one query


class Estimate:
    """The requested cost of one operation with its variables."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def of(self, operation: OperationDefinitionNode) -> int:
        root = self._schema.get_root_type(operation.operation)
        base = 10 if operation.operation is OperationType.MUTATION else 0
        return base + self._selection(operation.selection_set, root)

    def _selection(self, selection: SelectionSetNode | None, parent: Any) -> int:
        if selection is None:
            return 0
        return sum(self._part(each, parent) for each in selection.selections)

    def _part(self, node: Any, parent: Any) -> int:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            fragment = self._fragments[node.name.value]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            return self._selection(fragment.selection_set, kind)
        if isinstance(node, InlineFragmentNode):
            named = node.type_condition
            return self._selection(
                node.selection_set, self._schema.get_type(named.name.value) if named else parent
            )
        return 0

    def _field(self, node: FieldNode, parent: Any) -> int:
        if node.name.value.startswith("__") or not hasattr(parent, "fields"):
            return 0
        kind = get_named_type(parent.fields[node.name.value].type)
        if is_leaf_type(kind) or kind.name == "PageInfo":
            return 0
        inner = self._selection(node.selection_set, kind)
        if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Connection"):
            return 2 + self._size(node) * max(inner, 1)
        if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Edge"):
            return inner
        return 1 + inner

    def _size(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = argument.value
                if isinstance(value, IntValueNode):
                    return int(value.value)
                if isinstance(value, VariableNode):
                    return int(self._variables.get(value.name.value) or 0)
        return 1
