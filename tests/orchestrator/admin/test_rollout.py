"""Setting a client up: what is so ticks the steps, and nothing else does."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connectors.automations import Automation
from connectors.models import Connection, Store
from orchestrator.decide import doubles
from orchestrator.models import Existing, Inventory, RunLogEntry, WeeklyReview
from orchestrator.record import rollout
from rules import publish
from rules.models import Rule
from tests.orchestrator.admin import examples
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # a Thursday


def url(store: Store) -> str:
    return reverse("admin:rollout", args=[store.pk])


def step(store: Store, number: int) -> rollout.Step:
    return rollout.steps(store, NOW)[number - 1]


def live(store: Store, recipe: str, **params: Any) -> Rule:
    row = Rule.objects.create(store=store, name=recipe, recipe=recipe, params=params)
    publish.set_mode(row, "live", now=NOW)
    return row


def existing(store: Store, number: int = 1, **fields: Any) -> Existing:
    known = {"vendor": "klaviyo", "kind": "flow", "object_id": str(number), "name": f"Flow {number}"}
    return Existing.objects.create(store=store, **{**known, **fields})


@pytest.mark.django_db
def test_a_new_client_has_nothing_ticked() -> None:
    assert [each.is_done for each in rollout.steps(examples.store(), NOW)] == [False] * 10


@pytest.mark.django_db
def test_a_connection_counts_while_it_is_healthy() -> None:
    store = examples.store()
    row = examples.healthy(store, "gorgias")

    assert step(store, 5).is_done
    Connection.objects.filter(pk=row.pk).update(health="attention", finding="The key is not accepted.")
    assert (step(store, 5).is_done, step(store, 5).told) == (False, "The key is not accepted.")


@pytest.mark.django_db
def test_a_hold_is_proven_by_what_the_vendor_confirmed_and_undone_by_taking_the_rule_back() -> None:
    store = examples.store()
    rule = live(store, "ticket_hold")

    assert "not seen to work yet" in step(store, 6).told
    row = examples.suppression(rule, "ana@shop.test")
    assert not step(store, 6).is_done
    examples.entry(store, "hold_applied", trace=row.trace, vendor="klaviyo")
    assert step(store, 6).is_done
    publish.set_mode(rule, "draft", now=NOW)
    assert (step(store, 6).is_done, step(store, 6).told) == (False, "No such rule is live.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("recipe", "number", "params", "is_done"),
    [
        ("cart_recovery", 8, {}, True),
        ("cart_recovery", 8, {"text_after_hours": 0}, False),
        ("vip", 9, {"priority": "high"}, True),
        ("vip", 9, {"priority": "", "team": ""}, False),
    ],
)
def test_a_rule_counts_with_what_it_takes(
    recipe: str, number: int, params: dict[str, Any], is_done: bool
) -> None:
    store = examples.store()
    live(store, recipe, **params)

    assert step(store, number).is_done is is_done


@pytest.mark.django_db
def test_four_weeks_in_a_row_are_needed_and_this_one_may_still_come() -> None:
    store = examples.store()
    last = rollout.week_of(store, NOW)
    for weeks in (1, 2, 4, 5):
        WeeklyReview.objects.create(store=store, week=last - timedelta(weeks=weeks), signed_at=NOW)

    assert step(store, 10).told.startswith("2 of 4")
    WeeklyReview.objects.create(store=store, week=last - timedelta(weeks=3), signed_at=NOW)
    assert step(store, 10).is_done


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "monday"), [("Pacific/Kiritimati", "2026-11-23"), ("Pacific/Niue", "2026-11-16")]
)
def test_a_week_is_the_clients_own(zone: str, monday: str) -> None:
    store = examples.store(timezone=zone)
    sunday_evening = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)

    assert str(rollout.week_of(store, sunday_evening)) == monday


@pytest.mark.parametrize(
    ("automation", "recipe"),
    [
        (
            Automation(kind="flow", id="1", name="Cart", trigger="Started Checkout", channels=("email",)),
            "cart_recovery",
        ),
        (Automation(kind="flow", id="2", name="Cart, silent", trigger="Started Checkout"), ""),
        (
            Automation(kind="flow", id="3", name="Thanks", trigger="Placed Order", channels=("email",)),
            "post_purchase",
        ),
        (Automation(kind="flow", id="4", name="Low", trigger="low-inventory"), "reorder_alert"),
        (Automation(kind="flow", id="5", name="Welcome", trigger="Added to list", channels=("email",)), ""),
        (Automation(kind="rule", id="6", name="Big", reads=("orders_count",), does=("setpriority",)), "vip"),
        (
            Automation(kind="rule", id="7", name="Back", reads=("return",), does=("replytoticket",)),
            "return_hold",
        ),
        (Automation(kind="rule", id="8", name="Spam", reads=("spam",), does=("close",)), ""),
    ],
)
def test_what_does_the_same_is_recognised(automation: Automation, recipe: str) -> None:
    assert doubles.double_of(automation) == recipe


def test_a_double_is_decided_by_a_person(ours: World, maya: User, enter: Enter) -> None:
    row = existing(ours.store, double_of="cart_recovery")
    Inventory.objects.create(store=ours.store, read_at=NOW)
    client = enter(maya)
    assert not step(ours.store, 2).is_done

    answer = client.post(url(ours.store), {"decide": row.pk, "decision": "ours"}, follow=True)

    row.refresh_from_db()
    assert "“Flow 1”: ours takes over: switched off there." in html.unescape(answer.content.decode())
    assert (row.decision, row.decided_by) == ("ours", "maya")
    assert step(ours.store, 2).is_done
    assert RunLogEntry.objects.filter(code="rollout_changed", store=ours.store).count() == 1


def test_a_week_is_signed_off_once(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    for _ in range(2):
        answer = client.post(url(ours.store), {"sign": "1", "note": "All well."}, follow=True)

    assert "That week is signed off already." in answer.content.decode()
    (row,) = WeeklyReview.objects.filter(store=ours.store)
    assert (row.note, row.signed_by) == ("All well.", maya)


def test_a_remark_that_is_too_long_is_told_beside_its_field_and_stays(
    ours: World, maya: User, enter: Enter
) -> None:
    page = enter(maya).post(url(ours.store), {"sign": "1", "note": "x" * 301}).content.decode()

    assert "at most 300 characters" in page
    assert "x" * 301 in page
    assert not WeeklyReview.objects.exists()


def test_a_tool_that_cannot_be_read_changes_nothing(ours: World, maya: User, enter: Enter) -> None:
    row = existing(ours.store, double_of="vip")
    Connection.objects.filter(store=ours.store).delete()

    answer = enter(maya).post(url(ours.store), {"read": "1"}, follow=True)

    assert "Nothing was changed: Live flows cannot be seen" in html.unescape(answer.content.decode())
    assert Existing.objects.filter(pk=row.pk).exists()
    assert not Inventory.objects.exists()


def test_a_foreign_client_is_not_found_and_a_reader_changes_nothing(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    foreign = existing(theirs.store)
    reader = User.objects.create_user("rea", password=examples.PASSWORD, is_staff=True)
    reader.user_permissions.set(examples.permissions("view_store"))
    ours.store.staff.add(reader)

    assert enter(maya).get(url(theirs.store)).status_code == 404
    assert enter(maya).post(url(ours.store), {"decide": foreign.pk, "decision": "ours"}).status_code == 404
    assert enter(reader).get(url(ours.store)).status_code == 200
    assert enter(reader).post(url(ours.store), {"sign": "1"}).status_code == 403


def test_the_page_costs_the_same_with_many_rows(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    with CaptureQueriesContext(database) as few:
        client.get(url(ours.store))
    for number in range(30):
        existing(ours.store, number, double_of="vip")
        examples.suppression(ours.rule, f"{number}@shop.test", number)
        WeeklyReview.objects.create(
            store=ours.store, week=NOW.date() - timedelta(weeks=number), signed_by=maya, signed_at=NOW
        )

    with CaptureQueriesContext(database) as many:
        client.get(url(ours.store))

    assert len(many) == len(few) <= 26
