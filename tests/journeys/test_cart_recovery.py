"""A cart is left behind: three reminders at their hours, and silence as soon as one would be wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.core.management import call_command

from orchestrator.models import Attention, Enrolment, RunLogEntry
from tests.journeys import houses
from tests.journeys.houses import ANA, BEN, BOOTS, House
from tests.journeys.storefronts import work
from tests.journeys.test_forgetting import places_of

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


def test_three_reminders_come_at_their_hours_and_only_once(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm", customers=[{"email": ANA, **CONSENT}])
    house.starts_flows(*(f"Cart recovery: {each}" for each in ("email", "text", "offer")))
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


def offers(house: House) -> dict[str, str]:
    """Who was told which code by the last step."""
    account = house.control("GET", f"klaviyo/accounts/{house.slug}")
    told = [each for each in account["events"] if each["metric_name"] == "Cart recovery: offer"]
    return {each["email"]: each["properties"]["discount_code"] for each in told}


def test_each_person_gets_a_code_that_is_there_before_it_is_named_until_the_cap_is_reached(
    new_house: Callable[..., House],
):
    only_offer = {
        "email_after_hours": 0,
        "text_after_hours": 0,
        "offer_after_hours": 2,
        "offer_code": "FIXED",
    }
    codes = {"offer_worth": "10%", "most_codes_per_day": 1}
    rule = {**RULE, "params": {**ANY_HOUR, **only_offer, **codes}}
    house = new_house(rule, delivery="double", customers=[{"email": ANA}, {"email": BEN}])
    leaves_a_cart(house)
    leaves_a_cart(house, BEN)

    for minutes in (62, 125, 130, 135, 150):
        work(minutes=minutes)

    [made] = house.control("GET", f"shopify/accounts/{house.slug}")["discounts"]
    told = offers(house)
    assert sorted(told) == [ANA, BEN]
    assert sorted(told.values()) == [made["code"], "FIXED"]
    assert made["usage_limit"] == 1
    assert {each.state for each in Enrolment.objects.all()} == {"done"}


NATIVE = {"name": "Checkout Started", "integration": "Shopify", "mapped": "started_checkout"}


def has_a_flow_of_its_own(house: House) -> None:
    """The marketing tool reminds of left carts by itself."""
    account = f"klaviyo/accounts/{house.slug}"
    (metric,) = house.control("PUT", account, {"seed": {"metrics": [NATIVE]}})["seeded"]["metrics"]
    definition = {"triggers": [{"type": "metric", "id": metric}]}
    house.do("klaviyo", "flow_create", name="Old reminder", status="live", definition=definition)


def refused() -> list[dict[str, Any]]:
    rows = RunLogEntry.objects.filter(code="decided_no")
    return [no for row in rows for no in row.details["noes"] if no["reason"] == "native_flow_live"]


def test_nothing_begins_beside_a_flow_that_reminds_of_carts_too(new_house: Callable[..., House]):
    house = new_house(RULE, customers=[{"email": ANA, **CONSENT}, {"email": BEN}])
    has_a_flow_of_its_own(house)
    leaves_a_cart(house)
    work(minutes=62)

    house.do("klaviyo", "flow_set_status", flow="Old reminder", status="draft")
    leaves_a_cart(house, BEN)
    work(minutes=130)

    assert [no["seen"]["flows"] for no in refused()] == [["Old reminder"]]
    assert [email for email, _, _ in hears(house)] == [BEN]


def test_what_is_under_way_goes_on_when_such_a_flow_goes_live(new_house: Callable[..., House]):
    house = new_house(RULE, customers=[{"email": ANA, **CONSENT}, {"email": BEN}])
    leaves_a_cart(house)
    work(minutes=62)

    has_a_flow_of_its_own(house)
    leaves_a_cart(house, BEN)
    work(minutes=24 * HOUR + 5)

    assert [(email, step) for email, step, _ in hears(house)] == [(ANA, "email"), (ANA, "text")]
    assert len(refused()) == 1


def test_a_reminder_waits_while_it_cannot_be_seen_who_else_reminds(new_house: Callable[..., House]):
    house = new_house(RULE, customers=[{"email": ANA, **CONSENT}])
    house.fault("klaviyo", "/api/mapped-metrics", kind="status", status=503, times=50)
    leaves_a_cart(house)
    work(minutes=62)
    waiting = hears(house), Attention.objects.open().filter(code="condition_unreadable").count()

    requests.delete(f"{house.url}/_control/faults", timeout=10)
    work(minutes=75)

    assert waiting == ([], 1)
    assert [step for _, step, _ in hears(house)] == ["email"]


PHONE = str(CONSENT["phone"])
SILENT = {"phone": "+15557654321"}  # who never agreed to text messages


def leaves_a_cart_by_phone(house: House, *customers: int) -> None:
    for number in customers:
        house.happens("checkout_abandon", customer={"id": number}, line_items=[{"variant_id": 71}])
    house.webhooks_delivered()


def noes(subject: str) -> list[str]:
    rows = RunLogEntry.objects.filter(code="decided_no", subject=subject).order_by("pk")
    return [each["reason"] for row in rows for each in row.details["noes"]]


def test_who_gave_a_telephone_number_alone_hears_the_text_message_only(new_house: Callable[..., House]):
    by_phone = [{"id": 4711, "email": None, **CONSENT}, {"id": 4712, "email": None, **SILENT}]
    house = new_house(RULE, delivery="storm", customers=by_phone)
    house.starts_flows(*(f"Cart recovery: {each}" for each in ("email", "text", "offer")))
    leaves_a_cart_by_phone(house, 4711, 4712)

    for minutes in (62, 24 * HOUR + 5, 25 * HOUR, 72 * HOUR + 5):
        work(minutes=minutes)

    account = house.control("GET", f"klaviyo/accounts/{house.slug}")
    [reached] = [each for each in account["profiles"] if each["phone_number"] == PHONE]
    told = [each for each in account["events"] if each["profile"] == reached["id"]]
    assert [each["properties"]["step"] for each in told] == ["text"]
    assert [step for _, step, _ in hears(house)] == ["text"]
    assert noes(f"phone:{PHONE}") == ["phone_only", "phone_only"]
    assert noes("phone:+15557654321") == ["no_sms_consent"]
    assert Enrolment.objects.get().state == "done"
    assert not Attention.objects.open().exists()


def asks_to_forget(house: House, customer: int) -> None:
    """Passed on after some days, when what they did is not polled any more."""
    target = {"url": f"{house.web}/hooks/hook-{house.slug}/", "secret": f"secret-{house.slug}"}
    house.control("PUT", f"shopify/accounts/{house.slug}", {"webhook": target})
    house.later(60 * 24 * 10)
    work()
    house.happens("privacy_request", topic="customers/redact", customer_id=customer)
    house.webhooks_delivered()
    work()


def test_who_gave_a_number_alone_is_explained_by_it_and_forgotten_by_it(new_house: Callable[..., House]):
    house = new_house(RULE, delivery="storm", customers=[{"id": 4711, "email": None, **CONSENT}])
    leaves_a_cart_by_phone(house, 4711)
    for minutes in (62, 24 * HOUR + 5):
        work(minutes=minutes)
    said = io.StringIO()
    call_command("explain", store=house.slug, customer="+1 555 123-4567", stdout=said)

    asks_to_forget(house, 4711)

    assert "Send the marketing event “Cart recovery: text”" in said.getvalue()
    assert places_of(PHONE) == []
