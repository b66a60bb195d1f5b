"""A discount code of its own for one person and cause, within the rule's caps. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django import forms

from rules import worth
from rules.actions.create_discount import CreateDiscount
from rules.decision import Answer, Decision, Message, No
from rules.facts import CartFacts, Coupon, Coupons, Facts
from rules.fields import AmountsField
from rules.sequences import Later

MADE, WAITING, LOST = "made", "waiting", "lost"


MOST_PER_DAY = 100  # where a rule of staff's own names no number
ENOUGH = frozenset({"codes_enough_for_day", "codes_enough_for_month"})
CAPS = ("most_codes_per_day", "most_worth_per_month")


class CodeCaps(forms.Form):
    """Caps for rules that may make codes: empty at first, and then left out of what is stored."""

    most_codes_per_day = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=f"At most so many discount codes in 24 hours. Empty: {MOST_PER_DAY}.",
    )
    most_worth_per_month = AmountsField(
        required=False,
        initial={},
        help_text="At most so much is given away by discount codes in 30 days; a line for each currency. A "
        "percentage is reckoned on the order or cart, free shipping counts as nothing. No line: no limit.",
    )


class CouponParams(forms.Form):
    """What staff may tune of codes that are made for one person."""

    code_prefix = forms.RegexField(
        r"\A[A-Za-z0-9-]{1,20}\Z",
        initial="BACK",
        error_messages={"invalid": "Needs letters, digits and hyphens, 20 at the most."},
        help_text="What such a code begins with: BACK-7Q4M2KXH9A.",
    )
    code_valid_days = forms.IntegerField(
        min_value=1, max_value=90, initial=3, help_text="So many days after it was made the code ends."
    )
    most_codes_per_day = forms.IntegerField(
        min_value=0, max_value=100_000, initial=100, help_text="At most so many codes in 24 hours."
    )
    most_worth_per_month = AmountsField(
        required=False,
        initial={},
        help_text="At most so much is given away by codes in 30 days, reckoned on the carts as they are; "
        "a line for each currency. No line: no limit. Free shipping counts as nothing here.",
    )


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """``make``: this code has to be there first. ``why_not``: it gets none of its own."""

    code: str = ""
    worth: str = ""
    ends_at: datetime | None = None
    make: CreateDiscount | None = None
    why_not: str = ""

    def asks(self, subject: str) -> Iterator[Answer]:
        """What is to be done, or said, beside the message: before it, where the code is not there yet."""
        if self.make:
            told = {"code": self.make.code, "worth": self.make.worth, "cost": str(self.make.cost)}
            message = Message(action=self.make, key="code", subject=subject)
            yield Decision(effect=message, because="code_first", seen=told)
            yield Later(reason="code_pending")
        elif self.why_not:
            yield No(reason=self.why_not)


def offer(facts: Facts, cart: CartFacts, wanted: str, params: Mapping[str, Any]) -> Offer:
    """``wanted`` is its worth, "" for none of its own."""
    known = facts.coupons
    if not wanted or known is None:
        return Offer()
    if known.own:
        return _again(known.own, facts, cart)
    given = worth.parse(wanted)
    if reason := _why_not(known, given, cart, params):
        return Offer(why_not=reason)
    ends_at = facts.now + timedelta(days=params["code_valid_days"])
    coupon = Coupon(
        code=f"{params['code_prefix']}-{known.suffix}",
        worth=given.told(cart.currency),
        state=WAITING,
        issued_at=facts.now,
        ends_at=ends_at,
    )
    return Offer(make=_action(coupon, facts, cart))


def _again(own: Coupon, facts: Facts, cart: CartFacts) -> Offer:
    """What became of the one that it was given, whatever its branch is by now."""
    if own.state == MADE:
        return Offer(code=own.code, worth=own.worth, ends_at=own.ends_at)
    return Offer(make=_action(own, facts, cart)) if own.state == WAITING else Offer(why_not="code_not_made")


def _why_not(known: Coupons, given: worth.Worth, cart: CartFacts, params: Mapping[str, Any]) -> str:
    answers = {
        "code_not_made": not known.may_issue,
        "no_worth_for_currency": not given.is_known_in(cart.currency),
    }
    reason = next((code for code, applies in answers.items() if applies), "")
    cost = given.cost(cart.total, cart.currency)
    return reason or enough((known.today, known.month), cost, cart.currency, params)


def enough(
    given: tuple[int, Mapping[str, Decimal]], cost: Decimal, currency: str, params: Mapping[str, Any]
) -> str:
    """Why one more code of this cost is over the rule's caps, "" where there is room.

    ``given`` is how many in 24 hours, and how much in 30 days by currency.
    """
    today, month = given
    most, room = params.get("most_codes_per_day"), params.get("most_worth_per_month", {}).get(currency)
    if today >= (MOST_PER_DAY if most is None else most):
        return "codes_enough_for_day"
    is_over = room is not None and month.get(currency, Decimal()) + cost > room
    return "codes_enough_for_month" if is_over else ""


def _action(coupon: Coupon, facts: Facts, cart: CartFacts) -> CreateDiscount:
    return CreateDiscount(
        code=coupon.code,
        worth=coupon.worth,
        starts_at=coupon.issued_at,
        ends_at=coupon.ends_at,
        customer_id=facts.customer.record_id if facts.customer else "",
        currency=cart.currency,
        cost=worth.parse(coupon.worth).cost(cart.total, cart.currency),
    )
