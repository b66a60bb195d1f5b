"""The branch of each step: value × history × stock × region × currency."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from django.core.exceptions import ValidationError

from connectors.types import LineItem, Transition
from rules import params, sequences
from rules.actions.send_event import SendEvent
from rules.decision import Decision, Enrol, Message, No
from rules.facts import CART_FLOWS, CartFacts, CustomerFacts, Facts, Shelved
from rules.purchases import Story
from rules.recipes import cart_recovery
from tests.rules.examples import CUSTOMER, NOW, change, facts, rule

AMOUNTS = {
    "personal_above": {"USD": "200", "JPY": "30000"},
    "generic_below": {"USD": "100", "JPY": "15000"},
    "offer_code": "BACK",
    "welcome_code": "HELLO",
    "regions": {"US-CA": "West", "US": "East", "JP": "Asia"},
}
PHONE = "+15551234567"
VALUES = {
    ("USD", "200.01"): "personal",
    ("USD", "200"): "middle",
    ("USD", "100"): "middle",
    ("USD", "99.99"): "generic",
    ("JPY", "30001"): "personal",
    ("JPY", "200"): "generic",
}
PLACES = {("US", "CA"): "West", ("US", "NY"): "East", ("JP", "13"): "Asia", ("DE", ""): ""}


def by_phone(**fields: Any) -> CustomerFacts:
    """Somebody who gave a telephone number and no address."""
    given = {"email": None, "emails": (), "phone": PHONE, "sms_consent": "subscribed", "story": Story()}
    return msgspec.structs.replace(CUSTOMER, **{**given, **fields})


def left(
    total: str = "150", currency: str = "USD", orders: int = 0, stock: int | None = 10, **fields: Any
) -> Facts:
    place = fields.pop("place", ("US", "CA"))
    cart = CartFacts(
        id="1",
        total=Decimal(total),
        currency=currency,
        country=place[0],
        region=place[1],
        url="https://s.test/c",
    )
    customer = msgspec.structs.replace(
        CUSTOMER, order_count=orders, story=Story(), sms_consent=fields.pop("sms", "subscribed")
    )
    given = {
        "change": change(Transition.CART_ABANDONED, vendor="shopify", kind="cart", object_id="1"),
        "cart": msgspec.structs.replace(cart, **fields.pop("cart", {})),
        "customer": customer,
        "ticket": None,
        "shelf": (Shelved(item=LineItem(product_id="7", title="Shirt", quantity=2), left=stock),),
        **fields,
    }
    return facts(**given)


def taken(about: Facts, step: str = "email") -> dict[str, Any]:
    """The properties of the step's event."""
    found = sequences.turn(known(), about, at(step))
    assert not isinstance(found, No)
    (decision,) = found.decisions
    assert isinstance(decision.effect, Message)
    assert isinstance(decision.effect.action, SendEvent)
    assert decision.effect.action.metric == f"Cart recovery: {step}"
    return decision.effect.action.properties


def known() -> Any:
    return rule("cart_recovery", AMOUNTS)


def at(step: str) -> sequences.Step:
    found = sequences.find(known(), step)
    assert found is not None
    return found


@pytest.mark.parametrize(("money", "orders", "stock"), product(VALUES, (0, 1, 5), (None, 1, 5, 6)))
def test_value_history_and_stock_choose_the_branch(money, orders, stock):
    currency, total = money
    is_low = stock is not None and stock <= 5 and orders > 0

    for place, region in PLACES.items():
        said = taken(left(total, currency, orders, stock, place=place))
        assert said["value"] == VALUES[money]
        assert said["history"] == ("repeat" if orders else "first_time")
        assert (said["left"], said["free_shipping"]) == (stock if is_low else None, is_low)
        assert said["social_proof"] == (orders == 0)
        assert said["region"] == region
        assert (said["total"], said["currency"]) == (total, currency)
        assert said["items"] == [{"title": "Shirt", "quantity": 2, "left": stock, "url": ""}]


@pytest.mark.parametrize(
    ("step", "orders", "code"),
    [("email", 0, ""), ("text", 3, ""), ("offer", 0, "HELLO"), ("offer", 3, "BACK")],
)
def test_only_the_last_step_has_a_discount(step, orders, code):
    assert taken(left(orders=orders), step)["discount_code"] == code


@pytest.mark.parametrize("consent", [None, "never", "pending", "unsubscribed"])
def test_a_text_message_needs_consent_and_the_sequence_goes_on_without(consent):
    found = sequences.turn(known(), left(sms=consent), at("text"))

    assert not isinstance(found, No)
    assert ([each.reason for each in found.noes], found.decisions) == (["no_sms_consent"], ())


