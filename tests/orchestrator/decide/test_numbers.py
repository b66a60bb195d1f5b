"""What rules see of a person: numbers that are right the moment an order or a refund is heard of."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.models import Store
from connectors.types import AnySnapshot, Money, Person, Transition
from orchestrator.decide import facts
from orchestrator.decide.world import World
from orchestrator.models import Attention, Customer, Order, RunLogEntry
from rules.facts import Change, CustomerFacts
from tests import scene
from tests.orchestrator.decide.shop import Origin, cart, hear, order, parcel, record, shop, usd
from tests.scene import at, ticket
from tests.stories import tried

pytestmark = pytest.mark.django_db


def seen(store: Store, about: AnySnapshot, vendor: str = "shopify") -> CustomerFacts:
    """The person as a rule sees them that hears of this object now."""
    world = World.load(store, [(vendor, about)], at(100))
    change = Change(
        transition=Transition.ORDER_PLACED, vendor=vendor, kind=about.kind, object_id=about.id, at=at(99)
    )
    customer = facts.gather(world, change).customer
    assert customer is not None
    return customer


def numbers(store: Store, about: AnySnapshot) -> tuple[Any, Any]:
    found = seen(store, about)
    return found.order_count, found.spent


def paid_in(currency: str, amount: int) -> AnySnapshot:
    return msgspec.structs.replace(order(1003), total=Money(Decimal(amount), currency))


def test_a_refund_counts_at_once():
    store = shop()
    hear(store, order(1001, total=50), order(1002, minutes=1, total=30), record(order_count=2, spent=usd(80)))
    before = numbers(store, order())

    hear(store, order(1001, minutes=5, total=20, refunded=usd(30)))

    assert before == (2, 80)
    assert numbers(store, order()) == (2, 50)


def test_tests_cancelled_and_deleted_orders_do_not_count():
    store = shop()
    hear(
        store,
        order(1001),
        order(1002, is_test=True),
        order(1003, cancelled_at=at(1)),
        order(1004, minutes=1, is_gone=True),
    )

    assert numbers(store, order()) == (1, 50)


def test_history_before_the_mirror_counts_by_the_vendors_totals():
    store = shop()
    hear(store, order(1001), record(minutes=1, order_count=9, spent=usd(900)))
    before = numbers(store, order())

    hear(store, order(1002, minutes=30, placed_at=at(30), total=40))
    added = numbers(store, order())
    hear(store, record(minutes=31, order_count=10, spent=usd(940)))

    assert (before, added) == ((9, 900), (10, 940))
    assert numbers(store, order()) == (10, 940)


def test_totals_that_moved_without_a_new_stamp_are_not_counted_twice():
    store = shop()
    hear(store, record(order_count=9, spent=usd(900)))
    hear(store, order(1002, minutes=30, placed_at=at(30), total=40))

    hear(store, record(order_count=10, spent=usd(940)), now=at(31), origin=Origin.REREAD)

    assert numbers(store, order(1002)) == (10, 940)


def test_spend_is_told_in_the_stores_currency_and_kept_in_all():
    store = shop()
    hear(store, order(1001), order(1002, total=7), paid_in("EUR", 20))

    found = seen(store, order())

    assert found.spent == 57
    assert found.spent_by_currency == {"USD": Decimal(57), "EUR": Decimal(20)}


def test_who_paid_in_other_currencies_only_has_an_unreadable_spend():
    store = shop()
    yen = paid_in("JPY", 2000)
    hear(store, yen)

    assert numbers(store, yen) == (1, None)


def test_without_a_storefront_nothing_is_known_rather_than_nothing_bought():
    store = shop(vendors=("gorgias", "klaviyo"))
    scene.hear(store, ticket())

    found = seen(store, ticket(), "gorgias")

    assert (found.order_count, found.spent, found.tags) == (None, None, None)


def test_a_ticket_knows_what_its_customer_bought_under_the_same_address():
    store = shop()
    hear(store, order(1001), record(tags=("vip",), country="US", email_consent="subscribed"))
    scene.hear(store, ticket())

    found = seen(store, ticket(), "gorgias")

    assert (found.order_count, found.spent, found.tags) == (1, Decimal(50), ("vip",))
    assert (found.country, found.email_consent, found.record_id) == ("US", "subscribed", "9001")


def test_a_rule_on_refunds_sees_the_numbers_without_what_was_just_given_back():
    store = shop()
    low = {"field": "customer.spent", "op": "lt", "value": 100}
    then = [{"action": "send_event", "with": {"metric": "No longer VIP"}}]
    params: dict[str, Any] = {"if": low}
    scene.live_rule(store, "custom", when="order.refunded", then=then, **params)
    hear(store, order(1001, total=90), order(1002, total=60))

    hear(store, order(1001, minutes=5, total=30, refunded=usd(60)))

    (condition,) = RunLogEntry.objects.get(code="decided_yes").details["seen"]["conditions"]
    assert Decimal(condition["seen"]) == 90


def test_an_order_without_a_person_is_kept_and_alarms_only_who_asks_for_one():
    store = shop()
    then = [{"action": "send_event", "with": {"metric": "Bought"}}]
    scene.live_rule(store, "custom", when="order.placed", then=then)

    hear(store, order(1001, customer=Person()))

    assert Order.objects.get().customer is None
    assert RunLogEntry.objects.get(code="decided_no").details["noes"][0]["reason"] == "no_email"
    assert not Attention.objects.exists()


def test_a_merge_moves_everything_to_one_person():
    store = shop()
    ben = Person(id="9002", emails=("ben@shop.test",))
    hear(store, order(1001), cart(), parcel(), record())
    hear(store, order(1002, customer=ben), record(9002, person=ben))

    merged = record(9001, minutes=5, is_gone=True, merged_into="9002", person=Person(id="9001"))
    hear(store, merged)

    person = Customer.objects.get()
    assert person.orders.count() == 2
    assert (person.carts.count(), person.returns.count(), person.customerrecords.count()) == (1, 1, 2)
    assert numbers(store, order(1002, customer=ben)) == (2, 100)


def test_the_same_phone_makes_nobody_the_same():
    store = shop()
    for number in (1, 2):
        person = Person(id=str(number), emails=(f"{number}@shop.test",), phone="+15550100")
        hear(store, order(number, customer=person))

    assert Customer.objects.count() == 2


TOLD = (
    order(1001, total=90),
    order(1001, minutes=5, total=30, refunded=usd(60)),
    order(1002, minutes=2, total=60),
    order(1003, minutes=3, total=10),
    order(1003, minutes=4, total=10, cancelled_at=at(4)),
    record(minutes=6, order_count=3, spent=usd(90)),
)


@settings(max_examples=tried(15, 40, 200))
@given(data=st.data())
def test_any_order_of_orders_and_refunds_ends_in_the_same_numbers(data: Any):
    shuffled = data.draw(st.permutations([*TOLD, *data.draw(st.lists(st.sampled_from(TOLD), max_size=5))]))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3).map(sorted))
    with transaction.atomic():
        store = shop()
        for start, end in pairwise([0, *cuts, len(shuffled)]):
            hear(store, *shuffled[start:end], now=at(7))
        found = numbers(store, order())
        transaction.set_rollback(True)

    assert found == (2, 90)


def queries(store: Store, count: int) -> int:
    """How many it takes to hear an order each of so many people."""
    people = [Person(id=f"{store.pk}-{each}", emails=(f"p{each}@shop.test",)) for each in range(count)]
    with CaptureQueriesContext(connection) as made:
        hear(store, *(order(each, customer=person) for each, person in enumerate(people)))
    return len(made)


def test_a_batch_of_many_people_costs_as_much_as_one_of_few():
    asks = {"field": "customer.spent", "op": "gt", "value": 1000}
    few, many = shop(), shop("harbor-pine")
    params: dict[str, Any] = {"if": asks}
    for store in (few, many):
        scene.live_rule(store, "custom", when="order.placed", **params)

    made = queries(few, 2), queries(many, 200)

    assert RunLogEntry.objects.filter(code="decided_no").count() == 202
    assert made[1] - made[0] <= 20  # rows are written some hundred at a time
