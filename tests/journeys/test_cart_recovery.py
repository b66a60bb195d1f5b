"""A cart is left behind: three reminders at their hours, and silence as soon as one would be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestrator.models import Attention, Enrolment, RunLogEntry
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, BOOTS, House
from tests.journeys.storefronts import work

pytestmark = pytest.mark.django_db(transaction=True)

ANY_HOUR = {"quiet_from": "", "quiet_to": ""}
RULE = {
    "recipe": "cart_recovery",
    "name": "Carts",
    "mode": "live",
    "params": {**ANY_HOUR, "offer_code": "BACK10"},
}
CONSENT = {"phone": "+15551234567", "sms_marketing_consent": {"state": "subscribed"}}
HOUR = 60


@pytest.fixture
def new_house(sandbox: Any, live_server: Any, tmp_path: Any, settings: Any) -> Iterator[Callable[..., House]]:
    yield from houses.building(sandbox, live_server, tmp_path, settings)


def leaves_a_cart(house: House, email: str = ANA) -> int:
    cart = house.happens("checkout_abandon", email=email, line_items=[{"variant_id": 71, "quantity": 2}])
    house.webhooks_delivered()
    return int(cart["id"])


def hears(house: House) -> list[tuple[str, str, str]]:
    """Who was reminded by which step, in which branch, in the order of the steps."""
    account = house.control("GET", f"klaviyo/accounts/{house.slug}")
    told = [each for each in account["events"] if each["metric_name"].startswith("Cart recovery")]
    return [(each["email"], each["properties"]["step"], each["properties"]["value"]) for each in told]


def ended() -> list[str]:
    return list(Enrolment.objects.filter(state="ended").values_list("ended_because", flat=True))


@pytest.mark.parametrize("delivery", ["double", "shuffle"])
def test_three_reminders_come_at_their_hours_and_only_once(new_house: Callable[..., House], delivery: str):
    house = new_house(RULE, delivery=delivery, customers=[{"email": ANA, **CONSENT}])
    leaves_a_cart(house)

    heard = []
    for minutes in (30, 62, 70, 24 * HOUR + 5, 25 * HOUR, 72 * HOUR + 5, 80 * HOUR):
        work(minutes=minutes)
        heard.append(len(hears(house)))

    assert heard == [0, 1, 1, 2, 2, 3, 3]
    assert [step for _, step, _ in hears(house)] == ["email", "text", "offer"]
    assert {(email, value) for email, _, value in hears(house)} == {(ANA, "personal")}
    assert Enrolment.objects.get().state == "done"
    assert not Attention.objects.open().exists()


def test_who_buys_opens_a_ticket_or_gave_no_number_hears_less(new_house: Callable[..., House]):
    house = new_house(RULE, customers=[{"email": ANA, **CONSENT}, {"email": BEN}])
    leaves_a_cart(house)
    leaves_a_cart(house, BEN)
    work(minutes=62)

    house.buys(ANA)
    house.webhooks_delivered()
    work(minutes=24 * HOUR + 5)
    house.opens_ticket(BEN)
    house.webhooks_delivered()
    work(minutes=72 * HOUR + 5)

    assert [(email, step) for email, step, _ in hears(house)] == [(ANA, "email"), (BEN, "email")]
    assert sorted(ended()) == ["bought_meanwhile", "ticket_open"]
    assert RunLogEntry.objects.filter(code="sequence_ended").count() == 2


def test_a_purchase_between_deciding_and_sending_stops_the_message(new_house: Callable[..., House]):
    house = new_house(RULE, customers=[{"email": ANA, **CONSENT}])
    leaves_a_cart(house)
    house.fault("klaviyo", "/api/event", kind="status", status=429, seconds=120, times=1)
    work(minutes=62)

    house.buys(ANA)
    house.webhooks_delivered()
    for minutes in (75, 78):  # what was told meanwhile is decided before anything is sent
        work(minutes=minutes)

    assert hears(house) == []
    skipped = RunLogEntry.objects.get(code="action_skipped")
    assert skipped.details["because"] == "the customer has ordered since"


def test_an_item_that_is_gone_ends_it(new_house: Callable[..., House]):
    house = new_house(RULE, customers=[{"email": ANA, **CONSENT}])
    leaves_a_cart(house)
    work(minutes=62)

    house.happens("stock_set", id=BOOTS["id"], available=0)
    house.webhooks_delivered()
    for minutes in (5, 8):  # what was told meanwhile is decided before anything is sent
        work(minutes=24 * HOUR + minutes)

    assert [step for _, step, _ in hears(house)] == ["email"]
    assert ended() == ["item_gone"]
