"""Limits of a rule with steps: one comes later, or when a person says yes; the rest keeps its distance."""

from __future__ import annotations

import pytest

from connectors.models import Connection, Store
from connectors.types import Person
from orchestrator import work
from orchestrator.act import approvals
from orchestrator.decide import abandoned, steps
from orchestrator.models import Approval, Enrolment, OutboxAction, RunLogEntry
from rules.models import Rule
from tests import scene
from tests.orchestrator.decide.shop import cart, hear, is_fresh, product, shop
from tests.scene import at

pytestmark = pytest.mark.django_db

HOUR, DAY = 60, 24 * 60


def furnished(carts: int, **limits: int) -> Store:
    """So many customers left a cart at the same time."""
    store = shop()
    rule = scene.live_rule(store, "cart_recovery", quiet_from="", quiet_to="")
    Rule.objects.filter(pk=rule.pk).update(**limits)
    people = [Person(id=str(900 + each), emails=(f"c{each}@shop.test",)) for each in range(carts)]
    hear(store, product(stock=10), *(cart(each, customer=person) for each, person in enumerate(people, 1)))
    return store


def pass_time(store: Store, *minutes: float) -> None:
    """Nothing new happens at the vendors: what we know was read just now."""
    for each in minutes:
        is_fresh(store, each)
        account = Connection.objects.filter(store=store, vendor="klaviyo")
        account.update(resources={"cart_flows": [], "cart_flows_at": at(each).isoformat()})
        abandoned.tell(store, at(each))
        steps.advance(store, at(each))


def sent() -> list[float]:
    """The minute of each message."""
    rows = OutboxAction.objects.order_by("planned_for", "pk").values_list("planned_for", flat=True)
    return [(each - at(0)).total_seconds() / 60 for each in rows]


def answer(said: Approval.Answer, minutes: float) -> None:
    row = Approval.objects.open().select_related("rule", "store").get()
    approvals.answer(row, said, by="maya", now=at(minutes))
    work.decide_new(at(minutes))


def test_a_step_over_the_hourly_limit_comes_later_and_so_does_the_next():
    store = furnished(3, customers_per_hour=1)

    pass_time(store, HOUR, 2 * HOUR, 3 * HOUR)

    assert sent() == [HOUR, 2 * HOUR, 3 * HOUR]
    planned = Enrolment.objects.order_by("planned_for").values_list("planned_for", flat=True)
    assert list(planned) == [at(DAY), at(DAY + HOUR), at(DAY + 2 * HOUR)]
    assert RunLogEntry.objects.filter(code="step_deferred", details__reason="hourly_cap").count() == 2


def test_steps_above_the_limit_wait_for_a_yes_and_are_not_counted_twice():
    store = furnished(4, approve_above=1)
    pass_time(store, HOUR, HOUR + 5)
    before, asked = sent(), Approval.objects.get()

    answer(Approval.Answer.APPROVED, 2 * HOUR)
    pass_time(store, 2 * HOUR)

    assert before == [HOUR]
    assert (asked.customers, asked.actions) == (3, 3)
    assert sent() == [HOUR, *[2 * HOUR] * 3]
    assert Enrolment.objects.filter(state="waiting", approval=None).count() == 4
    assert not Approval.objects.open().exists()


def test_who_is_rejected_hears_no_step_any_more():
    store = furnished(3, approve_above=1)
    pass_time(store, HOUR)

    answer(Approval.Answer.REJECTED, 2 * HOUR)
    pass_time(store, 2 * HOUR)

    assert sent() == [HOUR]
    assert sorted(Enrolment.objects.values_list("state", "ended_because")) == [
        ("ended", "approval_rejected"),
        ("ended", "approval_rejected"),
        ("waiting", ""),
    ]
    assert RunLogEntry.objects.filter(code="sequence_ended").count() == 2
