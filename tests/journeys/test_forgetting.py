"""After a person is forgotten no table holds their address, and a shop that is gone told us of nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.apps import apps
from django.db.models import BinaryField, CharField, JSONField, TextField

from connectors.models import Connection
from orchestrator.models import Attention, CustomerRecord, Order, OutboxAction, Product, RunLogEntry
from tests.connectors.vendors.shopify.told import signature
from tests.journeys.storefronts import Shop, work

pytestmark = pytest.mark.django_db(transaction=True)

ANA, BEN = "ana@shop.test", "ben@shop.test"
BOOTS = {"id": 7, "title": "Boots", "variants": [{"id": 71, "price": "200.00", "inventory_quantity": 50}]}
RULE = {
    "recipe": "custom",
    "name": "Thank",
    "mode": "live",
    "params": {
        "when": "order.placed",
        "if": {"field": "customer.email", "op": "exists"},
        "then": [
            {"action": "send_event", "with": {"metric": "Thanks", "properties": {"to": "{customer.email}"}}},
            {"action": "tag_customer", "with": {"tag": "buyer"}},
        ],
    },
}

IN_SHADOW = [
    {**RULE, "name": "Thank again", "mode": "shadow"},
    {"recipe": "cart_recovery", "name": "Carts", "mode": "shadow", "params": {"offer_code": "BACK10"}},
]


@pytest.fixture
def shop(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Shop]:
    settings.ALLOW_LOOPBACK_VENDORS = True
    settings.PUBLIC_URL = live_server.url
    made = Shop(sandbox.url, live_server.url)
    made.furnish(tmp_path / "client.yaml", [RULE, *IN_SHADOW], products=[BOOTS])
    made.listen("double")
    for email in (ANA, BEN):
        made.happens("order_create", email=email, line_items=[{"variant_id": 71}])
        made.happens("checkout_abandon", email=email, line_items=[{"variant_id": 71}])
    made.webhooks_delivered()
    work()
    work(minutes=62)
    assert {"OutboxAction.subject", "Enrolment.subject"} <= set(places_of(ANA))
    assert OutboxAction._base_manager.filter(subject=ANA, is_shadow=True).exists()
    target = {"url": f"{made.web}/hooks/hook-{made.slug}/", "secret": f"secret-{made.slug}"}
    made.control("PUT", f"shopify/accounts/{made.slug}", {"webhook": target})
    yield made
    requests.post(f"{sandbox.url}/_control/reset", timeout=20).raise_for_status()


def asks(shop: Shop, topic: str, email: str = ANA) -> None:
    """Passed on after some days, when what they did is not polled any more; and Shopify has erased it."""
    known = {
        each["email"]: each["id"]
        for each in shop.control("GET", f"shopify/accounts/{shop.slug}")["customers"]
    }
    shop.later(60 * 24 * 10)
    work()
    shop.happens("privacy_request", topic=topic, customer_id=known[email])
    shop.webhooks_delivered()
    work()


def places_of(text: str) -> list[str]:
    """Every column of every table that holds this text."""
    kinds = (CharField, TextField, JSONField, BinaryField)
    return [
        f"{table.__name__}.{field.name}"
        for table in apps.get_models()
        for field in table._meta.concrete_fields
        if isinstance(field, kinds)
        for value in table._base_manager.values_list(field.name, flat=True)
        if text
        in (bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value))
    ]


def test_no_table_holds_the_address_of_somebody_who_was_forgotten(shop):
    assert places_of(ANA)

    asks(shop, "customers/redact")

    assert places_of(ANA) == []
    assert Order.objects.filter(store=shop.store).count() == 1
    assert CustomerRecord.objects.filter(store=shop.store).count() == 1
    assert places_of(BEN)


def test_it_is_said_until_when_the_other_tools_have_to_forget_too(shop):
    asks(shop, "customers/redact")
    asks(shop, "customers/redact", BEN)

    rows = Attention.objects.open().filter(store=shop.store, code="privacy_request")
    assert len(rows) == 2
    assert all(", by " in each.sentence and "@" not in each.sentence for each in rows)


def test_a_request_for_data_erases_nothing_and_is_shown(shop):
    before = Order.objects.filter(store=shop.store).count()

    asks(shop, "customers/data_request")

    assert Order.objects.filter(store=shop.store).count() == before
    assert "which data you hold" in Attention.objects.open().get(code="privacy_request").sentence
    entry = RunLogEntry.objects.filter(code="privacy_request").first()
    assert entry is not None
    assert ANA not in str(entry.details)


def test_a_shop_that_is_gone_leaves_nothing_of_its_people(shop):
    asks(shop, "shop/redact")

    assert not Order.objects.filter(store=shop.store).exists()
    assert not CustomerRecord.objects.filter(store=shop.store).exists()
    assert places_of(ANA) == places_of(BEN) == []
    assert Product.objects.filter(store=shop.store).exists()


def test_a_shop_that_removed_the_app_is_forgotten_though_it_can_be_called_no_more(shop):
    product = json.dumps({"id": 7}).encode()
    shop.happens("app_uninstall")
    shop.webhooks_delivered()
    sent = [post(shop, "products/update", product), post(shop, "shop/redact", b'{"shop_id": 1}')]

    work(minutes=1)

    assert sent == [200, 200]
    assert Connection.objects.get(vendor="shopify").health == Connection.Health.ATTENTION
    assert places_of(ANA) == places_of(BEN) == []
    assert Attention.objects.open().filter(code="privacy_request").exists()


def post(shop: Shop, topic: str, body: bytes) -> int:
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": f"{shop.slug}.myshopify.com",
        "X-Shopify-Hmac-Sha256": signature(f"secret-{shop.slug}", body),
    }
    address = f"{shop.web}/hooks/hook-{shop.slug}/"
    return requests.post(address, data=body, headers=headers, timeout=20).status_code
