"""What was sold, and when there was nothing left, follows from what was told, in whatever order that was."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connectors.models import Store
from connectors.types import AnySnapshot, LineItem, OrderSnapshot, ProductSnapshot, Variant
from orchestrator.decide.sales import Sales
from orchestrator.models import InboxEvent, ReorderDraft, Sale, StockDay
from rules.velocity import Sold
from tests import scene
from tests.orchestrator.decide.shop import hear, order, product, shop, usd
from tests.scene import START, at
from tests.stories import tried

DAY = 24 * 60
NOW = at(20 * DAY)
BY_SALES: dict[str, Any] = {"reorder_point": "sales", "lead_days": 5, "least_days": 3, "threshold": 1}


def day(number: int) -> date:
    return (START + timedelta(days=number)).astimezone(UTC).date()


def bought(number: int, days: float, units: int = 1, minutes: float = 0, **fields: Any) -> OrderSnapshot:
    """An order of shirts, so many days into the story, as it was told so many minutes later."""
    items = (LineItem(product_id="7", quantity=units), LineItem(quantity=3))
    given = {"items": items, "placed_at": at(days * DAY), **fields}
    return order(number, days * DAY + minutes, **given)


def sold(store: Store) -> Sold:
    return Sales(store.pk, NOW, [("shopify", "7")]).of("shopify", "7")


def watched(**params: Any) -> Store:
    store = shop()
    scene.live_rule(store, "reorder_alert", **{**BY_SALES, **params})
    return store


STORY: list[AnySnapshot] = [
    bought(1, 0, 4),
    bought(2, 1, 2),
    bought(2, 1, 1, minutes=5, refunded=usd(9)),
    bought(3, 1, 5),
    bought(3, 1, 5, minutes=5, cancelled_at=at(DAY + 5)),
    bought(4, 2, 9, is_test=True),
    bought(5, 2, 3),
    product(7, 1 * DAY, 20),
    product(7, 2 * DAY, 0),
    product(7, 2 * DAY + 60, 0, title="Shirt"),
    product(7, 4 * DAY, 8),
]


class AnyOrder(TestCase):
    @settings(max_examples=tried(10, 30, 150))
    @given(st.data())
    def test_whatever_the_order_the_same_was_sold_and_out_of_stock(self, data: st.DataObject) -> None:
        store = watched()
        doubled = STORY + data.draw(st.lists(st.sampled_from(STORY), max_size=5))
        shuffled = data.draw(st.permutations(doubled))
        cut = data.draw(st.integers(0, len(shuffled)))

        hear(store, *shuffled[:cut], now=NOW)
        hear(store, *shuffled[cut:], now=NOW)

        assert sold(store) == Sold(
            since=day(0),
            by_day={day(0): 4, day(1): 1, day(2): 3},
            stock_days={day(1): False, day(2): True, day(4): False},
        )


@pytest.mark.django_db
def test_what_a_batch_itself_brings_counts_at_once():
    store = watched(lead_days=10)
    hear(store, *(bought(each, each, 2) for each in range(10, 17)), now=at(17 * DAY))

    hear(store, bought(30, 17, 60), product(7, 19 * DAY, 70), now=NOW)

    (draft,) = ReorderDraft.objects.all()
    assert draft.threshold == 75
    assert "of lead time" in draft.reckoning


@pytest.mark.django_db
def test_stock_is_written_down_only_where_a_rule_asks_for_it():
    plain, by_sales = shop(), watched_as("harbor-pine")

    for store in (plain, by_sales):
        hear(store, product(7, 5, 3), now=NOW)

    assert list(StockDay.objects.values_list("store", flat=True)) == [by_sales.pk]


def watched_as(slug: str) -> Store:
    store = shop(slug)
    scene.live_rule(store, "reorder_alert", **BY_SALES)
    return store


@pytest.mark.django_db
def test_what_sells_without_stock_is_never_out():
    store = watched()

    hear(store, product(7, 5, 0, variants=(Variant(id="71", stock=0, sells_without_stock=True),)), now=NOW)

    assert [row.is_out for row in StockDay.objects.all()] == [False]


@pytest.mark.django_db
def test_history_counts_too():
    store = shop()

    hear(store, bought(1, 0, 4), origin=InboxEvent.Origin.IMPORT)

    assert list(Sale.objects.values_list("product_id", "units")) == [("7", 4)]


@pytest.mark.django_db
def test_old_days_of_stock_go_when_new_ones_come():
    store = watched()
    hear(store, product(7, 0, 3), now=at(1))

    hear(store, product(7, 200 * DAY, 4), now=at(200 * DAY))

    assert StockDay.objects.count() == 1


def queries(store: Store, count: int) -> int:
    told: list[AnySnapshot] = [bought(each, 1, each) for each in range(1, count + 1)]
    shirts: list[ProductSnapshot] = [product(each, 2 * DAY, 0) for each in range(1, count + 1)]
    with CaptureQueriesContext(connection) as made:
        hear(store, *told, *shirts, now=NOW)
    return len(made)


@pytest.mark.django_db
def test_a_batch_of_many_products_costs_as_much_as_one_of_few():
    few, many = watched(), watched_as("harbor-pine")

    made = queries(few, 2), queries(many, 60)

    assert made[1] - made[0] <= 8  # rows are written some hundred at a time
