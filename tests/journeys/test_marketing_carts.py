"""A client without a storefront: Klaviyo hears of a checkout, we remind of it, and an order ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orchestrator.models import Attention, Enrolment
from tests.journeys.conftest import Client
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

ANA, BEN = "ana@shop.test", "ben@shop.test"
RULE = {
    "recipe": "cart_recovery",
    "name": "Carts",
    "mode": "live",
    "params": {"quiet_from": "", "quiet_to": "", "offer_code": "BACK10"},
}
BOOTS = {"ProductID": "7", "ProductName": "Boots", "Quantity": 1}
HOUR = 60


def heard(client: Client) -> list[tuple[str, str, str, str]]:
    account = client.control("GET", f"klaviyo/accounts/{client.slug}")
    told = [each for each in account["events"] if each["metric_name"].startswith("Cart recovery")]
    keys = ("step", "history", "discount_code")
    return [(each["email"], *(str(each["properties"][key]) for key in keys)) for each in told]


def test_who_leaves_a_checkout_is_reminded_until_they_order(new_client: Callable[..., Client]) -> None:
    client = new_client([ANA, BEN], [RULE])
    for name in ("Started Checkout", "Placed Order"):
        client.do("klaviyo", "metric_create", name=name)
    work()
    for email in (ANA, BEN):
        at = timezone.now() + timedelta(seconds=1)  # events count whole seconds: not before we were there
        begun: dict[str, Any] = {
            "time": at.isoformat(),
            "value": 250,
            "value_currency": "USD",
            "items": [BOOTS],
        }
        client.do("klaviyo", "checkout_start", email=email, url="https://x.test/c/1", **begun)
    for minutes in (0, 62, 65, 68):
        work(minutes=minutes)
    first = heard(client)

    after = timezone.now() + timedelta(seconds=2)  # than the checkout, on a machine however fast
    client.do("klaviyo", "order_place", email=ANA, value=250, value_currency="USD", time=after.isoformat())
    for hours in (24, 72):
        for minutes in (5, 8):
            work(minutes=hours * HOUR + minutes)

    assert sorted(first) == [(ANA, "email", "unknown", ""), (BEN, "email", "unknown", "")]
    assert heard(client)[2:] == [(BEN, "offer", "unknown", "BACK10")]
    assert Enrolment.objects.get(subject=ANA).ended_because == "bought"
    assert not Attention.objects.open().filter(code__in=["not_heard", "condition_unreadable"]).exists()
