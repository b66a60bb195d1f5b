"""Flows that a left cart starts in the marketing tool by itself."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import NeedsAttention
from tests.connectors.accounts import FakeAccount


def flow(account: FakeAccount, name: str, metric: str, **fields: Any) -> None:
    definition = {"triggers": [{"type": "metric", "id": metric}]}
    account.do("flow_create", **{"name": name, "status": "live", "definition": definition, **fields})


def test_live_flows_on_what_a_cart_does_are_found(klaviyo: FakeAccount) -> None:
    names = ["Checkout Started", "Trolley Filled", "Placed Order", "Cart recovery: email"]
    uses = [{}, {"mapped": "added_to_cart"}, {"mapped": "revenue"}, {}]
    metrics = [{"name": name, "integration": "Shopify", **use} for name, use in zip(names, uses, strict=True)]
    started, filled, ordered, ours = klaviyo.seed(metrics=metrics)["metrics"]
    flow(klaviyo, "Checkout", started)
    flow(klaviyo, "Trolley", filled)
    flow(klaviyo, "Thanks", ordered)
    flow(klaviyo, "Ours", ours)
    flow(klaviyo, "Draft", started, status="draft")
    flow(klaviyo, "Archived", started, archived=True)

    found = klaviyo.open().cart_flows()

    assert {(each.name, each.trigger, each.origin) for each in found} == {
        ("Checkout", "Checkout Started", "Shopify"),
        ("Trolley", "Trolley Filled", "Shopify"),
    }
    assert len(klaviyo.requests()) == 4  # not one for each flow


def test_an_account_without_such_metrics_has_none(klaviyo: FakeAccount) -> None:
    assert klaviyo.open().cart_flows() == []


def test_a_missing_scope_is_named(klaviyo: FakeAccount) -> None:
    klaviyo.seed(metrics=[{"name": "Started Checkout", "integration": "Shopify"}])
    scopes = {"scopes": ["metrics:read"]}
    klaviyo.control("PUT", f"klaviyo/accounts/{klaviyo.name}", scopes)

    with pytest.raises(NeedsAttention, match="flows:read and metrics:read"):
        klaviyo.open().cart_flows()
