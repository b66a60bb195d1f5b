"""A code of its own for each person: by branch, within its caps, and named only once it is there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules import sequences
from rules.actions.create_discount import CreateDiscount
from rules.actions.send_event import SendEvent
from rules.decision import Decision, Message, No
from rules.facts import Coupon, Coupons
from tests.rules.examples import NOW, rule
from tests.rules.recipes.test_cart_recovery import AMOUNTS, left

WORTHS = {"offer_worth": "10%", "welcome_worth": "15 USD", "urgent_worth": "free shipping"}
SUFFIX = "7Q4M2KXH9A"
KNOWN = Coupons(suffix=SUFFIX)


def step(coupons: Coupons | None = KNOWN, about: dict[str, Any] | None = None, **params: Any) -> Any:
    """The messages of the last step by their keys, and the codes of its noes."""
    known = rule("cart_recovery", {**AMOUNTS, **WORTHS, **params})
    offer = sequences.find(known, "offer")
    assert offer is not None
    found = sequences.turn(known, left(**{"orders": 3, "coupons": coupons, **(about or {})}), offer)
    assert not isinstance(found, No)
    effects = [each.effect for each in found.decisions if isinstance(each, Decision)]
    messages = {each.key: each.action for each in effects if isinstance(each, Message)}
    return messages, [each.reason for each in found.noes]


def code(state: str) -> Coupons:
    coupon = Coupon(code="BACK-1", worth="10%", state=state, issued_at=NOW, ends_at=NOW)
    return Coupons(suffix=SUFFIX, own=coupon, may_issue=False)


@pytest.mark.parametrize(
    ("about", "worth", "cost"),
    [
        ({"orders": 3}, "10%", "15.00"),
        ({"orders": 0}, "15 USD", "15"),
        ({"orders": 3, "stock": 2}, "free shipping", "0"),
        ({"orders": 0, "stock": 2}, "15 USD", "15"),
    ],
)
def test_the_branch_chooses_what_the_code_is_worth(about, worth, cost):
    messages, noes = step(about=about)

    made = messages["step:offer:code"]
    assert isinstance(made, CreateDiscount)
    assert (made.code, made.worth, made.cost) == (f"BACK-{SUFFIX}", worth, Decimal(cost))
    assert (made.customer_id, (made.ends_at - made.starts_at).days) == ("7001", 3)
    assert (list(messages), noes) == (["step:offer:code"], ["code_pending"])


def test_the_message_names_the_code_once_it_is_there_whatever_the_branch_is_by_now():
    messages, noes = step(code("made"), {"orders": 0})

    event = messages["step:offer:event"]
    assert isinstance(event, SendEvent)
    assert (event.properties["discount_code"], event.properties["discount_worth"]) == ("BACK-1", "10%")
    assert event.properties["discount_ends_at"] == NOW.isoformat()
    assert (list(messages), noes) == (["step:offer:event"], [])


def test_while_it_is_being_made_nothing_else_is_said():
    messages, noes = step(code("waiting"))

    assert (messages["step:offer:code"].code, noes) == ("BACK-1", ["code_pending"])


@pytest.mark.parametrize(
    ("coupons", "params", "reason"),
    [
        (code("lost"), {}, "code_not_made"),
        (Coupons(suffix=SUFFIX, may_issue=False), {}, "code_not_made"),
        (Coupons(suffix=SUFFIX, today=100), {}, "codes_enough_for_day"),
        (KNOWN, {"most_codes_per_day": 0}, "codes_enough_for_day"),
        (KNOWN, {"offer_worth": "15 EUR"}, "no_worth_for_currency"),
        (
            Coupons(suffix=SUFFIX, month={"USD": Decimal("85.01")}),
            {"most_worth_per_month": {"USD": "100"}},
            "codes_enough_for_month",
        ),
    ],
)
@pytest.mark.parametrize("fixed", ["BACK", ""])
def test_where_none_can_be_made_the_step_goes_on_with_the_fixed_one_and_says_why(
    coupons, params, reason, fixed
):
    messages, noes = step(coupons, offer_code=fixed, **params)

    assert (list(messages), noes) == (["step:offer:event"], [reason])
    said = messages["step:offer:event"].properties
    assert (said["discount_code"], said["discount_worth"]) == (fixed, "")


@pytest.mark.parametrize(
    ("month", "most"),
    [({"USD": "85"}, {"USD": "100"}), ({"EUR": "500"}, {"USD": "100"}), ({"USD": "500"}, {})],
)
def test_the_cap_is_in_the_currency_of_the_cart_and_may_be_reached(month, most):
    known = Coupons(suffix=SUFFIX, month={name: Decimal(each) for name, each in month.items()})

    messages, _ = step(known, most_worth_per_month=most)

    assert list(messages) == ["step:offer:code"]


@pytest.mark.parametrize(
    ("orders", "params", "said"),
    [
        (0, {"welcome_worth": ""}, "HELLO"),
        (0, {"welcome_worth": "", "welcome_code": ""}, "made"),
        (3, {"offer_worth": ""}, "BACK"),
    ],
)
def test_a_fixed_code_keeps_its_place_where_no_worth_is_named(orders, params, said):
    messages, _ = step(about={"orders": orders}, **params)

    if said == "made":
        assert messages["step:offer:code"].worth == "10%"
    else:
        assert messages["step:offer:event"].properties["discount_code"] == said
