"""Codes that a rule by staff gives away are capped in number and in money, and a cap is told."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.models import Store
from connectors.types import OrderSnapshot, Person
from orchestrator.models import Attention, IssuedCode, OutboxAction, RunLogEntry
from tests import scene
from tests.orchestrator.decide.shop import hear, order, record, shop
from tests.scene import at

pytestmark = pytest.mark.django_db
DAY = 24 * 60


def code(worth: str = "10%", **fields: Any) -> dict[str, Any]:
    return {"action": "create_discount", "with": {"code": "THANKS-{order.id}", "worth": worth}, **fields}


def thanking(*then: dict[str, Any], **params: Any) -> Store:
    """A code for each order of people whom the storefront knows."""
    store = shop()
    scene.live_rule(store, "custom", when="order.placed", then=list(then or [code()]), **params)
    for number in range(9001, 9006):
        hear(store, record(number, person=buyer(number)))
    return store


def buyer(number: int) -> Person:
    return Person(id=str(number), emails=(f"buyer{number}@shop.test",))


def bought(number: int, minutes: float = 1, total: int = 50) -> OrderSnapshot:
    return order(number, minutes, total, customer=buyer(8000 + number), placed_at=at(minutes))


def made() -> list[str]:
    rows = OutboxAction.objects.filter(action="create_discount").order_by("pk")
    return [row.reference.rpartition(":")[2] for row in rows]


def noes() -> list[str]:
    rows = RunLogEntry.objects.filter(code="decided_no").order_by("pk")
    return [no["reason"] for row in rows for no in row.details["noes"]]


def alarms() -> int:
    return Attention.objects.open().filter(code="codes_capped").count()


def test_no_more_than_the_cap_within_a_batch_and_again_after_a_day():
    store = thanking(most_codes_per_day=2)
    hear(store, *(bought(number) for number in (1001, 1002, 1003)))

    assert (made(), noes(), alarms()) == (["1001", "1002"], ["codes_enough_for_day"], 1)
    assert RunLogEntry.objects.filter(code="decided_yes").count() == 2

    hear(store, bought(1004, minutes=DAY + 2))
    assert (made()[-1], alarms()) == ("1004", 0)


def test_the_cap_in_money_is_reckoned_on_the_orders():
    store = thanking(most_worth_per_month={"USD": "12"})

    hear(store, bought(1001, total=100), bought(1002, total=30), bought(1003, total=10))

    assert (made(), noes()) == (["1001", "1003"], ["codes_enough_for_month"])
    assert [row.cost for row in IssuedCode.objects.order_by("pk")] == [10, 1]


def test_each_code_of_a_rule_counts_also_one_that_waits():
    thanks, later = code(), code(after="P1D")
    store = thanking(thanks, later, most_codes_per_day=1)

    hear(store, bought(1001))

    assert made() == ["1001"]
    assert noes() == ["codes_enough_for_day"]
    assert not RunLogEntry.objects.filter(code="action_planned").exists()


def test_the_same_change_told_again_counts_once():
    store = thanking(most_codes_per_day=2)
    hear(store, bought(1001))
    hear(store, bought(1001, total=60))

    hear(store, bought(1002, minutes=2))

    assert (made(), noes()) == (["1001", "1002"], [])


def test_a_rule_that_names_no_cap_gives_a_hundred_a_day():
    store = thanking()
    rule_id = store.rules.get().pk
    given = {"store": store, "rule_id": rule_id, "issued_at": at(0), "ends_at": at(9)}
    IssuedCode.objects.bulk_create(
        IssuedCode(key=f"k{n}", action_key=f"k{n}", code="C", worth="10%", **given) for n in range(99)
    )

    hear(store, bought(1001), bought(1002))

    assert (made(), noes()) == (["1001"], ["codes_enough_for_day"])
