"""A product sells out: one alert and one draft, though Shopify tells it by webhook and by poll and twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.utils import timezone

from orchestrator.models import Attention, Import, OutboxAction, ReorderDraft
from tests.journeys.conftest import Client

pytestmark = pytest.mark.django_db(transaction=True)

FILE = """
store: {{slug: {slug}, name: North Ridge, platform: shopify, currency: USD}}
connections:
  - vendor: shopify
    credentials: {{shop: {slug}.myshopify.com, client_secret: secret-{slug}, access_token: shpat_{slug}}}
    api_root: {url}/shopify
    token: hook-{slug}
  - vendor: slack
    credentials: {{webhook_url: "{address}"}}
    api_root: {url}/slack
rules:
  - recipe: reorder_alert
    name: Reorder
    mode: live
    params: {params}
"""


class Shop(Client):
    """A storefront with one product, and the team's channel."""

    params: ClassVar[dict[str, Any]] = {"threshold": 12, "supplier": "Acme", "quantity": 40}
    stock: ClassVar[int] = 40

    def __init__(self, url: str, web: str) -> None:
        super().__init__(url, web)
        self.counted_at = timezone.now().replace(microsecond=0)

    def furnish(self, path: Any) -> None:
        address = f"https://hooks.slack.com/services/T1/{self.slug.replace('-', '')}/k1"
        self.control("PUT", f"slack/accounts/{self.slug}", {"credentials": {"webhook_url": address}})
        variant = {"id": 71, "sku": "SKU-1", "inventory_quantity": self.stock}
        shirt = {"id": 7, "title": "Linen shirt", "variants": [variant]}
        credentials = {
            "shop": f"{self.slug}.myshopify.com",
            "client_secret": f"secret-{self.slug}",
            "access_token": f"shpat_{self.slug}",
        }
        body = {"credentials": credentials, "seed": {"products": [shirt]}}
        self.control("PUT", f"shopify/accounts/{self.slug}", body)
        path.write_text(FILE.format(slug=self.slug, url=self.url, address=address, params=self.params))
        call_command("apply_client", str(path), verbosity=0)
        self.control("POST", "limits", {"job_seconds": 0})
        work()
        while Import.objects.exclude(state="done").exists():  # what was so before us is no news
            work()

    def listen(self) -> None:
        """Webhooks come too, each of them twice and in any order."""
        call_command("set_up_webhooks", "--store", self.slug, verbosity=0)
        self.control("POST", "webhooks", {"delivery": "double"})

    def count(self, available: int, minutes: int = 5) -> None:
        """So many minutes after the last count, on Shopify's clock: it dates to the second."""
        self.counted_at += timedelta(minutes=minutes)
        self.control("POST", "clock", {"now": self.counted_at.isoformat()})
        self.do("shopify", "stock_set", id=7, available=available)

    def messages(self) -> list[dict[str, Any]]:
        return list(self.control("GET", f"slack/accounts/{self.slug}")["messages"])

    def said(self) -> list[str]:
        return [message["blocks"][0]["text"]["text"] for message in self.messages()]


@pytest.fixture
def shop(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Shop:
    settings.ALLOW_LOOPBACK_VENDORS = True
    settings.PUBLIC_URL = live_server.url
    made = Shop(sandbox.url, live_server.url)
    made.furnish(tmp_path / "client.yaml")
    return made


def work() -> None:
    call_command("work", "--until-idle", "--poll-now")


def drafts() -> list[tuple[str, int, bool]]:
    rows = ReorderDraft.objects.order_by("pk")
    return [(row.state, row.stock, row.recovered_at is None) for row in rows]


def test_sold_out_is_told_once_by_poll(shop: Shop) -> None:
    before = shop.said()
    shop.count(0)

    work()
    work()

    assert before == []
    assert shop.said() == ["Sold out: Linen shirt"]
    assert drafts() == [("critical", 0, True)]


@pytest.mark.parametrize("first", ["webhook", "poll"])
def test_sold_out_is_told_once_by_webhook_and_poll_doubled(shop: Shop, first: str) -> None:
    shop.listen()
    shop.count(0)
    if first == "webhook":
        shop.webhooks_delivered()
    work()
    shop.webhooks_delivered()
    work()

    assert shop.said() == ["Sold out: Linen shirt"]
    assert drafts() == [("critical", 0, True)]
    draft = ReorderDraft.objects.get()
    assert (draft.title, draft.sku, draft.supplier, draft.quantity) == ("Linen shirt", "SKU-1", "Acme", 40)


def test_a_restock_closes_the_draft_and_the_next_fall_is_told_again(shop: Shop) -> None:
    shop.listen()
    for available in (3, 50, -2):
        shop.count(available)
        shop.webhooks_delivered()
        work()

    assert shop.said() == ["Low stock: Linen shirt", "Sold out: Linen shirt"]
    assert drafts() == [("good", 3, False), ("critical", -2, True)]
    assert set(OutboxAction.objects.values_list("state", flat=True)) == {"done"}
    assert not Attention.objects.open().exists()


def test_two_counts_within_one_second_end_in_the_later(shop: Shop) -> None:
    shop.count(3)
    work()
    shop.count(50, minutes=0)
    work()

    assert drafts() == [("good", 3, False)]


def test_shuffled_webhooks_end_in_the_same(shop: Shop) -> None:
    shop.listen()
    shop.control("POST", "webhooks", {"delivery": "shuffle"})
    for available in (30, 20, 9, 4, 0):
        shop.count(available)
    shop.webhooks_delivered()
    work()
    work()

    assert shop.said() == ["Sold out: Linen shirt"]
    assert [state for state, _, _ in drafts()] == ["critical"]


@pytest.fixture(autouse=True)
def calm(sandbox: Any) -> Any:
    yield
    hand = Client(sandbox.url, "")
    hand.control("POST", "webhooks", {"delivery": "normal"})
    hand.control("POST", "clock", {"now": None})
