"""The newest order gives a property; each change is told once on every open ticket."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.core.exceptions import ValidationError

from connectors.types import LineItem, Transition
from rules import engine, params
from rules.actions.internal_note import InternalNote
from rules.actions.set_property import SetProperty
from rules.decision import Answer, Decision, Message, No, State
from rules.facts import Facts, Shelved
from rules.purchases import Story
from rules.recipes import order_status
from tests.rules.examples import CUSTOMER, ORDER, change, facts, rule, ticket

TICKETS = (ticket(), ticket(id="556"))


def known(transition: Transition, status: str = "fulfilled", **fields: Any) -> Facts:
    happened = {"vendor": "shopify", "kind": "order", "object_id": "9", **fields.pop("change", {})}
    given = {
        "customer": msgspec.structs.replace(CUSTOMER, story=Story(status=status)),
        "order": msgspec.structs.replace(ORDER, number="#9", refunded=Decimal("30.5")),
        "open_tickets": TICKETS,
        "ticket": None,
        **fields,
    }
    return facts(change=change(transition, **happened), **given)


def decide(about: Facts, **values: Any) -> list[Answer]:
    return list(order_status.decide(about, params.clean(rule("order_status").recipe, values)))


def messages(answers: list[Answer]) -> dict[str, Any]:
    effects = [each.effect for each in answers if isinstance(each, Decision)]
    return {each.key: each.action for each in effects if isinstance(each, Message)}


@pytest.mark.parametrize(
    ("transition", "before", "text"),
    [
        (Transition.ORDER_FULFILLED, {}, "Order #9 was fulfilled."),
        (Transition.ORDER_DELAYED, {}, "Order #9 is delayed."),
        (Transition.ORDER_CANCELLED, {}, "Order #9 was cancelled."),
        (Transition.ORDER_REFUNDED, {"refunded": "0"}, "Order #9 was refunded: 30.50 USD."),
        (Transition.ORDER_REFUNDED, {"refunded": "10"}, "Order #9 was refunded: 20.50 USD."),
    ],
)
def test_every_open_ticket_gets_a_note_and_a_tag(transition, before, text):
    found = messages(decide(known(transition, change={"before": before})))

    assert list(found) == ["note:555", "tag:555", "note:556", "tag:556"]
    assert found["note:556"] == InternalNote(ticket_id="556", text=text)
    assert found["tag:556"].tag == f"order-{order_status.CHANGES[transition]}"


@pytest.mark.parametrize(
    ("status", "value", "takes_back"),
    [("delayed", "delayed", False), ("partly_refunded", "partly refunded", False), ("", None, True)],
)
def test_the_property_says_what_became_of_the_newest_order(status, value, takes_back):
    (answer,) = decide(known(Transition.CUSTOMER_CHANGED, status))

    assert isinstance(answer, Decision)
    assert isinstance(answer.effect, State)
    assert isinstance(answer.effect.action, SetProperty)
    assert (answer.effect.action.value, answer.effect.takes_back) == (value, takes_back)


@pytest.mark.parametrize(
    ("fields", "values", "reasons"),
    [
        ({"open_tickets": ()}, {}, ["no_open_ticket"]),
        ({}, {"changes": ["refunded"]}, ["change_not_listed"]),
        ({"open_tickets": TICKETS[:1]}, {"note": False, "tag_prefix": ""}, ["no_action"]),
        ({"order": None}, {}, ["order_unknown"]),
        ({"customer": CUSTOMER}, {}, ["no_storefront"]),
    ],
)
def test_what_is_not_told_has_a_reason(fields, values, reasons):
    answers = decide(known(Transition.ORDER_FULFILLED, **fields), **values)

    assert [each.reason for each in answers if isinstance(each, No)] == reasons


def test_history_sets_the_property_and_leaves_no_notes():
    imported = known(Transition.ORDER_FULFILLED, change={"is_import": True})

    (verdict,) = engine.decide([rule("order_status")], imported)

    assert [type(each.effect) for each in verdict.decisions] == [State]
    assert {no.reason for no in verdict.noes} == {"from_import"}


def test_a_note_is_no_longer_wanted_on_a_ticket_that_was_closed():
    about = known(Transition.ORDER_FULFILLED, open_tickets=TICKETS[:1])

    answers = [engine.still_wanted(rule("order_status"), about, f"note:{each}") for each in (555, 556)]

    assert isinstance(answers[0], Decision)
    assert answers[1] == No(reason="no_longer_wanted")


def test_without_a_property_records_concern_it_not():
    assert rule("order_status", {"marketing_property": ""}).hears == {
        *order_status.CHANGES,
        Transition.ORDER_PLACED,
    }


def test_an_unknown_change_is_refused_with_a_sentence():
    with pytest.raises(ValidationError, match="“lost” is none of these: fulfilled, delayed"):
        params.clean(rule("order_status").recipe, {"changes": ["Refunded", "lost"]})


def test_it_reads_as_one_sentence():
    plain, silent = rule("order_status"), rule("order_status", {"marketing_property": "", "changes": []})

    assert plain.recipe.sentence(plain.params) == (
        "When an order is fulfilled, delayed, cancelled or refunded, write that into the marketing property "
        "“Order status”. When it is fulfilled, delayed, cancelled or refunded, leave an internal note on the "
        "customer's open tickets and tag them “order-…”. When it is for more than there is in stock, leave a "
        "note on those tickets, too."
    )
    assert silent.recipe.sentence(silent.params) == "This rule does nothing yet."


def placed(left: int | None, **fields: Any) -> Facts:
    """An order of two shirts, of which so many are left."""
    shirts = Shelved(item=LineItem(product_id="7", title="Shirt", quantity=2), left=left)
    return known(Transition.ORDER_PLACED, **{"shelf": (shirts,), "open_tickets": TICKETS[:1], **fields})


@pytest.mark.parametrize(("left", "missing"), [(-3, 3), (0, 2), (1, 1)])
def test_an_order_that_the_stock_may_not_cover_is_told_of_after_the_stock_has_settled(left, missing):
    answers = decide(placed(left))

    assert list(messages(answers)) == ["note:555"]
    assert f"{missing} more of “Shirt” sold than there is" in messages(answers)["note:555"].text
    waits = {
        (each.effect.after, each.effect.recheck)
        for each in answers
        if isinstance(each, Decision) and isinstance(each.effect, Message)
    }
    assert waits == {(order_status.SETTLED, True)}


@pytest.mark.parametrize(("left", "is_told"), [(-1, True), (0, False), (1, False), (None, False)])
def test_when_it_is_due_only_a_stock_below_zero_speaks_for_it(left, is_told):
    answer = engine.still_wanted(rule("order_status"), placed(left), "note:555")

    assert isinstance(answer, Decision) == is_told
    assert is_told or (isinstance(answer, No) and answer.reason == "stock_covers_order")


@pytest.mark.parametrize(
    ("left", "fields", "reason"),
    [
        (5, {}, "stock_covers_order"),
        (None, {}, "stock_covers_order"),
        (-1, {"open_tickets": ()}, "no_open_ticket"),
        (-1, {"order": msgspec.structs.replace(ORDER, is_cancelled=True)}, "stock_covers_order"),
    ],
)
def test_an_order_that_is_covered_or_over_is_not_told_of(left, fields, reason):
    (answer,) = decide(placed(left, **fields))

    assert isinstance(answer, No)
    assert answer.reason == reason
