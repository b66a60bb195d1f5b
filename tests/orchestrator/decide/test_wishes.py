"""How things shall be is sent when it changes, whatever is heard again, and also from history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connectors.types import AnySnapshot, OrderSnapshot
from orchestrator.decide import due
from orchestrator.models import Attention, OutboxAction, RunLogEntry
from orchestrator.record import retention
from orchestrator.record.retention import Budget, Kept
from rules.models import Rule
from tests import scene
from tests.orchestrator.decide.shop import Origin, hear, order, record, shop, usd
from tests.scene import at
from tests.stories import tried

OLD, NEW = order(1, placed_at=at(-9000)), order(2, 1)


def wished() -> dict[str, Any]:
    """Property → the newest wish."""
    rows = OutboxAction.objects.filter(is_state=True).order_by("planned_for", "id")
    values = [msgspec.json.decode(row.arguments) for row in rows.filter(action="set_property")]
    return {each["name"]: each["value"] for each in values}


@pytest.mark.django_db
def test_a_state_is_wished_once_and_the_log_says_why_not_again():
    store = shop()
    scene.live_rule(store, "first_purchase")

    hear(store, OLD, now=at(1))
    hear(store, NEW, record(minutes=2, order_count=2), now=at(3))

    assert OutboxAction.objects.count() == 2
    assert wished()["First purchase cohort"] == "2026-10"
    (line, _) = RunLogEntry.objects.filter(code="decided_no").order_by("pk")
    (said,) = line.details["noes"]
    assert (said["reason"], said["seen"]["effects"]) == ("set_already", ["date", "cohort"])
    assert RunLogEntry.objects.filter(code="decided_yes").count() == 2


@pytest.mark.django_db
def test_an_older_order_that_is_heard_late_corrects_it():
    store = shop()
    scene.live_rule(store, "first_purchase")

    hear(store, NEW, now=at(1))
    before = wished()
    hear(store, OLD, now=at(2))

    assert before["First purchase date"] == "2026-11-01"
    assert wished()["First purchase date"] == "2026-10-26"


@pytest.mark.django_db
def test_what_is_wished_back_is_another_effect():
    """There and back again and there: the same change may be asked about by every new version."""
    store = shop()
    scene.live_rule(store, "first_purchase")

    hear(store, order(1), now=at(1))
    hear(store, order(1, 5, cancelled_at=at(5)), now=at(6))
    hear(store, order(2, 7), now=at(8))

    assert OutboxAction.objects.count() == 6
    assert wished()["First purchase date"] == "2026-11-01"


@pytest.mark.django_db
def test_what_we_never_set_is_not_taken_back():
    store = shop()
    scene.live_rule(store, "first_purchase")

    hear(store, order(1, cancelled_at=at(0)), now=at(1))

    assert not OutboxAction.objects.exists()
    lines = RunLogEntry.objects.filter(code="decided_no")
    assert {each["reason"] for line in lines for each in line.details["noes"]} == {"never_set"}


@pytest.mark.django_db
def test_history_and_going_live_write_states():
    store = shop()
    scene.live_rule(store, "first_purchase")

    hear(store, OLD, now=at(1), origin=Origin.IMPORT)

    assert wished()["First purchase date"] == "2026-10-26"


@pytest.mark.django_db
def test_a_state_that_waited_for_days_is_sent_all_the_same_unless_the_rule_is_paused():
    store = shop()
    rule = scene.live_rule(store, "first_purchase")
    hear(store, OLD, now=at(1))
    later = at(1) + timedelta(days=3)
    OutboxAction.objects.update(state="claimed")

    claimed = list(OutboxAction.objects.select_related("rule", "connection"))
    assert due._too_late(claimed, later) == set()
    assert not any(due._has_aged(each, later) for each in claimed)

    Rule.objects.filter(pk=rule.pk).update(mode="paused")
    paused = list(OutboxAction.objects.select_related("rule", "connection"))
    assert len(due._out_of_service(paused, later)) == 2


@pytest.mark.django_db
def test_without_the_tool_staff_are_told_but_not_for_what_would_be_taken_back():
    store = shop(vendors=("shopify", "gorgias"))
    scene.live_rule(store, "first_purchase")

    hear(store, order(1, cancelled_at=at(0)), now=at(1))
    quiet = Attention.objects.filter(code="no_connection").count()
    hear(store, order(2, 1), now=at(2))

    assert quiet == 0
    assert Attention.objects.filter(code="no_connection").count() == 1


@pytest.mark.django_db
def test_what_was_set_is_remembered_longer_than_the_run_log():
    """Otherwise nobody would know what to take back."""
    store = shop()
    scene.live_rule(store, "first_purchase")
    hear(store, order(1), now=at(1))
    OutboxAction.objects.update(state="done", settled_at=at(1))
    years = at(1) + timedelta(days=900)

    retention.purge(Kept.of(store), years, Budget(60))
    kept = OutboxAction.objects.count()
    OutboxAction.objects.update(setting="")  # as if they had to be forgotten
    retention.purge(Kept.of(store), years + timedelta(days=1), Budget(60))

    assert kept == 2
    assert not OutboxAction.objects.exists()


class Shuffled(TestCase):
    """P3 for states: the newest wish does not depend on the order in which things were heard."""

    @given(st.permutations([0, 0, 1, 1, 2, 3]))
    @settings(max_examples=tried(6, 20, 100))
    def test_any_order_of_the_same_news_ends_in_the_same_wishes(self, dice: list[int]) -> None:
        store = shop()
        scene.live_rule(store, "first_purchase")
        news: list[OrderSnapshot] = [
            order(1, placed_at=at(-9000)),
            order(1, 5, placed_at=at(-9000), cancelled_at=at(5)),
            order(2, 2, placed_at=at(-2000)),
            order(3, 3),
        ]

        for minute, each in enumerate(dice):
            hear(store, news[each], now=at(10 + minute))

        assert wished()["First purchase date"] == "2026-10-30"

    @given(st.permutations([0, 1, 1, 2, 3, 3, 4]))
    @settings(max_examples=tried(6, 20, 100))
    def test_so_it_is_with_every_recipe_also_between_the_lines_of_a_vip(self, dice: list[int]) -> None:
        store = shop()
        regions = {"regions": {"DE": "Europe", "US": "States"}}
        for recipe, params in (("vip", {"orders": 0}), ("region_routing", regions)):
            scene.live_rule(store, recipe, **params)
        scene.live_rule(store, "first_purchase")
        scene.live_rule(store, "order_status")
        done: dict[str, Any] = {"is_fulfilled": True, "fulfillment_status": "fulfilled"}
        back: dict[str, Any] = {"refunded": usd(60), "total": 240}
        news: list[AnySnapshot] = [
            order(1, total=300, country="US"),
            order(1, 9, country="US", **back, **done),
            order(2, 2, total=250, placed_at=at(2), country="DE"),
            order(2, 5, total=250, placed_at=at(2), country="DE", **done),
            record(minutes=3, country="US"),
        ]

        for minute, each in enumerate(dice):
            hear(store, news[each], now=at(10 + minute))

        assert wished() == {
            "First purchase date": "2026-11-01",
            "First purchase cohort": "2026-11",
            "VIP": True,
            "Region": "Europe",
            "Order status": "fulfilled",
        }
