"""A campaign is held while, and only while, something that it features is held."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from msgspec.structs import replace

from connectors.models import Store
from connectors.types import AnySnapshot, Campaign, LineItem
from orchestrator.decide import campaigns, drain
from orchestrator.intake import inbox
from orchestrator.models import Attention, InboxEvent, OutboxAction, RunLogEntry, Suppression, VendorState
from rules import publish
from tests import scene
from tests.orchestrator.decide import shop
from tests.scene import at

BOTH = Campaign(
    id="BOTH",
    name="Sale",
    channel="email",
    status="Scheduled",
    stage="waiting",
    tags=("product:7", "product:8"),
)
SHIRTS = Campaign(
    id="SHIRTS",
    name="News",
    channel="email",
    status="Draft",
    stage="draft",
    texts=("The linen shirt is back",),
)


@pytest.fixture
def store(db: None) -> Store:
    return furnished()


def furnished(**params: Any) -> Store:
    made = scene.client(vendors=("shopify", "klaviyo"))
    scene.live_rule(made, recipe="stock_hold", **params)
    return made


def hear(store: Store, *told: AnySnapshot, minutes: float = 1) -> None:
    storefront = scene.connection(store, "shopify")
    inbox.accept(storefront, told, origin=InboxEvent.Origin.WEBHOOK, now=at(minutes))
    drain.drain(store, at(minutes))


def look(store: Store, *seen: Campaign, minutes: float = 2, **copies: str) -> None:
    """Read these campaigns, with the text of the mails."""
    campaigns.settle(store, scene.connection(store, "klaviyo"), seen, copies, at(minutes))


def held(store: Store, kind: str = "campaign") -> list[tuple[str, str]]:
    rows = Suppression.objects.open().filter(store=store, subject_kind=kind).order_by("subject", "reference")
    return list(rows.values_list("subject", "reference"))


def wanted() -> set[str]:
    return set(VendorState.objects.filter(key="hold_campaign", wanted=True).values_list("subject", flat=True))


def test_a_sold_out_product_is_a_cause_that_is_looked_for_at_once(store):
    hear(store, shop.product(stock=0))

    assert held(store, "catalog_item") == [("product:7", "shopify:product:7")]
    assert campaigns.stores_to_look(at(1)) == [store.pk]
    assert not VendorState.objects.exists()


def test_campaigns_that_are_tagged_are_held_with_the_clue_and_looked_for_again_later(store):
    hear(store, shop.product(stock=0))
    look(store, BOTH)

    assert held(store) == [("BOTH", "shopify:product:7")]
    assert wanted() == {"BOTH"}
    assert Suppression.objects.get(subject="BOTH").told == "“Sale” (email): tagged “product:7”"
    assert campaigns.stores_to_look(at(5)) == []
    assert campaigns.stores_to_look(at(12)) == [store.pk]


def test_a_campaign_of_two_sold_out_products_is_let_go_with_the_second(store):
    hear(store, shop.product(7, stock=0), shop.product(8, stock=0))
    look(store, BOTH)
    hear(store, shop.product(7, minutes=3, stock=5), minutes=4)
    after_one = wanted()
    hear(store, shop.product(8, minutes=5, stock=5), minutes=6)

    assert after_one == {"BOTH"}
    assert wanted() == set()
    assert held(store) == held(store, "catalog_item") == []


def test_weaker_clues_are_proposed_and_not_acted_upon(store):
    hear(store, shop.product(stock=0))
    look(store, SHIRTS)

    assert held(store) == []
    proposal = Attention.objects.open().get(code="campaign_proposed")
    assert "its subject or text says “Linen shirt”" in proposal.sentence

    hear(store, shop.product(minutes=3, stock=5), minutes=4)
    look(store, SHIRTS, minutes=14)
    assert not Attention.objects.open().exists()


def test_a_store_may_let_weaker_clues_act(db):
    store = furnished(act_on="text")
    hear(store, shop.product(stock=0))
    look(store, SHIRTS)

    assert wanted() == {"SHIRTS"}
    assert not Attention.objects.open().exists()


def test_the_rules_own_table_acts(db):
    store = furnished(campaigns={"7": ["news"]})
    hear(store, shop.product(stock=0))
    look(store, SHIRTS)

    assert wanted() == {"SHIRTS"}


def test_what_is_scheduled_later_is_caught_by_the_next_look(store):
    hear(store, shop.product(stock=0))
    look(store)
    look(store, BOTH, minutes=12)

    assert wanted() == {"BOTH"}


@pytest.mark.parametrize(
    ("seen", "why"),
    [((), "campaign_over"), ((replace(BOTH, tags=()),), "campaign_changed")],
)
def test_what_is_out_or_features_it_no_longer_is_let_go(store, seen, why):
    hear(store, shop.product(stock=0))
    look(store, BOTH)
    look(store, *seen, minutes=12)

    assert held(store) == []
    assert Suppression.objects.get(subject="BOTH").closed_because == why
    assert held(store, "catalog_item") != []


def test_a_product_that_is_gone_ends_its_hold_with_a_reason_that_asks_a_person(store):
    hear(store, shop.product(stock=0))
    look(store, BOTH)
    hear(store, shop.product(minutes=3, stock=0, is_gone=True), minutes=4)

    assert held(store) == held(store, "catalog_item") == []
    assert set(Suppression.objects.values_list("closed_because", flat=True)) == {"product_gone"}


def test_a_paused_rule_holds_nothing_new_and_lets_go(store):
    hear(store, shop.product(7, stock=0), shop.product(8, stock=9))
    look(store, BOTH)
    rule = store.rules.get()
    publish.set_mode(rule, "paused", now=at(3))
    hear(store, shop.product(8, minutes=4, stock=0), minutes=5)
    hear(store, shop.product(7, minutes=4, stock=5), minutes=5)

    assert held(store, "catalog_item") == held(store) == []


def test_a_rule_that_is_retired_lets_go_of_products_and_campaigns(store):
    hear(store, shop.product(stock=0))
    look(store, BOTH)
    publish.set_mode(store.rules.get(), "draft", now=at(3))
    drain.drain(store, at(3))

    assert held(store) == held(store, "catalog_item") == []
    assert wanted() == set()


def test_going_live_holds_what_is_sold_out_already(db):
    store = scene.client(vendors=("shopify", "klaviyo"))
    hear(store, shop.product(7, stock=0), shop.product(8, stock=9))
    rule = scene.live_rule(store, recipe="stock_hold")
    publish.set_mode(rule, "live", now=at(2))
    drain.drain(store, at(2))

    assert held(store, "catalog_item") == [("product:7", "shopify:product:7")]
    assert RunLogEntry.objects.get(code="pass_finished").details["count"] == 2


def test_a_client_without_a_marketing_tool_is_looked_at_later(db):
    store = scene.client(vendors=("shopify",))
    scene.live_rule(store, recipe="stock_hold")
    hear(store, shop.product(stock=0))

    assert campaigns.look(store, at(1)) == 1
    assert campaigns.stores_to_look(at(2)) == []


def test_a_message_about_a_cart_with_something_held_is_not_planned(store):
    send = {"action": "send_event", "with": {"metric": "Cart changed", "properties": {}}}
    scene.live_rule(store, recipe="custom", when="cart.changed", then=[send])
    hear(store, shop.product(stock=0))
    item: dict[str, Any] = {"items": (LineItem(product_id="7", quantity=1),)}
    hear(store, shop.cart(1, minutes=2, **item), minutes=3)
    hear(store, shop.cart(2, minutes=2), minutes=3)

    assert list(OutboxAction.objects.values_list("reference", flat=True)) == ["shopify:cart:2"]


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([7, 8]), st.sampled_from([0, 3, 9])),
        st.just((0, 0)),  # a look
    ),
    max_size=8,
)


class Interleavings(TestCase):
    """Two products, one campaign; P4 with any story of their stocks and our looks, doubled and shuffled."""

    @settings(max_examples=12)
    @given(story=EVENTS, seed=st.randoms(use_true_random=False))
    def test_held_if_and_only_if_one_of_its_products_is(self, story, seed):
        store = furnished(hysteresis=3)
        batch: list[AnySnapshot] = []
        stocks: dict[int, int] = {}
        for minute, (number, stock) in enumerate(story, 1):
            if number:
                batch.append(shop.product(number, minutes=minute, stock=stock))
                stocks[number] = stock
            else:
                look(store, BOTH, minutes=minute)
        told = [*batch, *batch]
        seed.shuffle(told)
        for each in told:
            hear(store, each, minutes=20)
        look(store, BOTH, minutes=30)

        items = {subject for subject, _ in held(store, "catalog_item")}
        for number, stock in stocks.items():
            if stock != 3:  # between the two lines its past decides
                assert (f"product:{number}" in items) is (stock == 0)
        assert [f"product:{ref.rpartition(':')[2]}" for _, ref in held(store)] == sorted(items)
        assert wanted() == ({"BOTH"} if items else set())
