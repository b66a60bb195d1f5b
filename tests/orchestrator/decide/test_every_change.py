"""Each change there is, from what a tool tells to what a rule of staff on that change plans."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.types import AnySnapshot, LineItem, Transition
from orchestrator.decide import abandoned, pipeline
from orchestrator.decide.world import World
from orchestrator.intake import known
from orchestrator.models import OutboxAction, RunLogEntry
from rules.facts import Change
from tests import scene
from tests.orchestrator.decide.shop import cart, hear, order, parcel, product, record, shop, transitions, usd
from tests.scene import at, ticket

pytestmark = pytest.mark.django_db

# What is told, in order; the last one makes the change.
TOLD: dict[Transition, list[AnySnapshot]] = {
    Transition.TICKET_OPENED: [ticket(1)],
    Transition.TICKET_CHANGED: [ticket(1), ticket(1, minutes=1, priority="high")],
    Transition.TICKET_CLOSED: [ticket(1), ticket(1, minutes=1, is_open=False)],
    Transition.ORDER_PLACED: [order()],
    Transition.ORDER_PAID: [order(), order(minutes=1, is_paid=True)],
    Transition.ORDER_FULFILLED: [order(), order(minutes=1, is_fulfilled=True)],
    Transition.ORDER_DELAYED: [order(), order(minutes=1, fulfillment_status="on_hold")],
    Transition.ORDER_CANCELLED: [order(), order(minutes=1, cancelled_at=at(1))],
    Transition.ORDER_REFUNDED: [order(), order(minutes=1, refunded=usd(5), total=45)],
    Transition.CART_CHANGED: [cart()],
    Transition.CART_ABANDONED: [cart()],  # and time goes by
    Transition.CART_RECOVERED: [cart(), cart(minutes=1, bought_at=at(1))],
    Transition.STOCK_CHANGED: [product()],
    Transition.PRODUCT_CHANGED: [product()],
    Transition.CUSTOMER_CHANGED: [record()],
    Transition.CUSTOMER_MERGED: [record(), record(minutes=1, is_gone=True, merged_into="9002")],
    Transition.RETURN_REQUESTED: [parcel()],
    Transition.RETURN_APPROVED: [parcel(), parcel(minutes=1, status="approved", approved_at=at(1))],
    Transition.RETURN_CLOSED: [parcel(), parcel(minutes=1, status="closed", closed_at=at(1))],
}
BY_NAME = {"stock": "product"}


def rule(when: str, *fields: str, text: str = "Told") -> dict[str, Any]:
    asked = [{"field": field, "op": "exists"} for field in fields]
    return {"when": when, "if": {"all": asked}, "then": [{"action": "alert", "with": {"text": text}}]}


def tell(store: Any, snapshot: AnySnapshot) -> None:
    tool = scene.hear if snapshot.kind == "ticket" else hear
    tool(store, snapshot, now=snapshot.source_at)


def planned() -> list[str]:
    rows = OutboxAction.objects.order_by("pk").values_list("arguments", flat=True)
    return [msgspec.json.decode(row)["text"] for row in rows]


@pytest.mark.parametrize("transition", TOLD)
def test_a_rule_on_each_change_hears_it_once_with_what_changed(transition):
    store = shop(vendors=("shopify", "gorgias", "klaviyo", "slack"))
    kind = transition.partition(".")[0]
    thing = BY_NAME.get(kind, kind)
    name = "customer.email" if thing == "customer" else f"{thing}.id"
    scene.live_rule(store, "custom", **rule(transition.value, name, text=f"{{{name}}}"))

    for snapshot in [*TOLD[transition], TOLD[transition][-1]]:
        tell(store, snapshot)
    abandoned.tell(store, at(61))

    last = TOLD[transition][-1]
    assert transitions().count(transition.value) == 1
    assert planned() == ["ana@shop.test" if thing == "customer" else last.id]


def test_every_change_but_a_view_is_told_by_the_mirror():
    assert set(Transition) - set(TOLD) == {Transition.PRODUCT_VIEWED}


def test_a_rule_hears_that_a_product_was_viewed():
    store = shop(vendors=("shopify", "slack"))
    scene.live_rule(store, "custom", **rule("product.viewed", "product.stock", text="{product.title}"))
    hear(store, product())
    viewed = Change(
        transition=Transition.PRODUCT_VIEWED, vendor="shopify", kind="product", object_id="7", at=at(5)
    )
    world = World.load(store, known.snapshots(store.pk, {("shopify", "product", "7")}), at(5))

    pipeline.decide(world, viewed, "trace")
    world.save()

    assert planned() == ["Linen shirt"]


SHIRT = LineItem(product_id="7", title="Linen shirt", sku="L-1", product_type="Shirts", quantity=2)


@pytest.mark.parametrize(
    ("asked", "passed"),
    [
        ({"field": "order.products", "op": "contains", "value": "linen shirt"}, True),
        ({"field": "order.skus", "op": "in", "value": ["L-1"]}, True),
        ({"field": "order.placed_at", "op": "newer_than", "value": "PT1H"}, True),
        ({"field": "order.total", "op": "gte", "value": {"EUR": 10, "USD": 50}}, True),
        ({"field": "customer.is_held", "op": "eq", "value": True}, True),
        ({"field": "customer.open_tickets", "op": "eq", "value": 1}, True),
        ({"field": "customer.open_returns", "op": "eq", "value": 1}, True),
        ({"field": "customer.order_count", "op": "eq", "value": 2}, True),
        ({"field": "customer.first_order_at", "op": "older_than", "value": "P2D"}, True),
        ({"field": "customer.last_order_at", "op": "older_than", "value": "P2D"}, False),
        ({"field": "customer.spent", "op": "between", "value": [Decimal("99"), 101]}, True),
    ],
)
def test_what_is_known_of_a_customer_is_gathered_for_the_rule_that_looks_at_it(asked, passed):
    store = shop(vendors=("shopify", "gorgias", "klaviyo", "slack"))
    asked = {**asked, "value": [99, 101]} if asked["op"] == "between" else asked
    scene.live_rule(store)
    scene.live_rule(
        store, "custom", **{**rule("order.paid"), "if": asked, "then": rule("order.paid")["then"]}
    )
    scene.hear(store, ticket(1), now=at(1))
    early = order(1, placed_at=at(-3 * 24 * 60))
    hear(store, early, parcel(minutes=1), order(2, minutes=1, placed_at=at(1), items=(SHIRT,)), now=at(2))

    hear(store, order(2, minutes=5, placed_at=at(1), items=(SHIRT,), is_paid=True), now=at(5))

    assert planned() == (["Told"] if passed else [])
    assert not RunLogEntry.objects.filter(code="condition_unreadable").exists()


@pytest.mark.parametrize(
    ("vendors", "field"),
    [
        (("shopify", "slack"), "customer.open_tickets"),
        (("gorgias", "slack"), "customer.open_returns"),
        (("gorgias", "slack"), "customer.spent"),
        (("gorgias", "slack"), "customer.last_order_at"),
    ],
)
def test_without_the_tool_that_knows_it_nothing_is_decided_and_staff_see_it(vendors, field):
    store = shop(vendors=vendors)
    op, value = ("newer_than", "P1D") if field.endswith("_at") else ("lt", 1)
    when = "ticket.opened" if "gorgias" in vendors else "order.placed"
    scene.live_rule(store, "custom", **{**rule(when), "if": {"field": field, "op": op, "value": value}})

    tell(store, ticket(1) if "gorgias" in vendors else order())

    assert planned() == []
    assert RunLogEntry.objects.get(code="condition_unreadable").details["noes"][0]["reason"] == (
        "condition_unreadable"
    )


def test_how_fast_a_product_sells_is_gathered_for_the_rule_that_asks():
    store = shop(vendors=("shopify", "slack"))
    days = 24 * 60
    fast = {"field": "product.sold_per_day", "op": "gte", "value": 1}
    scene.live_rule(store, "custom", **{**rule("stock.changed", text="{product.sold_per_day}"), "if": fast})
    hear(store, product(stock=30), now=at(0))
    sold = LineItem(product_id="7", quantity=12)
    hear(store, order(1, minutes=1, placed_at=at(1), items=(sold,)), now=at(1))

    hear(store, product(minutes=4 * days, stock=18), now=at(4 * days))

    assert [Decimal(each) >= 1 for each in planned()] == [True]
