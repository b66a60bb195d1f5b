"""A sample for real: what it tells happens at the sandbox, and all that followed is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.models import Connection
from orchestrator.admin.scenario_stage import PLAYS
from orchestrator.models import OutboxAction, RunLogEntry, Suppression
from rules.models import Rule
from rules.sentences import TRANSITIONS
from tests.journeys import houses
from tests.journeys.houses import House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

HOLD = {"recipe": "ticket_hold", "name": "Hold", "mode": "live", "params": {}}
CARTS = {"recipe": "cart_recovery", "name": "Carts", "mode": "live", "params": {}}
STOCK = {"recipe": "stock_hold", "name": "Sold out", "mode": "live", "params": {}}
ORDERS = {"recipe": "order_status", "name": "Orders", "mode": "live", "params": {}}
CHANGES = ("customer.changed", "customer.merged", "product.changed", "order.delayed")
HEARD = [
    {
        "recipe": "custom",
        "name": f"On {each}",
        "mode": "shadow",
        "params": {"when": each, "then": [{"action": "alert", "with": {"text": f"Heard {each}"}}]},
    }
    for each in CHANGES
]
RETURNS = {"recipe": "return_hold", "name": "Returns", "mode": "live", "params": {}}


@pytest.fixture
def house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[House]:
    make: Callable[..., House]
    for make in houses.building(sandbox, live_server, tmp_path, settings):
        made = make(HOLD, CARTS, STOCK, ORDERS, RETURNS, *HEARD, delivery="storm")
        Connection.objects.update(created_at=timezone.now() - timedelta(days=1))  # or the cart is history
        Rule.objects.get(name="Carts").versions.update(live_at=timezone.now() - timedelta(days=1))
        yield made


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def plays(browser: Client, rule: str, what: str, **said: Any) -> Any:
    row = Rule.objects.get(name=rule)
    opened: Any = browser.get(reverse("admin:rule_try", args=[row.pk]), {"what": what})
    usual = {each.html_name: each.value() for each in opened.context["form"]}
    asked = {name: value for name, value in {**usual, **said}.items() if value is not None}
    return browser.post(reverse("admin:rule_scenario", args=[row.pk]), {"what": what, **asked}, follow=True)


def happened(browser: Client, answer: Any) -> str:
    """The page, once everything had its time."""
    for minutes in (0, 2):
        work(minutes=minutes)
    return str(browser.get(answer.redirect_chain[-1][0]).content.decode())


def test_what_is_played_happens_and_is_shown(house: House, browser: Client) -> None:
    ticket = happened(browser, plays(browser, "Hold", "ticket.opened", subject="Where is it?"))
    cart = happened(browser, plays(browser, "Carts", "cart.abandoned", amount="250"))
    stock = happened(browser, plays(browser, "Sold out", "stock.changed", stock="0"))
    order = happened(browser, plays(browser, "Orders", "order.refunded", amount="90"))
    back = happened(browser, plays(browser, "Returns", "return.approved"))

    held = Suppression.objects.open().filter(cause="ticket_hold").get()
    assert held.subject in ticket
    assert "is on the hold list" in ticket or "Hold marketing" in ticket
    assert "Begin the sequence" in cart
    assert "Hold what features Boots" in stock
    assert "was refunded" in order
    assert "a return is under way" in back
    assert RunLogEntry.objects.filter(code="scenario_played", kind="staff").count() == 5
    assert OutboxAction.objects.filter(state="done").exists()


def test_whatever_can_be_tried_out_can_be_played(house: House, browser: Client) -> None:
    for change in CHANGES:
        told = happened(browser, plays(browser, f"On {change}", change, tags="wholesale"))
        assert f"Would have: Alert the team in their chat (its conditions hold) [“On {change}”" in told, (
            change
        )

    assert not [each for each in TRANSITIONS if not {each, each.partition(".")[0]} & PLAYS.keys()]


def test_the_buyer_is_who_the_form_says(house: House, browser: Client) -> None:
    asked = {"orders_before": "3", "has_ticket": "on", "country": "US", "stock": "4"}
    told = happened(browser, plays(browser, "Carts", "cart.abandoned", amount="250", **asked))

    (buyer,) = [
        each for each in house.control("GET", f"shopify/accounts/{house.slug}")["customers"] if each["email"]
    ]
    assert buyer["orders_count"] == 3
    assert buyer["email_marketing_consent"]["state"] == "subscribed"
    assert buyer["email"] in told
    assert Suppression.objects.open().get(cause="ticket_hold").subject == buyer["email"]
    assert not OutboxAction.objects.filter(action="send_event").exists()  # to nobody with an open ticket


def test_a_client_that_is_not_wholly_at_a_sandbox_is_told_how(house: House, browser: Client) -> None:
    rule = Rule.objects.get(name="Hold")
    page = reverse("admin:rule_try", args=[rule.pk])
    assert "Play it on the sandbox" in browser.get(page).content.decode()

    Connection.objects.filter(vendor="klaviyo").update(api_root="")

    text = browser.get(page).content.decode()
    assert "Play it on the sandbox" not in text
    assert "start it with “manage.py sandbox”" in text
    answer = plays(browser, "Hold", "ticket.opened")
    assert "are at one running sandbox" in answer.content.decode()
    assert not Suppression.objects.exists()


def test_a_sandbox_that_is_gone_or_knows_nobody_is_said(house: House, browser: Client) -> None:
    house.control("POST", "reset")
    unknown = plays(browser, "Hold", "ticket.opened").content.decode()
    Connection.objects.update(api_root="http://127.0.0.1:9/gorgias")
    gone = plays(browser, "Hold", "ticket.opened").content.decode()

    assert "the sandbox knows no such credentials. Enter those of an account there." in unknown
    assert "The sandbox does not answer." in gone
