"""A product is ordered in time for what it sells: days without stock left out, the numbers told, and once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.utils import timezone

from orchestrator.models import Delivery, OutboxAction, ReorderDraft, RunLogEntry, Sale
from tests.journeys.conftest import Client
from tests.journeys.test_reorders import Shop, drafts

pytestmark = pytest.mark.django_db(transaction=True)

SOLD_OUT, RESTOCKED = 11, 5  # so many days ago
AHEAD = timedelta(minutes=10)  # one “now” for the whole story, and by then all of it was delivered
SELLS = "2.00 a day (30 in 15 days; 5 days without stock left out)"


class Seller(Shop):
    """Sells two shirts a day for twenty days, as far as there are any; Shopify dates all of it so."""

    params: ClassVar[dict[str, Any]] = {
        "reorder_point": "sales",
        "lead_days": 10,
        "safety_stock": 4,
        "threshold": 1,
        "supplier": "Acme",
        "quantity": 40,
    }
    stock: ClassVar[int] = 20

    def __init__(self, url: str, web: str) -> None:
        super().__init__(url, web)
        self.today = timezone.now().replace(microsecond=0) + AHEAD

    def goes_to(self, moment: datetime) -> None:
        self.control("POST", "clock", {"now": moment.isoformat()})

    def days_ago(self, days: int) -> None:
        self.goes_to(self.today - timedelta(days=days))

    def later(self, minutes: int) -> None:
        self.goes_to(self.today + timedelta(minutes=minutes))

    def buys(self, quantity: int) -> None:
        lines = [{"variant_id": 71, "quantity": quantity}]
        self.do("shopify", "order_create", email="ana@shop.test", line_items=lines)

    def hears(self) -> None:
        """All that was told so far, by webhook and by poll; again, as nothing more may come of it."""
        for _ in range(2):
            self.webhooks_delivered()
            work(self.today)

    def lives_through(self) -> None:
        """Twenty days until today, with five of them sold out from morning to evening."""
        self.days_ago(20)
        call_command("set_up_webhooks", "--store", self.slug, verbosity=0)
        self.control("POST", "webhooks", {"delivery": "storm"})
        for days in range(20, 0, -1):
            self.days_ago(days)
            if days == RESTOCKED:
                self.do("shopify", "stock_set", id=7, available=100)
            if days >= SOLD_OUT or days <= RESTOCKED:
                self.buys(2)
            if days == SOLD_OUT:
                self.hears()  # its stock is read when a webhook names it, so we have to be awake that day
        self.hears()

    def alert(self) -> str:
        (message,) = self.messages()
        return json.dumps(message, ensure_ascii=False)


def work(now: datetime) -> None:
    call_command("work", "--until-idle", "--poll-now", "--now", now.isoformat())


@pytest.fixture
def seller(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Any:
    settings.ALLOW_LOOPBACK_VENDORS = True
    settings.PUBLIC_URL = live_server.url
    made = Seller(sandbox.url, live_server.url)
    made.days_ago(21)
    made.furnish(tmp_path / "client.yaml")
    yield made
    hand = Client(sandbox.url, "")
    hand.control("POST", "webhooks", {"delivery": "normal"})
    hand.control("POST", "clock", {"now": None})


def test_what_sells_is_ordered_in_time_and_told_with_its_numbers(seller: Seller) -> None:
    seller.lives_through()
    before = seller.messages()
    seller.later(1)
    seller.buys(65)
    seller.hears()
    enough = seller.messages()

    seller.later(2)
    seller.buys(1)
    seller.hears()

    assert (before, enough) == ([], [])  # sold out is long over; 25 last until more is there, 24 do not
    (draft,) = ReorderDraft.objects.all()
    assert (draft.state, draft.stock, draft.threshold, draft.quantity) == ("order_now", 24, 25, 40)
    assert draft.reckoning == f"{SELLS} × 10 days of lead time + 4 = 24.0."
    assert seller.said() == ["Low stock: Linen shirt"]
    for number in (SELLS, "10 days", "Safety stock", "24 left. The threshold is 25.", "40 from “Acme”"):
        assert number in seller.alert()
    assert sum(Sale.objects.values_list("units", flat=True)) == 96
    assert set(Delivery.objects.values_list("state", flat=True)) == {"read"}  # beside the poll, and as often


def test_a_restock_above_what_sells_ends_it(seller: Seller) -> None:
    seller.lives_through()
    for minutes, available in enumerate((24, 25, 200, 200), 1):
        seller.later(minutes)
        seller.do("shopify", "stock_set", id=7, available=available)
        seller.hears()
        if available == 25:
            between = drafts()

    assert between == [("order_now", 24, True)]  # at the line is not above it
    assert drafts() == [("good", 24, False)]
    assert seller.said() == ["Low stock: Linen shirt"]
    assert set(OutboxAction.objects.values_list("state", flat=True)) == {"done"}
    assert RunLogEntry.objects.filter(code="reorder_recovered").count() == 1
