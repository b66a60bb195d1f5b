"""A shop is connected: its history is read by itself, steers nothing, and what happens next does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.core.management import call_command
from django.utils import timezone

from connectors.models import Connection
from orchestrator.models import Import, InboxEvent, Order, OutboxAction
from tests.connectors.accounts import FakeAccount

CLIENT = """
store: {{slug: {slug}, name: North Ridge, platform: shopify, currency: USD, timezone: UTC}}
connections:
  - {{vendor: shopify, credentials: {shopify}, api_root: {url}/shopify}}
  - {{vendor: klaviyo, credentials: {klaviyo}, api_root: {url}/klaviyo}}
rules:
  - recipe: custom
    name: Tell
    mode: live
    params:
      when: order.placed
      then: [{{action: send_event, with: {{metric: Ordered, properties: {{}}}}}}]
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(sandbox: Any, settings: Any, tmp_path: Any) -> Iterator[FakeAccount]:
    """With three orders and a product of the past, connected and with a live rule."""
    settings.ALLOW_LOOPBACK_VENDORS = True
    shopify, klaviyo = FakeAccount(sandbox.url, "shopify"), FakeAccount(sandbox.url, "klaviyo")
    shopify.control("POST", "limits", {"on": False, "job_seconds": 0})
    long_ago = (timezone.now() - timedelta(days=90)).isoformat()
    orders = [{"id": 90 + each, "email": f"b{each}@shop.test", "created_at": long_ago} for each in range(3)]
    shopify.seed(orders=orders, products=[{"id": 80, "title": "Tent", "created_at": long_ago}])
    file = tmp_path / "client.yaml"
    known = {"shopify": shopify.credentials, "klaviyo": klaviyo.credentials}
    file.write_text(CLIENT.format(slug=f"store-{uuid4().hex[:8]}", url=sandbox.url, **known))
    call_command("apply_client", str(file), verbosity=0)
    yield shopify
    shopify.close()
    klaviyo.close()
    requests.post(f"{sandbox.url}/_control/reset", timeout=20).raise_for_status()


def work(minutes: float = 0.0) -> None:
    now = timezone.now() + timedelta(minutes=minutes)
    call_command("work", "--until-idle", "--poll-now", "--now", now.isoformat())


def test_the_history_is_read_by_itself_and_sends_nothing(shop: FakeAccount) -> None:
    work()
    work(minutes=1)

    assert {row.state for row in Import.objects.all()} == {Import.State.DONE}
    assert {"90", "91", "92"} <= set(Order.objects.values_list("object_id", flat=True))
    events = InboxEvent.objects.filter(kind="order")
    assert set(events.values_list("origin", flat=True)) == {InboxEvent.Origin.IMPORT}
    assert not OutboxAction.objects.exists()


def test_an_order_that_is_placed_meanwhile_is_news(shop: FakeAccount) -> None:
    work()
    at = timezone.now() + timedelta(seconds=1)  # the shop's stamps are whole seconds
    shop.do("order_create", id=99, email="new@shop.test", created_at=at.isoformat())
    work(minutes=1)
    work(minutes=2)

    assert [row.subject for row in OutboxAction.objects.all()] == ["new@shop.test"]
    assert InboxEvent.objects.filter(kind="order", object_id="99").count() == 1


def test_reading_it_again_doubles_nothing(shop: FakeAccount) -> None:
    work()
    work(minutes=1)
    before = InboxEvent.objects.count()

    call_command("import_history", store=Connection.objects.get(vendor="shopify").store.slug, verbosity=0)
    work(minutes=2)
    work(minutes=3)

    assert {row.state for row in Import.objects.all()} == {Import.State.DONE}
    assert InboxEvent.objects.count() == before
    assert not OutboxAction.objects.exists()
