"""Follow-ups of orders: what is recommended follows from the tables, in a constant number of queries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors.models import Store
from connectors.types import LineItem, OrderSnapshot, Person, ProductSnapshot, Transition
from orchestrator.decide import due, rehearsing, steps
from orchestrator.models import Enrolment, InboxEvent, OutboxAction, RunLogEntry, bulk
from rules import publish
from tests import scene
from tests.orchestrator.decide.shop import hear, is_fresh, order, parcel, product, record, shop, usd
from tests.scene import at

pytestmark = pytest.mark.django_db

HOUR, DAY = 60, 24 * 60
ALWAYS = {"quiet_from": "", "quiet_to": ""}
DUE = 20 * HOUR
BEN = Person(id="9002", name="Ben", emails=("ben@shop.test",))


def shoe(number: int, minutes: float = -60, stock: int | None = 10, **fields: Any) -> ProductSnapshot:
    values = {"title": f"Shoe {number}", "url": f"https://shop.test/{number}", "category": "Shoes", **fields}
    return product(number, minutes, stock, **values)


def bought(number: int, *products: int, minutes: float = 0, units: int = 1, **fields: Any) -> OrderSnapshot:
    items = tuple(LineItem(product_id=str(each), title=str(each), quantity=units) for each in products)
    values = {"items": items, "is_paid": True, "placed_at": at(minutes), **fields}
    return order(number, minutes, **values)


def furnished(slug: str = "north-ridge", shoes: int = 6, **params: Any) -> Store:
    """Of the shoes 1, 2, 3 … each sold less than the one before; they were Ben's."""
    store = shop(slug)
    scene.live_rule(store, "post_purchase", **{**ALWAYS, **params})
    hear(store, *(shoe(each) for each in range(1, shoes + 1)))
    past = (bought(each, each, minutes=-DAY, units=20 - each, customer=BEN) for each in range(1, shoes + 1))
    hear(store, *past, now=at(-30))
    return store


def pass_time(store: Store, *minutes: float) -> None:
    for each in minutes:
        is_fresh(store, each)
        steps.advance(store, at(each))


def told() -> dict[str, list[str]]:
    """By order, what was recommended."""
    rows = [json.loads(row.arguments)["properties"] for row in OutboxAction.objects.order_by("pk")]
    return {each["order_number"]: [one["product_id"] for one in each["recommendations"]] for each in rows}


def endings() -> list[str]:
    return list(Enrolment.objects.order_by("pk").values_list("ended_because", flat=True))


def test_the_best_sellers_of_the_category_are_recommended_when_the_hours_are_over():
    store = furnished()
    hear(store, bought(100, 4), bought(100, 4))

    pass_time(store, DUE - 1)
    before = told()
    pass_time(store, DUE, DUE + 5)

    assert (before, told()) == ({}, {"#100": ["1", "2", "3"]})
    assert Enrolment.objects.get().state == "done"


def test_what_the_customer_owns_under_any_address_is_left_out_even_if_they_sent_it_back():
    store = furnished()
    other = Person(emails=("anna@home.test",))
    hear(store, bought(90, 1, minutes=-300, customer=other))
    back = (LineItem(product_id="3", quantity=0),)
    hear(store, bought(91, 3, minutes=-300), bought(91, minutes=-200, items=back, refunded=usd(9)))
    both = Person(id="9001", name="Ana", emails=("ana@shop.test", "anna@home.test"))
    hear(store, record(minutes=-100, person=both))

    hear(store, bought(100, 4))
    pass_time(store, DUE)

    assert told() == {"#100": ["2", "5", "6"]}


def test_what_is_sold_out_held_hidden_or_of_another_category_is_left_out():
    store = furnished(recommendations=6)
    scene.live_rule(store, "stock_hold", threshold=2)
    hear(
        store,
        shoe(1, 10, stock=0),
        shoe(2, 10, stock=2),
        shoe(3, 10, status="draft"),
        shoe(5, 10, category="Tents"),
        shoe(6, 10, stock=None),
    )

    hear(store, bought(100, 4, minutes=20))
    pass_time(store, DUE + 20)

    assert told() == {"#100": ["6"]}


def test_sales_before_the_window_do_not_count():
    store = furnished(window_days=2)
    hear(store, bought(50, 6, minutes=DAY, customer=BEN))

    hear(store, bought(100, 4, minutes=2 * DAY))
    pass_time(store, 2 * DAY + DUE)

    assert told()["#100"] == ["6"]


def test_a_type_stands_for_a_category_and_without_either_it_ends():
    store = furnished(min_days=0)
    hear(
        store,
        *(shoe(each, 1, category="", product_type="Boots") for each in (1, 2)),
        shoe(7, 1, category=""),
    )
    hear(store, bought(100, 1, minutes=2), bought(101, 7, minutes=2))

    pass_time(store, DUE + 2)

    assert told() == {"#100": ["2"]}
    assert endings() == ["", "no_category"]


