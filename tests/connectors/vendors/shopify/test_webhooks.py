"""Shopify's webhooks: only genuine ones of this shop count, and each says or names one thing."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.types import CustomerSnapshot, Parsed, PrivacyRequest, Reference
from connectors.vendors.shopify import Shopify, webhooks
from connectors.vendors.shopify.scopes import SCOPES
from tests.connectors.vendors.shopify.told import heard, signature

BODY = '{"id":1,"note":"café"}'.encode()
SIGNED = "dIrlhlwDOT+g1yV+XXqqCUINND3KWaey05xbmUIQGU8="
GIVEN = {"shop": "north-ridge.myshopify.com", "client_secret": "shpss_test"}
HEADERS = {"x-shopify-hmac-sha256": SIGNED, "x-shopify-shop-domain": "north-ridge.myshopify.com"}


def parsed(topic: str, body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Shopify.parse_webhook(
        raw, {"x-shopify-topic": topic, "x-shopify-triggered-at": "2026-11-22T10:00Z"}
    )


def test_a_delivery_signed_with_the_secret_of_this_shop_is_genuine():
    assert Shopify.verify(GIVEN, HEADERS, BODY)


@pytest.mark.parametrize(
    ("given_credentials", "headers", "body"),
    [
        (GIVEN, HEADERS, BODY + b" "),
        (GIVEN, HEADERS | {"x-shopify-hmac-sha256": SIGNED.lower()}, BODY),
        (GIVEN, HEADERS | {"x-shopify-hmac-sha256": ""}, BODY),
        (GIVEN, HEADERS | {"x-shopify-hmac-sha256": "sécret\udce9"}, BODY),
        (GIVEN, {"x-shopify-hmac-sha256": SIGNED}, BODY),
        (GIVEN, HEADERS | {"x-shopify-shop-domain": "other.myshopify.com"}, BODY),
        (GIVEN, HEADERS | {"x-shopify-shop-domain": ""}, BODY),
        (GIVEN | {"client_secret": "shpss_other"}, HEADERS, BODY),
        (GIVEN | {"client_secret": ""}, HEADERS | {"x-shopify-hmac-sha256": signature("", BODY)}, BODY),
        ({}, {}, BODY),
    ],
)
def test_anything_else_is_not(given_credentials, headers, body):
    assert not Shopify.verify(given_credentials, headers, body)


@pytest.mark.parametrize(
    ("topic", "body", "reference"),
    [
        ("orders/delete", {"id": 1}, ("order", "1")),
        ("refunds/create", {"id": 9, "order_id": 1}, ("order", "1")),
        ("products/create", {"id": 2}, ("product", "2")),
        ("products/delete", {"id": 2}, ("product", "2")),
        ("variants/out_of_stock", {"id": 3, "product_id": 2}, ("product", "2")),
        ("variants/in_stock", {"product_id": 2, "inventory_item_id": 4}, ("inventory_item", "4")),
        ("inventory_levels/update", {"inventory_item_id": 4, "available": None}, ("inventory_item", "4")),
        ("customers/create", {"id": 5}, ("customer", "5")),
        ("customers/delete", {"id": 5}, ("customer", "5")),
        ("customers/purchasing_summary", {"customerId": "gid://shopify/Customer/5"}, ("customer", "5")),
        ("customer.tags_added", {"customerId": "gid://shopify/Customer/5"}, ("customer", "5")),
        ("customer.tags_removed", {"customerId": 5}, ("customer", "5")),
        ("returns/request", {"id": 6}, ("return", "6")),
        ("reverse_deliveries/attach_deliverable", {"id": 7, "return": {"id": 6}}, ("return", "6")),
        ("Orders/Updated", {"id": 1}, ("order", "1")),
    ],
)
def test_a_delivery_names_what_has_to_be_read(topic, body, reference):
    kind, id_ = reference

    assert parsed(topic, body).references == [Reference(kind=kind, id=id_)]


@pytest.mark.parametrize("topic", ["fulfillments/create", "bulk_operations/finish", "themes/update"])
def test_a_topic_that_we_do_not_need_says_nothing(topic):
    assert parsed(topic, {"id": 1}) == Parsed()


def test_a_merge_says_who_went_and_names_who_stayed():
    told = parsed(
        "customers/merge",
        {
            "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1",
            "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
        },
    )

    [gone] = told.snapshots
    assert isinstance(gone, CustomerSnapshot)
    assert (gone.id, gone.is_gone, gone.merged_into) == ("2", True, "1")
    assert told.references == [Reference(kind="customer", id="1")]


@pytest.mark.parametrize(
    ("topic", "body", "request_"),
    [
        (
            "customers/data_request",
            {"customer": {"id": 5, "email": "Ana@Shop.test"}, "orders_requested": [1]},
            PrivacyRequest(kind="export", customer_id="5", emails=("ana@shop.test",)),
        ),
        (
            "customers/redact",
            {"customer": {"id": 5, "email": None}, "orders_to_redact": [1]},
            PrivacyRequest(kind="erase", customer_id="5"),
        ),
        ("shop/redact", {"shop_id": 1}, PrivacyRequest(kind="erase_shop")),
    ],
)
def test_requests_of_the_law_become_work(topic, body, request_):
    assert parsed(topic, body).privacy == [request_]


def test_an_app_that_was_removed_is_trouble():
    assert "Install it again" in parsed("app/uninstalled", {"id": 1}).trouble


@pytest.mark.parametrize(
    ("body", "lost"),
    [
        ({"current": sorted(SCOPES)}, ""),
        ({"current": sorted(SCOPES - {"read_orders"})}, ""),  # who may write may read
        ({"current": sorted(SCOPES - {"read_products"})}, "read_products"),
        ({"previous": ["read_returns", "read_themes"], "current": []}, "read_returns"),
        ({"previous": ["write_orders"], "current": ["read_orders"]}, "write_orders"),
        ({"previous": ["read_themes"], "current": []}, ""),
        ({}, ""),
    ],
)
def test_only_a_scope_that_we_need_and_lost_is_trouble(body, lost):
    trouble = parsed("app/scopes_update", body).trouble

    assert bool(trouble) is bool(lost)
    assert lost in trouble


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("", {"id": 1}),
        ("orders/create", b""),
        ("orders/create", b"[]"),
        ("orders/create", b"\xff"),
        ("orders/create", b"[" * 100_000),
        ("orders/create", b'{"id": 1' + b"0" * 5000 + b"}"),
        ("orders/create", {"id": 10**40}),
        ("orders/updated", {"id": "../1"}),
        ("refunds/create", {"id": 1}),
        ("products/update", {"id": True}),
        ("customers/update", {"id": {"a": 1}}),
        ("customers/merge", {"admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1"}),
        ("inventory_levels/update", {}),
    ],
)
def test_a_delivery_that_says_nothing_is_refused_with_a_sentence(topic, body):
    with pytest.raises(ValueError, match=r"from Shopify .*\.$"):
        parsed(topic, body)


TOPICS = [each.lower().replace("_", "/", 1) for each in webhooks.TOPICS]
FORMS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["id", "customer", "email", "line_items", "current", "previous", "updated_at"]),
            inner,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.sampled_from([*TOPICS, "customers/redact", "shop/redact"]), st.binary() | FORMS)
def test_whatever_a_body_holds_it_names_numbers_or_is_refused(topic, body):
    with suppress(ValueError):
        told = parsed(topic, body)
        assert all(each.id.isdecimal() and len(each.id) <= 20 for each in told.references)


def test_every_topic_that_is_registered_is_understood(shopify):
    order = shopify.do("order_create", email="ana@shop.test")
    known = {
        **order,
        "product_id": 1,
        "order_id": 1,
        "inventory_item_id": 1,
        "customerId": 1,
        "return": {"id": 1},
    }
    known |= {"admin_graphql_api_customer_kept_id": 1, "admin_graphql_api_customer_deleted_id": 2}
    known |= {"abandoned_checkout_url": "https://north-ridge.myshopify.com/1", "current": []}
    said = {"CUSTOMER_TAGS_ADDED": "customer.tags_added", "CUSTOMER_TAGS_REMOVED": "customer.tags_removed"}
    families = ("INVENTORY_LEVELS", "REVERSE_DELIVERIES")

    for each in webhooks.TOPICS:
        family = next((name for name in families if each.startswith(name)), each.partition("_")[0])
        topic = said.get(each, f"{family}/{each.removeprefix(family)[1:]}".lower())
        told = heard(shopify, topic, known)
        assert told.snapshots or told.references or told.trouble, topic
