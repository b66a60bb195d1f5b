"""One fall of a product's stock is one alert and one draft, however often and in which order it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.models import Store
from connectors.sandbox.server import Sandbox
from connectors.types import ProductSnapshot, Variant
from orchestrator.decide import drain, due
from orchestrator.intake import inbox
from orchestrator.models import Attention, InboxEvent, OutboxAction, ReorderDraft, RunLogEntry
from rules.models import Rule
from tests import scene
from tests.connectors.accounts import FakeAccount
from tests.scene import at
from tests.stories import tried

pytestmark = pytest.mark.django_db
Origin = InboxEvent.Origin
State = OutboxAction.State
ADMIN = "https://admin.shopify.com/store/north-ridge/products/7"


def shirt(stock: int | None, minutes: float = 0, **fields: Any) -> ProductSnapshot:
    variants = (Variant(id="71", sku="SKU-1", stock=stock),)
    known = {"title": "Linen shirt", "status": "active", "variants": variants, "admin_url": ADMIN}
    return ProductSnapshot(id="7", source_at=at(minutes), stock=stock, **{**known, **fields})


def shop(vendors: Sequence[str] = ("shopify", "slack"), mode: str = "live", **params: Any) -> Store:
    store = scene.client(vendors=vendors)
    scene.live_rule(store, "reorder_alert", mode, **{"threshold": 12, **params})
    return store


def hear(
    store: Store, *snapshots: ProductSnapshot, origin: Origin = Origin.WEBHOOK, now: datetime | None = None
) -> None:
    moment = now or at(60)
    inbox.accept(scene.connection(store, "shopify"), snapshots, origin=origin, now=moment)
    drain.drain(store, moment)


def drafts() -> list[tuple[str, int, bool]]:
    rows = ReorderDraft.objects.order_by("pk")
    return [(row.state, row.stock, row.recovered_at is None) for row in rows]


def codes(*wanted: str) -> list[str]:
    return list(RunLogEntry.objects.filter(code__in=wanted).order_by("pk").values_list("code", flat=True))


def test_a_fall_below_the_line_is_drafted_and_alerted_with_all_staff_need():
    hear(shop(supplier="Acme", quantity=40), shirt(40), shirt(4, minutes=1))

    row = ReorderDraft.objects.get()
    assert (row.title, row.sku, row.supplier, row.quantity) == ("Linen shirt", "SKU-1", "Acme", 40)
    assert (row.stock, row.threshold, row.state) == (4, 12, "order_now")
    alert = OutboxAction.objects.get()
    assert (alert.action, alert.trace) == ("alert", row.trace)
    assert ADMIN in alert.arguments
    assert codes("reorder_drafted") == ["reorder_drafted"]


def test_told_by_webhook_and_by_poll_doubled_it_is_one_of_each():
    store = shop()
    for origin in (Origin.WEBHOOK, Origin.POLL, Origin.WEBHOOK):
        hear(store, shirt(40), shirt(0, minutes=1), shirt(0, minutes=1), origin=origin)

    assert drafts() == [("critical", 0, True)]
    assert OutboxAction.objects.count() == 1


def test_a_stock_that_goes_on_falling_is_told_once_and_shown_as_critical():
    store = shop()
    for minutes, stock in enumerate((40, 11, 7, 3, 0, -2)):
        hear(store, shirt(stock, minutes))

    assert drafts() == [("critical", 11, True)]
    assert OutboxAction.objects.count() == 1


def test_after_recovery_the_next_fall_is_told_again():
    store = shop(hysteresis=3)
    for minutes, stock in enumerate((4, 13, 4, 16, 4)):
        hear(store, shirt(stock, minutes))

    assert drafts() == [("good", 4, False), ("order_now", 4, True)]
    assert OutboxAction.objects.count() == 2
    assert codes("reorder_drafted", "reorder_recovered") == [
        "reorder_drafted",
        "reorder_recovered",
        "reorder_drafted",
    ]


def test_in_one_batch_it_is_the_same():
    hear(shop(), *(shirt(stock, minutes) for minutes, stock in enumerate((4, 40, 3, 50, 2))))

    assert drafts() == [("good", 4, False), ("good", 3, False), ("order_now", 2, True)]
    assert OutboxAction.objects.count() == 3


def test_what_staff_put_on_order_stays_so_until_the_stock_recovers():
    store = shop()
    hear(store, shirt(4))
    ReorderDraft.objects.update(state="on_order", supplier="Zenith", quantity=99)
    hear(store, shirt(0, minutes=1))
    meanwhile = drafts()
    hear(store, shirt(40, minutes=2))

    assert meanwhile == [("on_order", 4, True)]
    assert drafts() == [("good", 4, False)]
    assert ReorderDraft.objects.get().supplier == "Zenith"


@pytest.mark.parametrize("fields", [{"stock": None}, {"status": "archived"}, {"status": "draft"}])
def test_what_is_not_counted_or_not_sold_is_left_alone(fields):
    hear(shop(), shirt(**{"stock": 3, **fields}))

    assert drafts() == []
    assert not OutboxAction.objects.exists()


def test_a_product_that_is_gone_is_not_ordered_any_more():
    store = shop()
    hear(store, shirt(4))
    gone = shirt(None, minutes=1, is_gone=True)

    hear(store, gone, gone)

    assert drafts() == [("good", 4, False)]
    assert codes("reorder_ended") == ["reorder_ended"]


def test_history_and_shadow_draft_nothing():
    hear(shop(), shirt(4), origin=Origin.IMPORT)
    other = scene.client("harbor-pine", vendors=("shopify", "slack"))
    scene.live_rule(other, "reorder_alert", "shadow")
    hear(other, shirt(4))

    assert drafts() == []
    assert codes("decided_would") == ["decided_would", "decided_would"]


def test_two_rules_have_a_line_and_a_draft_each():
    store = shop()
    Rule.objects.update(name="The first")
    scene.live_rule(store, "reorder_alert", "live", threshold=3)
    hear(store, shirt(10), shirt(2, minutes=1))

    assert sorted(ReorderDraft.objects.values_list("threshold", flat=True)) == [3, 12]
    assert OutboxAction.objects.count() == 2


def test_without_a_chat_the_draft_is_made_and_staff_are_told():
    hear(shop(vendors=("shopify",)), shirt(4))

    assert drafts() == [("order_now", 4, True)]
    assert Attention.objects.get().code == "no_connection"


def test_a_store_never_meets_the_draft_of_another():
    ours, theirs = shop(), scene.client("harbor-pine", vendors=("shopify", "slack"))
    scene.live_rule(theirs, "reorder_alert", "live", threshold=12)
    hear(ours, shirt(4))
    hear(theirs, shirt(4))
    hear(theirs, shirt(40, minutes=1))

    assert ReorderDraft.objects.get(store=ours).recovered_at is None
    assert ReorderDraft.objects.get(store=theirs).recovered_at is not None


@pytest.fixture
def channel(sandbox: Sandbox, settings: Any) -> Iterator[FakeAccount]:
    settings.ALLOW_LOOPBACK_VENDORS = True
    account = FakeAccount(sandbox.url, "slack")
    yield account
    account.close()


@pytest.mark.parametrize(("stock", "messages"), [(5, 1), (40, 0)])
def test_an_alert_that_waited_is_sent_only_if_the_stock_is_still_low(channel, stock, messages):
    store = shop()
    slack = scene.connection(store, "slack")
    slack.api_root = f"{channel.url}/slack"
    slack.seal(channel.credentials)
    slack.save()
    hear(store, shirt(4), now=at(60))

    hear(store, shirt(stock, minutes=61), now=at(62))
    due.dispatch(slack, at(62.5))

    assert len(channel.state()["messages"]) == messages
    assert OutboxAction.objects.get().state == (State.DONE if messages else State.SKIPPED)


STOCKS = st.lists(st.integers(-3, 30), min_size=1, max_size=8)


@settings(max_examples=tried(20, 60, 300))
@given(stocks=STOCKS, data=st.data())
def test_any_order_any_doubling_and_any_batches_end_the_same(stocks, data):
    told = [shirt(stock, minutes) for minutes, stock in enumerate(stocks)]
    shuffled = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=5))))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4).map(sorted))
    origins = st.sampled_from([Origin.WEBHOOK, Origin.POLL])
    with transaction.atomic():
        store = shop()
        for start, end in pairwise([0, *cuts, len(shuffled)]):
            hear(store, *shuffled[start:end], origin=data.draw(origins))
        found = drafts()
        alerts = OutboxAction.objects.count()
        transaction.set_rollback(True)

    assert alerts == len(found) <= sum(stock < 12 for stock in stocks)
    if stocks[-1] != 12:  # neither low nor recovered: what was before goes on
        assert [is_open for _, _, is_open in found if is_open] == [True] * (stocks[-1] < 12)
