"""What a person bought, in sentences: the same numbers that rules see."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.models import Store
from connectors.types import Person
from orchestrator.decide import abandoned
from orchestrator.record import addresses, explain, shopping
from tests.orchestrator.decide.shop import cart, hear, order, parcel, record, shop, usd
from tests.scene import at

pytestmark = pytest.mark.django_db
ANA = "ana@shop.test"


def told(store: Store) -> list[str]:
    return shopping.sentences(addresses.person(store.pk, ANA).owners)


def test_orders_are_told_without_what_was_given_back():
    store = shop()
    hear(store, order(1001, total=1000), order(1002, cancelled_at=at(1)), order(1003, is_test=True))
    hear(store, order(1001, minutes=5, total=800, refunded=usd(200)))

    assert told(store) == ["Orders: 1 order, 800.00 USD spent without refunds; 1 cancelled beside."]


def test_history_from_before_is_told_by_the_vendors_totals():
    store = shop()
    hear(store, order(1001), record(minutes=1, order_count=12, spent=usd("2345.5")))

    assert told(store) == ["Orders: 12 orders, 2,345.50 USD spent without refunds."]


def test_carts_and_returns_are_counted():
    store = shop()
    hear(
        store, cart(1), cart(2, minutes=200), cart(3, bought_at=at(1)), parcel(1), parcel(2, status="closed")
    )
    abandoned.tell(store, at(70))

    assert told(store) == [
        "Carts: 3 known, 1 being filled now, 1 abandoned at some time.",
        "Returns: 2 known, 1 open.",
    ]


def test_who_bought_nothing_is_told_nothing():
    store = shop()
    hear(store, record(order_count=0, spent=usd(0)))

    assert told(store) == []


def test_it_stands_in_the_explanation_under_any_address():
    store = shop()
    hear(store, order(1001, customer=Person(id="9001", emails=("ana@shop.test", "ana@work.test"))))

    assert (
        "Orders: 1 order, 50.00 USD spent without refunds."
        in explain.story(store, "ana@work.test", at(9)).summary
    )


def test_another_clients_orders_are_not_told():
    ours, theirs = shop(), shop("harbor-pine")
    hear(theirs, order(1001))

    assert told(ours) == []


def test_it_takes_five_queries_however_much_there_is(django_assert_num_queries: Any):
    store = shop()
    hear(store, *(order(each) for each in range(60)), cart(), parcel(), record())

    owners = addresses.person(store.pk, ANA).owners

    with django_assert_num_queries(5):
        shopping.sentences(owners)
