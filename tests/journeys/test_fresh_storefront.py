"""What waited is decided by what is so when it is sent, though no webhook told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.utils import timezone

from connectors.models import Connection
from orchestrator.models import OutboxAction, RunLogEntry
from tests.journeys.storefronts import Shop, work

pytestmark = pytest.mark.django_db(transaction=True)

BOOTS = {"id": 7, "title": "Boots", "variants": [{"id": 71, "price": "200.00", "inventory_quantity": 50}]}
LINES = [{"variant_id": 71}]
ANA = "ana@shop.test"


def rule(when: str, **condition: Any) -> dict[str, Any]:
    then = [{"action": "send_event", "after": "PT2H", "with": {"metric": "Later", "properties": {}}}]
    return {
        "recipe": "custom",
        "name": "Later",
        "mode": "live",
        "params": {"when": when, "if": condition, "then": then},
    }


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


def send(hours: float) -> None:
    """Only what is due: no poll comes by on its own."""
    now = timezone.now() + timedelta(hours=hours)
    Connection.objects.update(next_poll_at=now + timedelta(days=1))
    call_command("work", "--until-idle", "--now", now.isoformat())


@pytest.mark.parametrize("buys", [True, False])
def test_a_cart_that_was_bought_meanwhile_gets_no_message(new_shop: Callable[..., Shop], buys: bool) -> None:
    shop = new_shop(rule("cart.abandoned", field="cart.is_bought", op="eq", value=False))
    cart = shop.happens("checkout_abandon", email=ANA, line_items=LINES)
    work()
    send(1.1)
    planned = OutboxAction.objects.get().state

    if buys:
        shop.happens("checkout_complete", id=cart["id"])
    send(3.2)

    assert planned == "waiting"
    assert len(shop.told_klaviyo("Later")) == (not buys)
    assert RunLogEntry.objects.filter(code="action_skipped").count() == buys


@pytest.mark.parametrize(("refund", "sent"), [("150.00", 0), ("10.00", 1)])
def test_a_refund_before_it_is_sent_counts(new_shop: Callable[..., Shop], refund: str, sent: int) -> None:
    shop = new_shop(rule("order.placed", field="customer.spent", op="gte", value=300))
    first = shop.happens("order_create", email=ANA, line_items=LINES)["id"]
    shop.happens("order_create", email=ANA, line_items=LINES)
    work()
    planned = OutboxAction.objects.count()

    shop.happens("order_refund", id=first, amount=refund)
    send(2.2)

    assert planned >= 1
    assert len(shop.told_klaviyo("Later")) == sent * planned