@pytest.mark.parametrize(
    ("news", "reason"),
    [
        (lambda: bought(100, 4, minutes=30, cancelled_at=at(30)), "order_cancelled"),
        (lambda: bought(100, 4, minutes=30, refunded=usd(5)), "order_refunded"),
        (lambda: bought(100, 4, minutes=30, is_gone=True), "order_gone"),
        (lambda: parcel(minutes=30, order_id="100"), "return_under_way"),
        (lambda: record(minutes=30, email_consent="unsubscribed"), "consent_withdrawn"),
    ],
)
def test_what_speaks_against_it_meanwhile_ends_it_and_is_named(news, reason):
    store = furnished()
    hear(store, bought(100, 4))
    hear(store, news())

    pass_time(store, DUE)

    assert (told(), endings()) == ({}, [reason])
    assert RunLogEntry.objects.get(code="sequence_ended").details["reason"] == reason


def test_an_open_ticket_ends_it():
    store = furnished()
    hear(store, bought(100, 4))
    scene.hear(store, scene.ticket(minutes=30), now=at(30))

    pass_time(store, DUE)

    assert endings() == ["ticket_open"]


def test_what_is_sold_out_between_deciding_and_sending_makes_room_for_the_next():
    store = furnished()
    hear(store, bought(100, 4))
    pass_time(store, DUE)

    hear(store, shoe(2, DUE + 1, stock=0))
    is_fresh(store, DUE + 5)
    due.dispatch(scene.connection(store, "klaviyo"), at(DUE + 5))

    assert told() == {"#100": ["1", "3", "5"]}


def test_one_person_is_followed_up_once_in_so_many_days_whatever_else_they_order():
    store = furnished(min_days=3)
    hear(store, bought(100, 4))
    hear(store, bought(101, 5, minutes=10))
    pass_time(store, DUE)
    OutboxAction.objects.update(state="done", settled_at=at(DUE))

    hear(store, bought(102, 6, minutes=DAY))
    hear(store, bought(103, 6, minutes=2 * DAY, customer=BEN))
    hear(store, bought(104, 6, minutes=4 * DAY))
    pass_time(store, 4 * DAY + DUE)

    noes = RunLogEntry.objects.filter(code="decided_no").order_by("pk")
    assert [row.details["noes"][0]["reason"] for row in noes if "ana" in row.subject] == [
        "another_running",
        "followed_up_lately",
    ]
    assert {"#100", "#104"} <= set(told())
    assert not {"#101", "#102"} & set(told())


def test_tried_out_on_a_recorded_order_it_recommends_the_same_as_live():
    store = furnished()
    hear(store, bought(100, 4))
    event = InboxEvent.objects.get(object_id="100")
    rule = publish.compiled_for([store.pk])[store.pk].rules[0]

    found = rehearsing.recorded(store, rule, event, bought(100, 4), Transition.ORDER_PAID)
    pass_time(store, DUE)

    assert found.effects[-1].arguments == json.loads(OutboxAction.objects.get().arguments)


def test_of_two_that_are_about_to_leave_for_what_turns_out_to_be_one_person_the_earlier_goes():
    store = furnished()
    hear(store, bought(100, 4), bought(101, 5, customer=Person(emails=("anna@home.test",))))
    pass_time(store, DUE)
    both = Person(id="9001", name="Ana", emails=("ana@shop.test", "anna@home.test"))
    hear(store, record(minutes=DUE, person=both))

    is_fresh(store, DUE + 5)
    due.dispatch(scene.connection(store, "klaviyo"), at(DUE + 5))

    found = dict(OutboxAction.objects.values_list("reference", "state"))
    assert found == {"shopify:order:100": "waiting", "shopify:order:101": "skipped"}


def test_an_order_that_is_of_no_listed_category_does_not_begin():
    store = furnished(messages={"Tents": "pitch"}, other_message="")

    hear(store, bought(100, 4))

    assert not Enrolment.objects.exists()
    line = RunLogEntry.objects.filter(code="decided_no").latest("pk")
    assert line.details["noes"][0]["reason"] == "category_not_listed"


def queries(store: Store, people: int) -> int:
    """One batch of so many customers' follow-ups."""
    who = [Person(id=str(5000 + each), emails=(f"p{each}@shop.test",)) for each in range(people)]
    hear(store, *(bought(1000 + place, 1 + place % 6, customer=each) for place, each in enumerate(who)))
    is_fresh(store, DUE)
    with CaptureQueriesContext(connection) as made:
        steps.advance(store, at(DUE))
    assert OutboxAction.objects.filter(store=store).count() == people
    return len(made)


def test_many_follow_ups_cost_as_many_queries_as_few():
    few, many = furnished(), furnished("harbor-pine")

    assert queries(few, bulk.CROWD) == queries(many, 2 * bulk.CROWD)
