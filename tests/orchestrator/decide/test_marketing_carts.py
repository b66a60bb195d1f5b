"""Carts that the marketing tool told: left behind like the storefront's own, and never beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from connectors.models import Connection, Store
from connectors.roles.marketing import CARTS, VIEWS
from connectors.types import CartSnapshot, LineItem, Person
from orchestrator.decide import abandoned, drain, goods
from orchestrator.decide.world import World
from orchestrator.intake import inbox, sources, wanted
from orchestrator.models import Cart, Enrolment, OutboxAction, RunLogEntry
from tests import scene
from tests.orchestrator.decide import shop as shopping
from tests.orchestrator.decide.shop import Origin, shop, usd
from tests.scene import at

pytestmark = pytest.mark.django_db

ANA = Person(id="01P", emails=("ana@shop.test",))
ALONE = ("gorgias", "klaviyo")
THEN = [{"action": "send_event", "with": {"metric": "Cart left", "properties": {"sum": "{cart.total}"}}}]


def cart(minutes: float = 0, total: int = 250, **fields: Any) -> CartSnapshot:
    values = {"customer": ANA, "total": usd(total), "started_at": at(minutes), **fields}
    return CartSnapshot(id="01P", source_at=at(minutes), **values)


def hear(store: Store, *carts: CartSnapshot, now: datetime) -> None:
    inbox.accept(scene.connection(store, "klaviyo"), carts, origin=Origin.POLL, now=now)
    drain.drain(store, now)


def tell(store: Store, minutes: float) -> int:
    return abandoned.tell(store, at(minutes)) if store.pk in abandoned.stores_with_carts(at(minutes)) else 0


def sent() -> list[str]:
    return list(OutboxAction.objects.order_by("pk").values_list("reference", flat=True))


def test_without_a_storefront_a_checkout_that_is_left_is_told_once():
    store = shop(vendors=ALONE)
    scene.live_rule(store, "custom", when="cart.abandoned", then=THEN)
    told = [cart(0), cart(20, 90), cart(0)]

    hear(store, *told, now=at(21))
    counts = [tell(store, minutes) for minutes in (79, 80, 200)]

    assert counts == [0, 1, 0]
    assert sent() == ["klaviyo:cart:01P"]


def test_an_order_that_klaviyo_heard_of_ends_it_whichever_came_first():
    store = shop(vendors=ALONE)
    scene.live_rule(store, "custom", when="cart.abandoned", then=THEN)

    hear(store, cart(30, bought_at=at(30)), now=at(31))
    hear(store, cart(0), now=at(32))

    assert tell(store, 300) == 0
    assert Cart.objects.get().abandons_at is None


def test_a_storefront_that_tells_carts_itself_silences_the_other():
    store = shop()
    scene.live_rule(store, "custom", when="cart.abandoned", then=THEN)
    scene.live_rule(store, "custom", mode="shadow", when="cart.changed", then=THEN)

    hear(store, cart(0), now=at(1))
    tell(store, 200)

    assert sent() == []
    assert not RunLogEntry.objects.filter(code="cart_abandoned").exists()
    assert not RunLogEntry.objects.filter(code__startswith="decided").exists()
    assert Cart.objects.get().abandons_at is None


def test_a_recovery_begins_without_a_storefront_and_says_that_nobody_knows_the_history():
    store = shop(vendors=ALONE)
    scene.live_rule(store, "cart_recovery", quiet_from="", quiet_to="")
    hear(store, cart(0, items=(LineItem(product_id="7", title="Boots", quantity=1),)), now=at(1))

    tell(store, 60)

    assert Enrolment.objects.get().reference == "klaviyo:cart:01P"


@pytest.mark.parametrize(
    ("vendors", "when", "wants"),
    [
        (("shopify", "klaviyo"), "cart.abandoned", set()),
        (("gorgias", "klaviyo"), "cart.abandoned", {CARTS}),
        (("klaviyo",), "cart.recovered", {CARTS}),
        (("shopify", "klaviyo"), "product.viewed", {VIEWS}),
        (("klaviyo",), "order.paid", set()),
    ],
)
def test_it_is_asked_for_what_a_rule_hears_and_nobody_else_tells(vendors, when, wants):
    store = shop(vendors=vendors)
    scene.live_rule(store, "custom", when=when, then=[{"action": "alert", "with": {"text": "Look"}}])

    found = {each.vendor: wanted.details(each) for each in Connection.objects.all()}

    assert found.pop("klaviyo") == wants
    assert set(found.values()) <= {frozenset()}


def test_nobody_tells_carts_where_nothing_is_connected():
    assert sources.of_carts([]) == ""
    assert sources.of_products(0) == ""


@pytest.mark.parametrize(("placed", "is_bought"), [(-5, False), (0, True), (40, True)])
def test_the_storefronts_next_order_ends_a_cart_that_it_did_not_tell(placed, is_bought):
    store = shop()
    shopping.hear(store, shopping.order(placed_at=at(placed)), now=at(41))

    world = World.load(store, [("klaviyo", cart(0))], at(42))

    assert goods.is_bought(world, "klaviyo", cart(0)) is is_bought
