"""The published schema, pruned: whole enough for what we send, and served as what it is."""

from __future__ import annotations

from graphql import GraphQLEnumType, GraphQLInputObjectType

from connectors.sandbox.server import Sandbox
from connectors.sandbox.shopify import access
from connectors.sandbox.shopify.schema import schema
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.shops import Shop

INTROSPECTION = """{ __schema { queryType { name } mutationType { name } types { name kind } } }"""


def test_vocabularies_are_complete() -> None:
    topics, states = schema().type_map["WebhookSubscriptionTopic"], schema().type_map["ReturnStatus"]
    discount = schema().type_map["DiscountCodeBasicInput"]
    assert isinstance(topics, GraphQLEnumType)
    assert isinstance(states, GraphQLEnumType)
    assert isinstance(discount, GraphQLInputObjectType)
    assert {"ORDERS_UPDATED", "CUSTOMERS_MERGE", "INVENTORY_LEVELS_UPDATE"} <= set(topics.values)
    assert len(topics.values) > 150
    assert set(states.values) == {"REQUESTED", "OPEN", "CLOSED", "DECLINED", "CANCELED"}
    assert {"context", "customerGets", "combinesWith", "tags"} <= set(discount.fields)


def test_scopes_name_types_and_fields_that_are_there() -> None:
    for place in access.needed():
        kind, _, field = place.partition(".")
        assert kind in schema().type_map
        assert not field or field in getattr(schema().type_map[kind], "fields", {})


def test_it_tells_about_itself(sandbox: Sandbox, control: Control) -> None:
    told = Shop(sandbox, control).ask(INTROSPECTION)["__schema"]
    assert (told["queryType"]["name"], told["mutationType"]["name"]) == ("QueryRoot", "Mutation")
    assert {"name": "Order", "kind": "OBJECT"} in told["types"]
