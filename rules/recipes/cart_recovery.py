"""Remind of an abandoned cart three times, unless it was bought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from connectors.types import SetUp, Transition
from rules import coupons, mailings
from rules.actions.create_discount import CreateDiscount
from rules.actions.send_event import SendEvent, may_text
from rules.carts import FIRST_TIME, Branch, branch, region_of
from rules.coupons import CouponParams
from rules.decision import Answer, Decision, Enrol, Message, No
from rules.facts import CART_FLOWS, COUPONS, RECORD, SHELF, TICKETS, CartFacts, CustomerFacts, Facts
from rules.fields import AmountsField, RegionsField
from rules.pacing import Pacing
from rules.sentences import listed
from rules.sequences import Step
from rules.worth import WorthField

slug = "cart_recovery"
label = "Win back an abandoned cart"
steers: frozenset[str] = frozenset()

HOUR = timedelta(hours=1)
EMAIL, TEXT, OFFER = "email", "text", "offer"
HOURS = {EMAIL: "email_after_hours", TEXT: "text_after_hours", OFFER: "offer_after_hours"}
WORDS = {EMAIL: "by e-mail", TEXT: "by text message", OFFER: "with an offer"}
UNSUBSCRIBED = "unsubscribed"


def _hours(initial: int, what: str) -> forms.IntegerField:
    told = f"{what} so many hours after the cart was left; 0: not at all."
    return forms.IntegerField(min_value=0, max_value=24 * 30, initial=initial, help_text=told)


class Params(CouponParams, Pacing):
    email_after_hours = _hours(1, "The first e-mail:")
    text_after_hours = _hours(24, "The text message:")
    offer_after_hours = _hours(72, "The last e-mail, with the offer:")
    personal_above = AmountsField(
        initial={"USD": "200"},
        help_text="Carts worth more than this get the personal message; a line for each currency.",
    )
    generic_below = AmountsField(
        initial={"USD": "100"},
        help_text="Carts worth less than this get the generic message; the same currencies.",
    )
    low_stock = forms.IntegerField(
        min_value=0,
        max_value=1000,
        initial=5,
        help_text="So many left or fewer is told to repeat buyers as a reason to hurry.",
    )
    offer_code = forms.CharField(
        required=False,
        max_length=100,
        initial="",
        help_text="A discount code for the last e-mail, the same for everybody; where codes are made, "
        "for those for whom none can be made.",
    )
    welcome_code = forms.CharField(
        required=False, max_length=100, initial="", help_text="Instead, for people who never bought."
    )
    offer_worth = WorthField(
        required=False,
        initial="",
        help_text="Make a code for each person that works once: 10%, 15 USD (or 15 USD, 14 EUR) or "
        "“free shipping”. Empty: the same code for everybody.",
    )
    welcome_worth = WorthField(
        required=False, initial="", help_text="Instead, for people who never bought. Empty: as above."
    )
    urgent_worth = WorthField(
        required=False,
        initial="",
        help_text="Instead, for repeat buyers where something in the cart is low. Empty: as above.",
    )
    regions = RegionsField(
        required=False, initial={}, help_text="The region of each country or province: US-CA = West."
    )
    beside_native_flow = forms.BooleanField(
        required=False,
        initial=False,
        help_text="Remind even while a live flow of the marketing tool reminds of left carts, too. "
        "Customers then hear twice.",
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        waits = [values[name] for name in HOURS.values() if values.get(name)]
        if not waits and set(HOURS.values()) <= set(values):
            raise ValidationError({"email_after_hours": "At least one message needs its hours."})
        if waits != sorted(set(waits)):
            raise ValidationError(
                {"offer_after_hours": "Each message has to come later than the one before."}
            )
        high, low = values.get("personal_above"), values.get("generic_below")
        if high is not None and low is not None and (problem := _mismatch(high, low)):
            raise ValidationError({"generic_below": problem})
        return values


def _mismatch(high: Mapping[str, Decimal], low: Mapping[str, Decimal]) -> str:
    if set(high) != set(low):
        return "Both amounts have to be named for the same currencies."
    wrong = next((currency for currency in sorted(low) if low[currency] > high[currency]), "")
    return f"The amount for {wrong} is more than that of the personal message." if wrong else ""


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset({Transition.CART_ABANDONED})


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    codes = (COUPONS,) if _makes_codes(params) else ()
    flows = () if params["beside_native_flow"] else (CART_FLOWS,)
    return frozenset({RECORD, SHELF, TICKETS, *codes, *flows})


def _makes_codes(params: Mapping[str, Any]) -> bool:
    return any(params[name] for name in ("offer_worth", "welcome_worth", "urgent_worth"))


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    """Orders, so that it ends when somebody has bought."""
    codes = (CreateDiscount.asks,) if _makes_codes(params) else ()
    flows = () if params["beside_native_flow"] else ("cart_flows",)
    return frozenset({Transition.ORDER_PLACED, SendEvent.asks, *codes, *flows})


def sentence(params: Mapping[str, Any]) -> str:
    told = [f"{WORDS[name]} after {params[field]} h" for name, field in HOURS.items() if params[field]]
    return (
        f"When a cart is left behind, remind of it {listed(told)}, until it is bought, a ticket is open, "
        "an item is gone or the customer has unsubscribed."
    )


def steps(params: Mapping[str, Any]) -> Sequence[Step]:
    """A cart counts as left an hour after its last change: that hour is over when the change is heard."""
    return [
        Step(name, max(params[field] * HOUR - HOUR, timedelta()))
        for name, field in HOURS.items()
        if params[field]
    ]


def sets_up(params: Mapping[str, Any]) -> Sequence[SetUp]:
    return [mailings.cart(_metric(each.name), each.name) for each in steps(params)]


def _metric(step: str) -> str:
    return f"Cart recovery: {step}"


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    no = _why_not(facts, params) or _unreachable(facts, params)
    if no is None and facts.cart_flows is not None:  # what is not seen now is seen when the first step is due
        no = may_begin(facts, params)
    if no:
        yield no
    else:
        effect = Enrol(subject=facts.subject, is_alone=True)
        yield Decision(effect=effect, because="cart_left", seen=_seen(facts))


def _unreachable(facts: Facts, params: Mapping[str, Any]) -> No | None:
    """Who gave a number alone hears the text message, if there is one and they agreed to it."""
    if not facts.subject:
        return No(reason="no_email", seen=_seen(facts))
    if facts.email:
        return None
    if not params[HOURS[TEXT]]:
        return No(reason="phone_only", seen=_seen(facts))
    return None if may_text(facts) else No(reason="no_sms_consent", seen=_seen(facts))


def may_begin(facts: Facts, params: Mapping[str, Any]) -> No | None:
    """Nobody shall be reminded twice. What is under way goes on when such a flow is switched on later."""
    if params["beside_native_flow"] or facts.cart_flows == ():
        return None
    if facts.cart_flows is None:
        return No(reason="native_flow_unknown", is_unreadable=True)
    return No(reason="native_flow_live", seen={"flows": list(facts.cart_flows)})


def still_wanted(facts: Facts, params: Mapping[str, Any]) -> No | None:
    no = _why_not(facts, params)
    gone = [each.item.product_id for each in facts.shelf if each.is_gone]
    return no or (No(reason="item_gone", seen={"products": gone}) if gone else None)


def _why_not(facts: Facts, params: Mapping[str, Any]) -> No | None:
    """What speaks against any reminder. What is not known is no "no" but waits."""
    cart, customer = facts.cart, facts.customer
    if cart is None or customer is None:
        return No(reason="cart_unknown", is_unreadable=True)
    if cart.is_gone:
        return No(reason="cart_gone")
    if not cart.is_followed and (customer.order_count is None or customer.story is None):
        return No(reason="no_storefront", is_unreadable=True)
    if cart.currency not in params["personal_above"]:
        return No(reason="no_threshold_for_currency", seen={"currency": cart.currency}, is_unreadable=True)
    last = customer.story.last_at if customer.story else None
    consent = customer.sms_consent if facts.phone else customer.email_consent
    answers = {
        "bought": cart.is_bought,
        "bought_meanwhile": last is not None and last > facts.change.at - HOUR,
        "ticket_open": bool(facts.open_tickets),
        "consent_withdrawn": consent == UNSUBSCRIBED,
    }
    return next((No(reason=code, seen=_seen(facts)) for code, applies in answers.items() if applies), None)


def decide_step(facts: Facts, params: Mapping[str, Any], step: Step) -> Iterator[Answer]:
    cart, customer = facts.cart, facts.customer
    if cart is None or customer is None:
        yield No(reason="cart_unknown", is_unreadable=True)
    elif step.name == TEXT and not may_text(facts):
        yield No(reason="no_sms_consent", seen={"step": step.name, "consent": customer.sms_consent})
    elif step.name != TEXT and facts.phone:
        yield No(reason="phone_only", seen={"step": step.name})
    else:
        yield from _message(facts, cart, customer, params, step)


def _message(
    facts: Facts, cart: CartFacts, customer: CustomerFacts, params: Mapping[str, Any], step: Step
) -> Iterator[Answer]:
    chosen = branch(facts, cart, customer, params)
    wanted = _worth(chosen, params) if step.name == OFFER else ""
    own = coupons.offer(facts, cart, wanted, params)
    yield from own.asks(facts.email)
    if own.make:
        return
    action = SendEvent(
        metric=_metric(step.name),
        email=facts.email,
        phone=facts.phone,
        at=facts.change.at + step.delay,
        properties=_properties(facts, cart, chosen, step, params, own),
    )
    message = Message(action=action, key="event", subject=facts.subject)
    yield Decision(effect=message, because="step_due", seen={"step": step.name, **chosen.told()})


def _properties(
    facts: Facts, cart: CartFacts, chosen: Branch, step: Step, params: Mapping[str, Any], own: coupons.Offer
) -> dict[str, Any]:
    """What the flow's message may show. No discount before the last step."""
    return {
        "step": step.name,
        **chosen.told(),
        "region": region_of(facts, params["regions"]),
        "items": [
            {"title": each.item.title, "quantity": each.item.quantity, "left": each.left, "url": each.url}
            for each in facts.shelf
        ],
        "discount_code": (own.code or _code(chosen, params)) if step.name == OFFER else "",
        "discount_worth": own.worth,
        "discount_ends_at": own.ends_at.isoformat() if own.ends_at else "",
        "total": str(cart.total),
        "currency": cart.currency,
        "checkout_url": cart.url,
    }


def _worth(chosen: Branch, params: Mapping[str, Any]) -> str:
    """Of the code that is made for this person, "" for none; a fixed code for newcomers keeps its place."""
    if chosen.left is not None and params["urgent_worth"]:
        return str(params["urgent_worth"])
    if chosen.history == FIRST_TIME and (params["welcome_worth"] or params["welcome_code"]):
        return str(params["welcome_worth"])
    return str(params["offer_worth"])


def _code(chosen: Branch, params: Mapping[str, Any]) -> str:
    """The one that is the same for everybody."""
    codes = (params["offer_code"], params["welcome_code"])
    return str(codes[1] or codes[0] if chosen.history == FIRST_TIME else codes[0])


def _seen(facts: Facts) -> dict[str, Any]:
    cart, customer = facts.cart, facts.customer
    return {
        "total": str(cart.total) if cart else None,
        "currency": cart.currency if cart else "",
        "open_tickets": len(facts.open_tickets),
        "orders": customer.order_count if customer else None,
    }
