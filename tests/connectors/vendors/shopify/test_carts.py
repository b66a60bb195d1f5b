"""Checkouts that were begun: one thing, whether a webhook or a query speaks of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.types import CartSnapshot, Money, Person
from connectors.vendors.shopify import carts
from tests.connectors.vendors.shopify.payloads import payload
from tests.connectors.vendors.shopify.told import heard

GUEST = payload("checkout_of_a_guest")


def polled(account) -> list[CartSnapshot]:
    watermark = '{"carts": "2020-01-01T00:00:00Z"}'
    found = [each for page in account.open().poll(watermark) for each in page.snapshots]
    return [each for each in found if isinstance(each, CartSnapshot)]


def test_a_guests_checkout_is_known_by_the_address_they_typed():
    cart = carts.from_webhook(GUEST)

    assert cart is not None
    assert cart.customer == Person(emails=("ana@shop.test",))
    assert cart.total == Money(Decimal("120.5"), "USD")
    assert cart.started_at == datetime(2026, 11, 22, 9, 58, 2, tzinfo=UTC)
    assert cart.url == GUEST["abandoned_checkout_url"]
    assert [(each.sku, each.quantity) for each in cart.items] == [("BOOT-42", 2)]


def test_the_key_in_its_address_does_not_make_it_another_cart():
    other = {**GUEST, "abandoned_checkout_url": GUEST["abandoned_checkout_url"].replace("abc", "xyz")}

    assert {carts.from_webhook(each).id for each in (GUEST, other)} == {carts.from_webhook(GUEST).id}  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [{"email": None}, {"email": "none"}, {"abandoned_checkout_url": ""}])
def test_a_cart_that_leads_to_nobody_is_none(change):
    assert carts.from_webhook({**GUEST, **change}) is None


@pytest.mark.parametrize("change", [{"total_price": None}, {"total_price": "much"}, {"updated_at": None}])
def test_a_cart_without_a_total_or_a_time_is_refused_with_a_sentence(change):
    with pytest.raises(ValueError, match=r"from Shopify .*\.$"):
        carts.from_webhook({**GUEST, **change})


@pytest.mark.parametrize("count", [1, 10, 25])
def test_a_webhook_and_a_poll_speak_of_the_same_cart(shopify, count):
    lines = [{"title": f"Boot {each}", "quantity": each + 1} for each in range(count)]
    left = shopify.do("checkout_abandon", email="Ana@Shop.test", line_items=lines)

    [told] = heard(shopify, "checkouts/create", left).snapshots
    [found] = polled(shopify)

    assert told == found
    assert len(found.items) == count


def test_a_cart_of_somebody_with_a_telephone_alone_is_told_and_the_number_stays_with_the_record(shopify):
    who = shopify.seed(customers=[{"email": None, "phone": "+15551234567"}])["customers"][0]
    left = shopify.do("checkout_abandon", customer={"id": who})

    [told] = heard(shopify, "checkouts/create", left).snapshots
    [found] = polled(shopify)

    assert told == found
    assert found.customer == Person(id=str(who))


def test_a_cart_that_was_bought_says_when(shopify):
    left = shopify.do("checkout_abandon", email="ana@shop.test")
    shopify.do("checkout_complete", id=left["id"])

    [found] = polled(shopify)

    assert found.bought_at == found.source_at


def test_a_deleted_checkout_is_no_news(shopify):
    assert not heard(shopify, "checkouts/delete", {"token": "9f3a"}).snapshots
