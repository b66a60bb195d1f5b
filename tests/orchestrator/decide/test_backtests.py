"""A rule on the days that were: who, which way, what would have met; cancelled, died, compared."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.models import Store
from orchestrator.decide import backtests
from orchestrator.models import Backtest, BacktestLine, InboxEvent, OutboxAction
from rules import publish
from rules.models import Rule
from tests import scene
from tests.orchestrator.decide import shop
from tests.scene import at

pytestmark = pytest.mark.django_db
DAY = 24 * 60
NOW = at(5 * DAY)


def carts(store: Store, **params: Any) -> Rule:
    return Rule.objects.create(store=store, name="carts", recipe="cart_recovery", params=params)


def asked(rule: Rule, other: dict[str, Any] | None = None, days: int = 30) -> Backtest:
    """Played to its end, unless something speaks against it."""
    form = ("its form as saved", publish.check(rule.recipe, rule.params))
    against = ("another", publish.check(rule.recipe, other)) if other is not None else None
    row = backtests.ask(rule, days, form, against, by="maya", now=NOW)
    return run(row)


def run(row: Backtest) -> Backtest:
    backtests.play(Backtest.objects.select_related("store").get(pk=row.pk), NOW)
    row.refresh_from_db()
    return row


def lines(row: Backtest, part: str) -> list[tuple[str, str]]:
    rows = BacktestLine.objects.filter(backtest=row, part=part).order_by("pk")
    return list(rows.values_list("reference", "told"))


def a_left_cart(store: Store, number: int = 1, minutes: float = 0, total: int = 300) -> None:
    shop.hear(store, shop.cart(number, minutes, total=total), now=at(minutes + 0.5))


def test_it_says_who_would_have_got_what_and_when() -> None:
    store = shop.shop()
    shop.hear(store, shop.record(sms_consent="subscribed"), now=at(0))
    a_left_cart(store)

    row = asked(carts(store))

    assert (row.state, row.known_since) == ("done", at(0))
    (figures,) = row.result["figures"]
    assert (figures["messages"], figures["customers"], figures["begun"]) == (3, 1, 1)
    assert figures["per_day"] == {"2026-11-01": 1, "2026-11-02": 1, "2026-11-04": 1}
    assert {told for told, _ in figures["ways"]} == {
        f"Send a marketing event: {step}, personal, first time" for step in ("email", "text", "offer")
    }
    assert row.result["lines"] == {"who": 3}
    assert not OutboxAction.objects.exists()


def test_days_before_the_window_are_known_and_not_counted() -> None:
    store = shop.shop()
    a_left_cart(store)

    row = asked(carts(store), days=1)  # its last step was two days before

    assert row.result["figures"][0]["messages"] == 0
    assert row.result["lines"] == {}


def test_it_meets_the_other_live_rules() -> None:
    store = shop.shop()
    scene.live_rule(store, "ticket_hold")
    then = [{"action": "send_event", "with": {"metric": "Cart left", "properties": {}}}]
    scene.live_rule(store, "custom", when="cart.abandoned", then=then)
    a_left_cart(store)
    scene.hear(store, scene.ticket(minutes=30), now=at(31))
    rule = carts(store)
    Rule.objects.filter(pk=rule.pk).update(
        recipe="custom", params={"when": "cart.abandoned", "then": [then[0] | {"with": {"metric": "Ours"}}]}
    )
    rule.refresh_from_db()

    row = asked(rule)

    assert sorted(lines(row, "collision")) == [
        ("shopify:cart:1", "“custom live” writes to them on the same day"),
        ("shopify:cart:1", "“ticket_hold live” holds them just then"),
    ]


def test_two_forms_are_compared_person_by_person() -> None:
    store = shop.shop()
    for number, total in ((1, 300), (2, 150)):
        person = shop.ANA.__class__(id=str(number), emails=(f"p{number}@shop.test",))
        shop.hear(store, shop.cart(number, total=total, customer=person), now=at(number))
    before = {"personal_above": {"USD": "200"}}
    rule = carts(store, **before)

    row = asked(rule, {"personal_above": {"USD": "100"}, "generic_below": {"USD": "50"}})

    touched = {reference for reference, _ in lines(row, "differs")}
    assert touched == {"shopify:cart:2"}
    assert "value" in lines(row, "differs")[0][1]
    assert lines(row, "only_first") == lines(row, "only_second") == []


def test_cancelled_halfway_it_ends_and_says_so() -> None:
    store = shop.shop()
    for number in range(3):
        a_left_cart(store, number, number)
    rule = carts(store)
    waiting = backtests.ask(rule, 7, ("a", {}), None, by="maya", now=NOW)
    begun = backtests.ask(rule, 90, ("a", {}), None, by="maya", now=NOW)
    Backtest.objects.filter(pk=begun.pk).update(state="running")

    assert backtests.cancel(waiting, NOW)
    assert backtests.cancel(begun, NOW)

    waiting.refresh_from_db()
    assert (waiting.state, run(begun).state) == ("cancelled", "cancelled")
    assert not backtests.cancel(begun, NOW)
    assert not BacktestLine.objects.exists()


def test_the_worker_of_one_dies_and_another_takes_over_until_it_is_no_use() -> None:
    store = shop.shop()
    a_left_cart(store)
    rule = carts(store)
    row = backtests.ask(rule, 30, ("a", {}), None, by="maya", now=NOW)
    dead = {"state": "running", "lease_token": "gone", "lease_until": at(-1_000_000), "heard": 7}
    Backtest.objects.filter(pk=row.pk).update(**dead, attempts=1)

    assert backtests.due(NOW) == [row.pk]
    assert run(row).state == "done"

    again = backtests.ask(rule, 30, ("a", {}), None, by="maya", now=NOW)
    Backtest.objects.filter(pk=again.pk).update(**dead, attempts=2)
    assert run(again).state == "failed"
    assert "fewer days" in again.told


def test_one_is_played_at_a_time_and_the_same_is_not_asked_for_twice() -> None:
    store = shop.shop()
    rule = carts(store)
    first = backtests.ask(rule, 30, ("a", {}), None, by="maya", now=NOW)
    second = backtests.ask(rule, 7, ("a", {}), None, by="maya", now=NOW)

    assert backtests.ask(rule, 30, ("a", {}), None, by="maya", now=NOW) == first
    assert backtests.due(NOW) == [first.pk]
    Backtest.objects.filter(pk=first.pk).update(lease_until=at(10_000_000), state="running")
    assert backtests.due(NOW) == []
    assert run(second).result["figures"][0]["messages"] == 0  # nothing was ever heard
    assert backtests.due(NOW + backtests.KEPT) == []
    assert not Backtest.objects.exists()


def test_an_event_that_no_rule_can_read_does_not_end_it() -> None:
    store = shop.shop()
    a_left_cart(store)
    InboxEvent.objects.update(body=b"{")

    assert asked(carts(store)).state == "done"
