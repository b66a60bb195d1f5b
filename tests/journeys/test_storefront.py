"""What happens in a shop is known, counted once and acted upon, however it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from connectors.models import Connection
from connectors.types import CustomerSnapshot
from orchestrator.intake import known
from orchestrator.models import (
    Attention,
    Cart,
    CustomerRecord,
    InboxEvent,
    Order,
    OutboxAction,
    RunLogEntry,
)
from tests.journeys.storefronts import Shop, work

pytestmark = pytest.mark.django_db(transaction=True)

ANA = "ana@shop.test"
BOOTS = {"id": 7, "title": "Boots", "variants": [{"id": 71, "price": "200.00", "inventory_quantity": 50}]}


def rule(when: str, metric: str, **condition: Any) -> dict[str, Any]:
    then = [{"action": "send_event", "with": {"metric": metric, "properties": {}}}]
    params = {"when": when, "then": then, **({"if": condition} if condition else {})}
    return {"recipe": "custom", "name": metric, "mode": "live", "params": params}


VIP = rule("order.placed", "Became VIP", field="customer.spent", op="gt", value=500)


@pytest.fixture
def new_shop(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., Shop]]:
    settings.ALLOW_LOOPBACK_VENDORS = True
    settings.PUBLIC_URL = live_server.url

    def make(*rules: dict[str, Any]) -> Shop:
        made = Shop(sandbox.url, live_server.url)
        made.furnish(tmp_path / "client.yaml", list(rules), products=[BOOTS])
        return made

    yield make
    requests.post(f"{sandbox.url}/_control/reset", timeout=20).raise_for_status()


def buys(shop: Shop, quantity: int = 1, **fields: Any) -> int:
    lines = [{"variant_id": 71, "quantity": quantity}]
    return int(shop.happens("order_create", email=ANA, line_items=lines, **fields)["id"])


@pytest.mark.parametrize("delivery", ["normal", "storm"])
def test_numbers_are_right_after_orders_and_refunds_told_in_any_order(new_shop, delivery):
    shop = new_shop(VIP)
    shop.listen(delivery)

    buys(shop, test=True)
    first = buys(shop, 2)
    second = buys(shop)
    shop.happens("order_refund", id=second, amount="150.00")
    shop.webhooks_delivered()
    work()
    before = shop.knows(first)
    third = buys(shop)
    shop.happens("order_cancel", id=third)
    shop.happens("order_refund", id=first, amount="100.00")
    shop.webhooks_delivered()
    work()

    assert before is not None
    assert (before.order_count, before.spent) == (2, Decimal(450))
    after = shop.knows(first)
    assert after is not None
    assert (after.order_count, after.spent, after.email) == (2, Decimal(350), ANA)
    assert Order.objects.filter(store=shop.store).count() == 4


def test_the_order_that_makes_a_vip_sends_one_event(new_shop):
    shop = new_shop(VIP)
    shop.listen("double")

    buys(shop, 2)
    shop.webhooks_delivered()
    work()
    nothing_yet = shop.told_klaviyo("Became VIP")
    buys(shop, 1)
    shop.webhooks_delivered()
    work()
    work(minutes=5)

    assert nothing_yet == []
    assert len(shop.told_klaviyo("Became VIP")) == 1


def test_webhook_and_poll_of_one_order_are_one_event(new_shop):
    shop = new_shop(VIP)
    shop.listen()

    buys(shop)
    shop.webhooks_delivered()
    work()
    work(minutes=2)

    events = InboxEvent.objects.filter(store=shop.store, kind="order")
    assert events.count() == 1


def test_a_cart_is_abandoned_once_after_an_hour_and_not_when_it_was_bought(new_shop):
    shop = new_shop(rule("cart.abandoned", "Left a cart"))
    shop.listen("double")

    lines = [{"variant_id": 71}]
    shop.happens("checkout_abandon", email="ben@shop.test", line_items=lines)
    bought = shop.happens("checkout_abandon", email=ANA, line_items=lines)
    shop.happens("checkout_complete", id=bought["id"])
    shop.webhooks_delivered()
    work(minutes=30)
    too_early = shop.told_klaviyo("Left a cart")
    work(minutes=62)
    work(minutes=125)

    assert too_early == []
    assert [each["email"] for each in shop.told_klaviyo("Left a cart")] == ["ben@shop.test"]
    assert Cart.objects.filter(store=shop.store, abandons_at__isnull=False).count() == 0


def test_orders_without_customer_or_address_are_known_and_send_nothing(new_shop):
    shop = new_shop(rule("order.placed", "Ordered"))
    shop.listen()

    guest = shop.happens("order_create", line_items=[{"variant_id": 71}])["id"]
    shop.webhooks_delivered()
    work()

    assert Order.objects.get(store=shop.store, object_id=str(guest)).customer is None
    assert shop.told_klaviyo("Ordered") == []
    assert RunLogEntry.objects.filter(store=shop.store, code="decided_no").exists()


def test_merged_customers_are_one_person_with_all_their_orders(new_shop):
    shop = new_shop(VIP)
    shop.listen("double")
    kept = shop.happens("customer_create", email=ANA)["id"]
    gone = shop.happens("customer_create", email="ana@work.test")["id"]
    mine = shop.happens("order_create", customer={"id": kept}, line_items=[{"variant_id": 71}])["id"]
    shop.happens("order_create", customer={"id": gone}, line_items=[{"variant_id": 71}])
    shop.webhooks_delivered()
    work()

    shop.happens("customer_merge", id=gone, into_id=kept)
    shop.webhooks_delivered()
    work()

    known = shop.knows(mine)
    assert known is not None
    assert (known.order_count, known.spent) == (2, Decimal(400))


def test_an_app_that_was_removed_stops_the_connection_at_once(new_shop):
    shop = new_shop(VIP)
    shop.listen()

    shop.happens("app_uninstall")
    shop.webhooks_delivered()
    work()

    connection = Connection.objects.get(store=shop.store, vendor="shopify")
    assert connection.health == Connection.Health.ATTENTION
    assert Attention.objects.open().filter(store=shop.store, code="connection_failing").exists()


def test_a_person_is_forgotten_when_the_vendor_says_so(new_shop):
    shop = new_shop(VIP)
    shop.listen("double")
    order = buys(shop)
    shop.webhooks_delivered()
    work()
    customer = CustomerRecord.objects.get(store=shop.store).object_id
    shop.later(60 * 24 * 10)  # the law leaves the shop some days; what is older is not polled any more
    work()
    target = {"url": f"{shop.web}/hooks/hook-{shop.slug}/", "secret": f"secret-{shop.slug}"}
    shop.control("PUT", f"shopify/accounts/{shop.slug}", {"webhook": target})

    shop.happens("privacy_request", topic="customers/redact", customer_id=int(customer))
    shop.webhooks_delivered()
    work()

    assert not Order.objects.filter(store=shop.store, object_id=str(order)).exists()
    assert not CustomerRecord.objects.filter(store=shop.store).exists()
    assert not RunLogEntry.objects.filter(store=shop.store, subject=ANA).exists()
    assert Attention.objects.open().filter(store=shop.store, code="privacy_request").count() == 1


def test_what_another_shop_signed_is_refused_at_the_door(new_shop):
    shop = new_shop(VIP)
    address = f"{shop.web}/hooks/hook-{shop.slug}/"
    other = {"X-Shopify-Topic": "orders/create", "X-Shopify-Shop-Domain": "other.myshopify.com"}

    answer = requests.post(
        address, data=b"{}", headers={**other, "X-Shopify-Hmac-Sha256": "AAAA"}, timeout=20
    )

    assert answer.status_code == 401


def test_rules_that_tag_and_untag_the_same_customer_do_not_answer_each_other(new_shop):
    def on_change(action: str, other: str) -> dict[str, Any]:
        then = [
            {"action": action, "with": {"tag": "vip"}},
            {"action": "tag_customer", "with": {"tag": other}},
        ]
        params = {"when": "customer.changed", "then": then}
        return {"recipe": "custom", "name": action, "mode": "live", "params": params}

    shop = new_shop(on_change("tag_customer", "a"), on_change("untag_customer", "b"))
    shop.listen("double")
    customer = shop.happens("customer_create", email=ANA)["id"]

    for minutes in range(5):
        shop.later(1)
        shop.webhooks_delivered()
        work(minutes=minutes)

    calls = OutboxAction.objects.filter(store=shop.store).values_list("action", "arguments")
    assert len(calls) == len({*calls})
    record = CustomerRecord.objects.get(store=shop.store, object_id=str(customer))
    tags = known.snapshot(record)
    assert isinstance(tags, CustomerSnapshot)
    assert set(tags.tags) >= {"a", "b"}
