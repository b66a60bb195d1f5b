"""A discount code is there before the message that names it, is made once, and counts in the caps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.models import Store
from connectors.types import Person
from orchestrator.models import Enrolment, IssuedCode, OutboxAction, RunLogEntry
from tests.orchestrator.decide.shop import cart, hear, order
from tests.orchestrator.decide.test_steps import DAY, furnished, pass_time
from tests.scene import at

pytestmark = pytest.mark.django_db
State = OutboxAction.State
OFFER = 3 * DAY
ONLY = {"email_after_hours": 0, "text_after_hours": 0, "offer_worth": "10%", "offer_code": "FIXED"}


def offering(**params: Any) -> Store:
    store = furnished(**{**ONLY, **params})
    hear(store, cart(total=150))
    pass_time(store, 60, OFFER)
    return store


def other(name: str) -> Person:
    return Person(emails=(f"{name}@shop.test",))


def codes() -> list[OutboxAction]:
    return list(OutboxAction.objects.filter(action="create_discount").order_by("pk"))


def named() -> list[str]:
    rows = OutboxAction.objects.filter(action="send_event").order_by("pk")
    return [json.loads(row.arguments)["properties"]["discount_code"] for row in rows]


def becomes(state: State) -> None:
    OutboxAction.objects.filter(action="create_discount").update(state=state, settled_at=at(OFFER))


def test_the_code_comes_first_and_the_message_when_it_is_there():
    store = offering()
    pass_time(store, OFFER + 1, OFFER + 2)
    [code] = codes()
    assert (named(), Enrolment.objects.get().state) == ([], "waiting")

    becomes(State.DONE)
    pass_time(store, OFFER + 3)

    assert named() == [json.loads(code.arguments)["code"]]
    assert (Enrolment.objects.get().state, len(codes())) == ("done", 1)
    told = RunLogEntry.objects.filter(code="decided_yes").order_by("pk")
    assert [each.details["effect"] for each in told if "code" in each.details["effect"]] == [
        f"Make the discount code {named()[0]} (10%)"
    ]


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED])
def test_a_code_that_could_not_be_made_leaves_the_fixed_one_and_says_so(state):
    store = offering()

    becomes(state)
    pass_time(store, OFFER + 1)

    assert named() == ["FIXED"]
    entry = RunLogEntry.objects.filter(code="decided_no").latest("pk")
    assert [each["reason"] for each in entry.details["noes"]] == ["code_not_made"]


def test_who_buys_while_the_code_is_being_made_hears_nothing():
    store = offering()
    hear(store, order(minutes=OFFER + 1, placed_at=at(OFFER + 1)))

    becomes(State.DONE)
    pass_time(store, OFFER + 2)

    assert (named(), Enrolment.objects.get().ended_because) == ([], "bought_meanwhile")


def test_the_cap_counts_within_a_batch_and_frees_itself_after_a_day():
    store = furnished(**ONLY, most_codes_per_day=1)
    hear(store, cart(total=150))
    hear(store, cart(2, total=150, customer=other("ben")))
    pass_time(store, 60, OFFER)

    assert (len(codes()), named()) == (1, ["FIXED"])
    hear(store, cart(3, minutes=DAY, total=150, customer=other("cy")))
    pass_time(store, DAY + 60, OFFER + DAY)
    assert len(codes()) == 2


def test_the_cap_in_money_is_reckoned_on_the_carts():
    store = furnished(**ONLY, most_worth_per_month={"USD": "20"})
    hear(store, cart(total=150), cart(2, total=150, customer=other("ben")))
    pass_time(store, 60, OFFER)

    assert (len(codes()), named()) == (1, ["FIXED"])
    assert IssuedCode.objects.get().cost == 15


def test_without_worths_no_code_is_made():
    store = furnished(**{**ONLY, "offer_worth": ""})
    hear(store, cart(total=150))

    pass_time(store, 60, OFFER)

    assert (codes(), named()) == ([], ["FIXED"])
