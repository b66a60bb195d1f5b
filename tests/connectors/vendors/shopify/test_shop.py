"""Whose store it is, and what the app lacks there."""

from __future__ import annotations

import pytest

from connectors.errors import NeedsAttention
from connectors.vendors.shopify.shop import PERSONAL


def hide(account) -> None:
    account.control("PUT", f"shopify/accounts/{account.name}", {"shows_personal_data": False})


def people(account, *emails: str | None) -> None:
    account.seed(customers=[{"email": each} for each in emails])


def test_the_account_says_whose_it_is(shopify):
    account = shopify.open().account()

    assert account.account_id == shopify.credentials["shop"]
    assert (account.timezone, account.currency) == ("America/New_York", "USD")
    assert account.missing_scopes == ()


@pytest.mark.parametrize("scope", ["read_products", "read_all_orders", "write_customers"])
def test_a_scope_that_is_missing_is_named(shopify, scope):
    shopify.do("scope_remove", scope=scope)

    assert shopify.open().account().missing_scopes == (scope,)


def test_customers_that_are_hidden_are_noticed(shopify):
    people(shopify, "a@shop.test", "b@shop.test", "c@shop.test")
    before = shopify.open().account().missing_scopes
    hide(shopify)

    assert before == ()
    assert shopify.open().account().missing_scopes == (PERSONAL,)


def test_a_few_customers_may_have_no_address(shopify):
    people(shopify, None, None)

    assert shopify.open().account().missing_scopes == ()


def test_one_address_shows_that_nothing_is_hidden(shopify):
    people(shopify, None, None, None, "a@shop.test")

    assert shopify.open().account().missing_scopes == ()


def test_a_removed_app_is_rejected(shopify):
    shopify.do("app_uninstall")

    with pytest.raises(NeedsAttention) as caught:
        shopify.open().account()
    assert caught.value.code == "credentials_rejected"