@pytest.mark.parametrize(
    ("fields", "reason", "is_unreadable"),
    [
        ({}, "", False),
        ({"cart": {"is_bought": True}}, "bought", False),
        ({"cart": {"is_gone": True}}, "cart_gone", False),
        ({"currency": "XAU"}, "no_threshold_for_currency", True),
        ({"customer": None}, "cart_unknown", True),
        (
            {"customer": msgspec.structs.replace(CUSTOMER, story=Story(last_at=NOW))},
            "bought_meanwhile",
            False,
        ),
        ({"customer": msgspec.structs.replace(CUSTOMER, story=None)}, "no_storefront", True),
        (
            {"customer": msgspec.structs.replace(CUSTOMER, email=None, emails=(), story=Story())},
            "no_email",
            False,
        ),
        ({"customer": by_phone(sms_consent="never")}, "no_sms_consent", False),
        ({"customer": by_phone(sms_consent=None)}, "no_sms_consent", False),
        ({"customer": by_phone(sms_consent="unsubscribed")}, "consent_withdrawn", False),
        ({"customer": by_phone()}, "", False),
    ],
)
def test_it_begins_unless_something_speaks_against_it(fields, reason, is_unreadable):
    (answer,) = cart_recovery.decide(left(**fields), known().params)

    if reason:
        assert isinstance(answer, No)
        assert (answer.reason, answer.is_unreadable) == (reason, is_unreadable)
    else:
        assert isinstance(answer, Decision)
        assert isinstance(answer.effect, Enrol)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"text_after_hours": 1}, "later than the one before"),
        ({"generic_below": {"EUR": "80"}}, "the same currencies"),
        ({"generic_below": {"USD": "300"}}, "for USD is more"),
        ({"email_after_hours": 0, "text_after_hours": 0, "offer_after_hours": 0}, "At least one"),
    ],
)
def test_settings_that_make_no_sense_are_told(values, told):
    with pytest.raises(ValidationError, match=told):
        params.clean(known().recipe, values)


def test_messages_can_be_left_out():
    cleaned = params.clean(known().recipe, {"text_after_hours": 0})

    assert [each.name for each in cart_recovery.steps(cleaned)] == ["email", "offer"]
    assert "text" not in cart_recovery.sentence(cleaned)


def test_a_cart_with_something_that_is_held_as_sold_out_is_not_written_about():
    found = sequences.turn(known(), left(held_products=("7",)), at("email"))

    assert isinstance(found, No)
    assert (found.reason, found.seen["products"]) == ("product_held", ["7"])


@pytest.mark.parametrize(
    ("flows", "beside", "reason"),
    [
        ((), False, None),
        (("Old",), False, "native_flow_live"),
        (None, False, "native_flow_unknown"),
        (("Old",), True, None),
        (None, True, None),
    ],
)
def test_it_does_not_begin_beside_a_flow_that_reminds_too(flows, beside, reason):
    values = rule("cart_recovery", {**AMOUNTS, "beside_native_flow": beside}).params
    about = left(cart_flows=flows)

    no = cart_recovery.may_begin(about, values)
    (answer,) = cart_recovery.decide(about, values)

    assert (no and no.reason) == reason
    assert isinstance(answer, No) == (reason == "native_flow_live")  # what is not known is asked again
    assert (CART_FLOWS in cart_recovery.wants(values)) is not beside


def test_only_the_first_step_asks_who_else_reminds():
    about = left(cart_flows=("Old",))

    asked = {name: sequences.not_begun(known(), about, at(name)) for name in ("email", "text", "offer")}

    assert {name for name, no in asked.items() if no} == {"email"}


def test_who_gave_a_number_alone_hears_the_text_message_and_no_mail():
    about = left(customer=by_phone())
    turns = {name: sequences.turn(known(), about, at(name)) for name in ("email", "text", "offer")}
    said = {name: turn for name, turn in turns.items() if not isinstance(turn, No)}

    sent = said["text"].decisions[0].effect
    assert isinstance(sent, Message)
    assert isinstance(sent.action, SendEvent)
    assert (sent.subject, sent.action.email, sent.action.phone) == (f"phone:{PHONE}", "", PHONE)
    assert [said[name].noes[0].reason for name in ("email", "offer")] == ["phone_only", "phone_only"]
    assert not said["email"].decisions


def test_without_a_text_message_a_number_alone_begins_nothing():
    without = rule("cart_recovery", {**AMOUNTS, "text_after_hours": 0}).params

    (answer,) = cart_recovery.decide(left(customer=by_phone()), without)

    assert isinstance(answer, No)
    assert answer.reason == "phone_only"
