"""Who is followed up on an order, with which message, and with what: category × stock × owned × exits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.types import LineItem, ReturnSnapshot, Transition
from rules import engine, params, sequences
from rules.actions.send_event import SendEvent
from rules.decision import Decision, Enrol, Message, No
from rules.facts import Facts, OrderFacts
from rules.recipes import post_purchase
from rules.recommending import Purchased, Seller
from tests.rules.examples import ANA, CUSTOMER, NOW, change, facts, rule, ticket

ORDER = OrderFacts(id="1", total=Decimal("180"), currency="USD", number="#1001")
BOOTS = Purchased(
    item=LineItem(product_id="7", title="Boots", quantity=1), category="Shoes", price=Decimal(180)
)
TENT = Purchased(
    item=LineItem(product_id="8", title="Tent", quantity=2), category="Tents", price=Decimal(100)
)
RETURN = ReturnSnapshot(id="3", source_at=NOW, status="requested")


def seller(number: int = 11, **fields: Any) -> Seller:
    values = {"title": f"Shoe {number}", "category": "Shoes", "left": 4, "price": Decimal("49.50"), **fields}
    return Seller(product_id=str(number), url=f"https://shop.test/{number}", **values)


def paid(**fields: Any) -> Facts:
    """Ana's order of boots was paid; the shop sells other shoes well."""
    order = msgspec.structs.replace(ORDER, **fields.pop("order", {}))
    customer = msgspec.structs.replace(CUSTOMER, **fields.pop("customer", {}))
    values = {
        "change": change(Transition.ORDER_PAID, vendor="shopify", kind="order", object_id="1"),
        "currency": "USD",
        "order": order,
        "customer": customer,
        "ticket": None,
        "basket": (BOOTS,),
        "best_sellers": {30: (seller(11), seller(12), seller(13), seller(14))},
        **fields,
    }
    return facts(**values)


def known(**values: Any) -> Any:
    return rule("post_purchase", values)


def turned(about: Facts, **values: Any) -> Any:
    one = known(**values)
    (step,) = sequences.steps(one)
    return sequences.turn(one, about, step)


def sent(about: Facts, **values: Any) -> dict[str, Any]:
    """The properties of the event."""
    found = turned(about, **values)
    assert not isinstance(found, No), found
    (decision,) = found.decisions
    assert isinstance(decision.effect, Message)
    assert isinstance(decision.effect.action, SendEvent)
    assert decision.effect.action.metric == "Post purchase: follow-up"
    return decision.effect.action.properties


def offered(about: Facts, **values: Any) -> list[str]:
    return [each["product_id"] for each in sent(about, **values)["recommendations"]]


def test_the_event_tells_all_that_a_message_shows():
    assert sent(paid(), recommendations=1) == {
        "message": "general",
        "category": "Shoes",
        "history": "repeat",
        "order_number": "#1001",
        "total": "180",
        "currency": "USD",
        "items": [{"title": "Boots", "quantity": 1, "category": "Shoes"}],
        "recommendations": [
            {
                "product_id": "11",
                "title": "Shoe 11",
                "url": "https://shop.test/11",
                "price": "49.50",
                "currency": "USD",
                "left": 4,
            }
        ],
    }


EXITS = [
    ({}, "", False),
    ({"order": {"is_cancelled": True}}, "order_cancelled", False),
    ({"order": {"is_gone": True}}, "order_gone", False),
    ({"order": {"refunded": Decimal("0.01")}}, "order_refunded", False),
    ({"open_returns": (RETURN,)}, "return_under_way", False),
    ({"open_tickets": (ticket(),)}, "ticket_open", False),
    ({"customer": {"email_consent": "unsubscribed"}}, "consent_withdrawn", False),
    ({"customer": {"email_consent": "subscribed"}}, "", False),
    ({"customer": {"order_count": None}}, "no_storefront", True),
    ({"heard_at": {1: NOW - timedelta(days=13)}}, "followed_up_lately", False),
    ({"heard_at": {1: NOW - timedelta(days=15)}}, "", False),
    ({"heard_at": {2: NOW}}, "", False),  # another rule's
]


@pytest.mark.parametrize(("fields", "reason", "is_unreadable"), EXITS)
def test_what_speaks_against_it_is_named_before_it_begins_and_when_it_is_due(fields, reason, is_unreadable):
    about = paid(**fields)
    (answer,) = [*post_purchase.decide(engine.own(known(), about), known().params)]
    turn = turned(about)

    if not reason:
        assert isinstance(answer, Decision)
        assert answer.effect == Enrol(subject=ANA, is_alone=True)
        assert not isinstance(turn, No)
    for each in (answer, turn) if reason else ():
        assert isinstance(each, No)
        assert (each.reason, each.is_unreadable) == (reason, is_unreadable)


def test_an_order_or_customer_that_is_not_known_waits():
    for about in (
        msgspec.structs.replace(paid(), order=None),
        msgspec.structs.replace(paid(), customer=None),
    ):
        turn = turned(about)

        assert isinstance(turn, No)
        assert (turn.reason, turn.is_unreadable) == ("order_unknown", True)


