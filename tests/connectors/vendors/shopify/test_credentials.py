"""Three ways in, one at a time; and a shop's name is only ever a shop's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.vendors.shopify import Shopify
from connectors.vendors.shopify.credentials import ShopifyCredentials

APP = {"client_id": "app", "client_secret": "shpss_1"}


def form(**values: str) -> ShopifyCredentials:
    return ShopifyCredentials({"shop": "north-ridge", "client_secret": "shpss_1", **values})


@pytest.mark.parametrize(
    "values",
    [
        {"access_token": "shpat_1"},
        {"client_id": "app"},
        {"client_id": "app", "refresh_token": "shprt_1"},
        {"client_id": "app", "refresh_token": "shprt_1", "access_token": "shpat_1"},
    ],
)
def test_each_way_in_is_enough(values):
    assert form(**values).is_valid()


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({}, "access_token", "Enter an access token, or a client ID."),
        (
            {"refresh_token": "r"},
            "client_id",
            "Enter the client ID of the app that the refresh token is for.",
        ),
        (
            {"access_token": "t", "client_id": "app"},
            "client_id",
            "There is an access token already. Use the token or the client ID, not both.",
        ),
        ({"access_token": "t", "client_secret": ""}, "client_secret", "This field is required."),
    ],
)
def test_what_is_missing_or_too_much_is_said_at_its_field(values, field, sentence):
    assert form(**values).errors == {field: [sentence]}


@pytest.mark.parametrize(
    ("given_name", "shop"),
    [
        ("north-ridge", "north-ridge.myshopify.com"),
        ("North-Ridge.myshopify.com", "north-ridge.myshopify.com"),
        ("https://north-ridge.myshopify.com/", "north-ridge.myshopify.com"),
        (" 4shoes ", "4shoes.myshopify.com"),
    ],
)
def test_a_shop_is_completed_to_its_permanent_name(given_name, shop):
    filled = form(shop=given_name, access_token="shpat_1")

    assert filled.is_valid()
    assert filled.cleaned_data["shop"] == shop


@pytest.mark.parametrize(
    "name",
    [
        "northridge.com",
        "north-ridge.myshopify.com.evil.test",
        "evil.test/north-ridge.myshopify.com",
        "-north.myshopify.com",
        "a.b.myshopify.com",
        "north_ridge.myshopify.com",
        "nörth.myshopify.com",
        "north.myshopify.com@evil.test",
        "north.myshopify.com:8080",
        "",
    ],
)
def test_any_other_name_is_refused(name):
    assert "shop" in form(shop=name, access_token="shpat_1").errors


@given(st.text())
def test_whatever_is_entered_the_address_is_shopifys_own(name):
    filled = form(shop=name, access_token="shpat_1")

    if filled.is_valid():
        host = Shopify.root(filled.cleaned_data).removeprefix("https://")
        assert host.endswith(".myshopify.com")
        assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


def test_the_token_travels_in_a_header():
    assert Shopify.headers({"access_token": "shpat_1"}) == {"X-Shopify-Access-Token": "shpat_1"}
