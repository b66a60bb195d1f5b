"""Shopify's webhook registrations: one for each topic to our address, again and again."""

from __future__ import annotations

import pytest

from connectors.errors import NeedsAttention
from connectors.vendors.shopify.webhooks import TOPICS
from tests.connectors.accounts import FakeAccount
from tests.connectors.sandbox.receiver import receiving

URL = "https://agency.test/hooks/fixed-token/"


def registered(account: FakeAccount) -> dict[str, str]:
    """Topic → address."""
    return {each["topic"]: each["uri"] for each in account.state()["subscriptions"]}


def test_one_is_made_for_each_topic(shopify):
    states = shopify.open().ensure_webhooks(URL)

    assert [each.topic for each in states] == list(TOPICS)
    assert all(each.was_created and each.is_active and not each.was_revived for each in states)
    assert registered(shopify) == dict.fromkeys(TOPICS, URL)


def test_doing_it_again_changes_nothing_and_takes_one_call(shopify):
    first = shopify.open().ensure_webhooks(URL)
    before = len(shopify.requests())

    second = shopify.open().ensure_webhooks(URL)

    assert [each.id for each in second] == [each.id for each in first]
    assert not any(each.was_created or each.was_revived for each in second)
    assert len(shopify.requests()) == before + 1


def test_one_that_was_deleted_for_its_failures_is_revived(shopify):
    shopify.control("POST", "limits", {"on": False})
    with receiving() as receiver:
        receiver.status = 500
        vendor = shopify.open()
        first = {each.topic: each for each in vendor.ensure_webhooks(receiver.url)}
        for each in range(8):
            shopify.do("customer_create", email=f"p{each}@shop.test")
            shopify.control("GET", "webhooks", wait="20")

        again = {each.topic: each for each in vendor.ensure_webhooks(receiver.url)}

    assert "CUSTOMERS_CREATE" in first
    assert {topic for topic, each in again.items() if each.was_revived} == {"CUSTOMERS_CREATE"}
    assert not any(each.was_created for each in again.values())


def test_registrations_of_a_former_host_are_replaced(shopify):
    shopify.open().ensure_webhooks("https://old.test/hooks/fixed-token/")

    shopify.open().ensure_webhooks(URL)

    assert set(registered(shopify).values()) == {URL}
    assert len(shopify.state()["subscriptions"]) == len(TOPICS)


def test_those_of_others_are_left_alone(shopify):
    other = "https://agency.test/hooks/other-token/"
    shopify.open().ensure_webhooks(other)

    shopify.open().ensure_webhooks(URL)

    addresses = [each["uri"] for each in shopify.state()["subscriptions"]]
    assert (addresses.count(other), addresses.count(URL)) == (len(TOPICS), len(TOPICS))


def test_an_address_that_shopify_does_not_take_is_not_active(shopify):
    states = shopify.open().ensure_webhooks("http://agency.test/hooks/fixed-token/")

    assert not any(each.is_active or each.was_created for each in states)


def test_a_rejected_key_is_raised(shopify):
    with pytest.raises(NeedsAttention) as caught:
        shopify.open(access_token="shpat_wrong").ensure_webhooks(URL)

    assert caught.value.code == "credentials_rejected"
