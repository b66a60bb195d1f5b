"""Every document that is sent exists in the published schema, and no page asks for too much."""

from __future__ import annotations

import re

import pytest
from graphql import OperationDefinitionNode, parse, validate

from connectors.sandbox.shopify import schema as published
from connectors.sandbox.shopify.cost import MOST, Estimate
from connectors.vendors.shopify import documents, polling, reading

SENT = {
    name: value
    for name, value in vars(documents).items()
    if isinstance(value, str) and "{" in value and "fragment" not in value.lstrip()[:8]
}
# The largest page that each list is asked for first.
PAGES = {"ORDERS": 20, "CUSTOMERS": 50, "PRODUCTS": 15, "CARTS": 20, "CHANGED_INVENTORY": 50}

each_document = pytest.mark.parametrize("name", SENT)


@each_document
def test_it_is_valid_in_the_pinned_version(name):
    assert validate(published.schema(), parse(SENT[name])) == []


@each_document
def test_it_stays_below_what_one_query_may_cost(name):
    document = parse(SENT[name])
    [operation] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]

    cost = Estimate(published.schema(), document, {"first": PAGES.get(name, 1)}).of(operation)

    assert cost <= MOST or name.startswith("BULK_")


def test_every_list_that_is_paged_is_weighed():
    assert set(PAGES) == {name for name, value in SENT.items() if "$first" in value}


def test_the_version_is_the_one_of_the_schema():
    assert published.VERSION == documents.VERSION
    assert re.fullmatch(r"20\d\d-(01|04|07|10)", documents.VERSION)


def test_what_is_named_asks_for_the_kind_of_object_that_it_reads():
    for kind, (document, size) in reading.NAMED.items():
        assert f"... on {reading.GIDS[kind]} " in document
        assert 1 <= size <= 250


def test_windows_overlap_by_more_than_the_index_lags():
    assert min(polling.OVERLAP, polling.STOCK_OVERLAP) > polling.SETTLED
