"""Whatever a storefront tells, in any order, doubled and in any batches: the mirror is what is newest."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connectors.types import AnySnapshot, Person
from orchestrator.decide import people
from orchestrator.intake import known
from orchestrator.models import Customer, CustomerKey
from orchestrator.models.mirror import MIRRORS, OF_CUSTOMERS
from tests.orchestrator.decide.shop import cart, hear, order, parcel, product, record, shop, usd
from tests.scene import at
from tests.stories import tried

KINDS: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "order": (
        order,
        [
            {},
            {"is_paid": True},
            {"refunded": usd(9), "total": 41},
            {"cancelled_at": at(3)},
            {"is_test": True},
        ],
    ),
    "cart": (cart, [{}, {"total": 90}, {"bought_at": at(5)}, {"is_gone": True}]),
    "product": (product, [{}, {"stock": 0}, {"stock": None}, {"title": "Other"}, {"is_gone": True}]),
    "return": (parcel, [{}, {"status": "approved"}, {"status": "closed"}, {"is_gone": True}]),
    "customer": (record, [{}, {"tags": ("vip",)}, {"order_count": 3, "spent": usd(90)}, {"is_gone": True}]),
}
EMAILS = ("ana@shop.test", "ben@shop.test", "cleo@shop.test")


def whose(draw: st.DrawFn, kind: str, number: int) -> dict[str, Any]:
    """An e-mail more or less, a known id or none: people turn out to be the same in any order."""
    if kind == "product":
        return {}
    emails = tuple(sorted(draw(st.sets(st.sampled_from(EMAILS), max_size=2))))
    person = Person(id=draw(st.sampled_from(["", "9001", "9002"])), emails=emails, phone="+1555")
    return {"person" if kind == "customer" else "customer": person}


@st.composite
def stories(draw: st.DrawFn) -> list[AnySnapshot]:
    """Some objects, each with a history of up to four states."""
    told: list[AnySnapshot] = []
    for kind, (make, states) in KINDS.items():
        for number in range(1, draw(st.integers(0, 2)) + 1):
            for minutes in range(draw(st.integers(1, 4))):
                fields = draw(st.sampled_from(states))
                told.append(make(number, minutes * 10 + number, **fields, **whose(draw, kind, number)))
    return told


def newest(told: list[AnySnapshot]) -> dict[tuple[str, str], AnySnapshot]:
    found: dict[tuple[str, str], AnySnapshot] = {}
    for each in sorted(told, key=lambda each: each.source_at):
        found[(each.kind, each.id)] = each
    return found


def mirrored(store: Any) -> dict[tuple[str, str], AnySnapshot]:
    rows = [row for table in MIRRORS.values() for row in table._default_manager.filter(store=store)]
    return {(row.kind, row.object_id): known.snapshot(row) for row in rows}


def joined(told: list[AnySnapshot]) -> set[frozenset[str]]:
    """Who is who, by the plainest way there is: sets that share a key become one."""
    groups: list[set[str]] = []
    for keys in (set(people.owners("shopify", each)) for each in told):
        touching = [group for group in groups if group & keys]
        groups = [group for group in groups if not group & keys]
        if keys:
            groups.append(keys.union(*touching))
    return {frozenset(group) for group in groups}


def known_people(store: Any) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for owner, value in CustomerKey.objects.filter(store=store).values_list("customer_id", "value"):
        found.setdefault(owner, set()).add(value)
    return {frozenset(keys) for keys in found.values()}


class Everything(TestCase):
    @settings(max_examples=tried(15, 40, 200), suppress_health_check=[HealthCheck.too_slow])
    @given(stories(), st.data())
    def test_the_mirror_keeps_the_newest_of_each(self, told: list[AnySnapshot], data: st.DataObject) -> None:
        store = shop()
        doubles = data.draw(st.lists(st.sampled_from(told), max_size=6)) if told else []
        shuffled = data.draw(st.permutations(told + doubles))
        cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3).map(sorted))

        for start, end in pairwise([0, *cuts, len(shuffled)]):
            hear(store, *shuffled[start:end], now=at(60))

        assert mirrored(store) == newest(told)

    @settings(max_examples=tried(15, 40, 200), suppress_health_check=[HealthCheck.too_slow])
    @given(stories(), st.data())
    def test_in_order_who_is_who_is_the_same_as_by_sets(
        self, told: list[AnySnapshot], data: st.DataObject
    ) -> None:
        """Stale stories do not join: what an object no longer says may be wrong. So each is told in turn."""
        store = shop()
        one_each = list(newest(told).values())

        for each in data.draw(st.permutations(one_each)):
            hear(store, each, now=at(60))

        assert known_people(store) == joined(one_each)
        for person in Customer.objects.filter(store=store):
            assert person.key == min(person.keys.values_list("value", flat=True))
        for table in OF_CUSTOMERS:
            for row in table._default_manager.filter(store=store).select_related("customer"):
                keys = people.owners("shopify", known.snapshot(row))
                owner = set(row.customer.keys.values_list("value", flat=True)) if row.customer else set()
                assert keys <= owner if keys else row.customer is None