def test_whom_it_is_for_and_how_often_is_a_setting():
    nobody = paid(customer={"email": None, "emails": ()})
    (answer,) = post_purchase.decide(nobody, known().params)
    assert isinstance(answer, No)
    assert answer.reason == "no_email"

    second, first = paid(customer={"order_count": 2}), paid(customer={"order_count": 1})
    assert turned(second, buyers="first").reason == "not_first_order"
    assert sent(first, buyers="first")["history"] == "first_time"
    (each,) = post_purchase.decide(second, known(min_days=0).params)
    assert isinstance(each, Decision)
    assert each.effect == Enrol(subject=ANA)  # each order its own


@pytest.mark.parametrize(
    ("basket", "values", "told"),
    [
        ((BOOTS,), {}, ("Shoes", "general")),
        ((BOOTS, TENT), {}, ("Tents", "general")),  # two of them are worth more
        ((BOOTS, TENT), {"messages": {"shoes": "care"}, "other_message": ""}, ("Shoes", "care")),
        ((BOOTS,), {"messages": {"Tents": "pitch"}, "other_message": ""}, "category_not_listed"),
        ((msgspec.structs.replace(BOOTS, category=""),), {}, "no_category"),
        ((), {}, "nothing_left_of_order"),
    ],
)
def test_the_category_worth_most_of_those_with_a_message_counts(basket, values, told):
    shelf = (seller(), seller(21, category="Tents"))
    about = paid(basket=basket, best_sellers={30: shelf})

    if isinstance(told, str):
        found = turned(about, **values)
        assert isinstance(found, No)
        assert found.reason == told
    else:
        said = sent(about, **values)
        assert (said["category"], said["message"]) == told


@pytest.mark.parametrize(
    ("item", "is_offered"),
    [
        ({}, True),
        ({"left": None}, True),  # not counted
        ({"left": 0}, False),
        ({"left": -2}, False),
        ({"is_held": True}, False),
        ({"is_on_sale": False}, False),
        ({"category": "Tents"}, False),
    ],
)
@pytest.mark.parametrize("owned", [frozenset(), frozenset({"12"})])
def test_what_is_offered_is_in_stock_on_sale_and_new_to_the_customer(item, is_offered, owned):
    about = paid(owned=owned, best_sellers={30: (seller(11, **item), seller(12), seller(7), seller(13))})

    expected = [*(["11"] if is_offered else []), *([] if owned else ["12"]), "13"]
    assert offered(about) == expected


def test_with_nothing_to_recommend_it_is_left_out_unless_it_is_wanted_all_the_same():
    nothing = paid(best_sellers={30: (seller(left=0),)})

    found = turned(nothing)
    assert not isinstance(found, No)
    assert [each.reason for each in found.noes] == ["nothing_to_recommend"]
    assert sent(nothing, send_without=True)["recommendations"] == []


@pytest.mark.parametrize(
    ("price", "currency", "told"),
    [
        ("49.5", "EUR", ("49.50", "EUR")),
        ("9", "EUR", ("9", "EUR")),
        (None, "EUR", ("", "")),
        ("49.50", "", ("", "")),
    ],
)
def test_a_price_is_told_with_the_shops_currency_or_not_at_all(price, currency, told):
    item = seller(price=Decimal(price) if price else None)
    about = paid(currency=currency, order={"currency": "JPY"}, best_sellers={30: (item,)})

    said = sent(about)

    (found,) = said["recommendations"]
    assert (found["price"], found["currency"]) == told
    assert said["currency"] == "JPY"


def test_a_store_chooses_the_change_and_the_hours():
    values = params.clean(known().recipe, {"trigger": "fulfilled", "after_hours": 0})

    assert post_purchase.hears(values) == {Transition.ORDER_FULFILLED}
    assert post_purchase.steps(values) == [sequences.Step("follow_up", timedelta())]
    assert post_purchase.steps(known().params)[0].delay <= timedelta(hours=24)
    assert "is fulfilled, follow up" in post_purchase.sentence(values)


sellers = st.builds(
    seller,
    st.integers(5, 20),
    category=st.sampled_from(["Shoes", "Tents"]),
    left=st.sampled_from([None, -1, 0, 1, 9]),
    is_held=st.booleans(),
    is_on_sale=st.booleans(),
)


@given(st.lists(sellers, unique_by=lambda each: each.product_id), st.frozensets(st.integers(5, 20).map(str)))
def test_nothing_owned_sold_out_held_unpublished_or_bought_is_ever_offered(shelf, owned):
    about = paid(owned=owned, best_sellers={30: tuple(shelf)})

    found = offered(about, send_without=True)

    by_id = {each.product_id: each for each in shelf}
    assert not (set(found) & ({"7"} | owned))
    assert all(by_id[each].is_there and by_id[each].category == "Shoes" for each in found)
    assert len(found) <= 3
