"""What is asked of a storefront, and what is left out because it is so already."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from django.core.exceptions import ValidationError

from connectors.errors import NotFound
from connectors.types import CustomerSnapshot, Money, OrderSnapshot
from rules import params
from rules.actions.base import Done, Missing, Needless
from rules.actions.tag_customer import TagCustomer
from rules.actions.tag_order import TagOrder
from rules.actions.untag_customer import UntagCustomer
from rules.actions.untag_order import UntagOrder
from rules.facts import CustomerFacts
from tests.rules.actions.platforms import Counter
from tests.rules.examples import ANA, NOW, ORDER, facts


def known(tags: tuple[str, ...] | None) -> CustomerFacts:
    return CustomerFacts(email=ANA, record_id="7001", tags=tags)


@pytest.mark.parametrize(
    ("action", "call"),
    [
        (TagCustomer(customer_id="7001", tag="vip"), ("add", "customer", "7001", "vip")),
        (UntagCustomer(customer_id="7001", tag="vip"), ("remove", "customer", "7001", "vip")),
        (TagOrder(order_id="9", tag="rush"), ("add", "order", "9", "rush")),
        (UntagOrder(order_id="9", tag="rush"), ("remove", "order", "9", "rush")),
    ],
)
def test_one_call_says_what_the_action_says(action, call):
    counter = Counter()

    assert type(action).perform_many(counter, [(action, "key-1")]) == [Done()]
    assert counter.calls == [call]


def test_who_is_gone_or_merged_away_needs_no_tag():
    class Gone(Counter):
        def add_tags(self, kind, id_, tags):
            raise NotFound("Nobody is there.", code="not_found")

    action = TagCustomer(customer_id="7001", tag="vip")

    assert TagCustomer.perform_many(Gone(), [(action, "key-1")]) == [Needless("object_gone")]


@pytest.mark.parametrize(
    ("kind", "tags", "found"),
    [
        (TagCustomer, ("VIP",), Missing("tagged_already")),
        (TagCustomer, ("b2b",), TagCustomer(customer_id="7001", tag="vip")),
        (TagCustomer, None, TagCustomer(customer_id="7001", tag="vip")),
        (UntagCustomer, ("VIP",), UntagCustomer(customer_id="7001", tag="vip")),
        (UntagCustomer, (), Missing("not_tagged")),
        (UntagCustomer, None, UntagCustomer(customer_id="7001", tag="vip")),
    ],
)
def test_what_is_so_already_is_left_out(kind, tags, found):
    assert kind.build({"tag": "vip"}, facts(customer=known(tags)), NOW) == found


@pytest.mark.parametrize(
    ("kind", "tags", "found"),
    [
        (TagOrder, (), TagOrder(order_id="9", tag="Rush")),
        (TagOrder, ("rush",), Missing("tagged_already")),
        (UntagOrder, ("rush",), UntagOrder(order_id="9", tag="Rush")),
        (UntagOrder, (), Missing("not_tagged")),
    ],
)
def test_an_order_is_tagged_where_it_is_not(kind, tags, found):
    order = msgspec.structs.replace(ORDER, tags=tags)

    assert kind.build({"tag": "Rush"}, facts(order=order), NOW) == found
    assert kind.build({"tag": "Rush"}, facts(), NOW) == Missing("no_order")


@pytest.mark.parametrize("customer", [None, CustomerFacts(email=ANA)])
def test_who_has_no_record_there_cannot_be_tagged(customer):
    assert TagCustomer.build({"tag": "vip"}, facts(customer=customer), NOW) == Missing("no_record")


def test_a_tag_holds_no_comma():
    with pytest.raises(ValidationError, match="A tag cannot hold a comma"):
        params.checked(TagCustomer.Arguments, {"tag": "vip, gold"})


def record(*tags: str) -> CustomerSnapshot:
    return CustomerSnapshot(id="7001", source_at=NOW, tags=tags)


@pytest.mark.parametrize(
    ("kind", "before", "told", "expected"),
    [
        (TagCustomer, (), ("vip",), ("vip",)),
        (TagCustomer, ("b2b",), ("VIP", "b2b"), ("VIP", "b2b")),
        (TagCustomer, ("b2b",), ("b2b",), ("b2b", "vip")),
        (UntagCustomer, ("VIP", "b2b"), ("b2b",), ("b2b",)),
        (UntagCustomer, ("b2b",), ("b2b",), ("b2b",)),
    ],
)
def test_what_it_leaves_behind_is_known_in_the_storefronts_spelling(kind, before, told, expected):
    action = kind(customer_id="7001", tag="vip")

    assert action.target == ("customer", "7001")
    assert action.imprint(record(*before), record(*told)) == record(*expected)


def test_a_tagged_order_that_comes_back_is_no_news():
    def told(*tags: str) -> OrderSnapshot:
        return OrderSnapshot(id="9", source_at=NOW, total=Money(Decimal(1), "USD"), tags=tags)

    assert TagOrder(order_id="9", tag="rush").imprint(told("b2b"), told("b2b", "rush")) == told("b2b", "rush")
    assert UntagOrder(order_id="9", tag="rush").imprint(told("b2b", "Rush"), told("b2b")) == told("b2b")
