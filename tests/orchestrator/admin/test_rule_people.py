"""Who is under way when a rule changes finishes as they began, until a person says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.decide import lease, moving
from orchestrator.models import RunLogEntry
from rules.models import Rule
from tests.orchestrator.admin import examples, pages, ruled, under_way
from tests.orchestrator.admin.examples import NOW

Enter = Callable[[User], Client]
WHY = "The offer was wrong."


@pytest.fixture
def client(db: None, enter: Enter) -> Client:
    return enter(examples.administrator())


@pytest.fixture
def rule(db: None) -> Rule:
    """On its second version, with which the text message comes six hours later."""
    return ruled.carts(examples.store(), 24, 30)


def url(rule: Rule) -> str:
    return reverse("admin:rules_rule_people", args=[rule.pk])


def press(client: Client, rule: Rule, **fields: Any) -> str:
    return str(client.post(url(rule), fields, follow=True).content.decode())


def test_the_rules_page_says_so_only_while_somebody_is_behind(client: Client, rule: Rule) -> None:
    under_way.enrolment(rule, "ana@shop.test", NOW, 1, rule_version=2)
    before = client.get(pages.change(rule)).content.decode()

    under_way.enrolment(rule, "ben@shop.test", NOW, 2, rule_version=1)
    after = client.get(pages.change(rule)).content.decode()

    assert url(rule) not in before
    assert "1 person is under way on an older version" in after
    assert url(rule) in after


def test_each_choice_tells_how_many_it_concerns(client: Client, rule: Rule) -> None:
    for number, step in enumerate(["text", "text", "offer", "a step of old"], 1):
        under_way.enrolment(rule, f"{number}@shop.test", NOW, number, step=step)

    page = client.get(url(rule)).content.decode()

    assert "Leave them (4)" in page
    assert "Move them to version 2 (3)" in page
    assert "1 waits for a step that version 2 does not have" in page
    assert "Stop them (4)" in page


def test_who_is_moved_waits_for_the_same_step_at_the_new_time(client: Client, rule: Rule) -> None:
    mine = under_way.enrolment(rule, "ana@shop.test", NOW, 1)
    gone = under_way.enrolment(rule, "ben@shop.test", NOW, 2, step="a step of old")
    before = mine.planned_for

    page = press(client, rule, choice="move")

    mine.refresh_from_db()
    gone.refresh_from_db()
    assert (mine.rule_version, mine.step, gone.rule_version) == (2, "text", 1)
    assert mine.planned_for == mine.due_at == before + timedelta(hours=6)
    assert "Moved 1 person under way on the rule “Left carts” to version 2." in page
    line = RunLogEntry.objects.get(code="sequence_moved")
    assert (line.subject, line.rule_version) == ("ana@shop.test", 2)
    assert (line.details["before"], line.details["after"], line.details["by"]) == (1, 2, "root")
    assert "Nobody is concerned any more" in press(client, rule, choice="move")


def test_who_is_stopped_is_ended_with_the_reason_and_the_newest_go_on(client: Client, rule: Rule) -> None:
    old = under_way.enrolment(rule, "ana@shop.test", NOW, 1)
    new = under_way.enrolment(rule, "ben@shop.test", NOW, 2, rule_version=2)

    without = press(client, rule, choice="stop", because="")
    page = press(client, rule, choice="stop", because=WHY)

    old.refresh_from_db()
    new.refresh_from_db()
    assert "This field is required" in without
    assert (old.state, old.ended_because, new.state) == ("ended", "ended_by_hand", "waiting")
    assert "Stopped 1 person" in page
    assert RunLogEntry.objects.get(code="sequence_ended_by_hand").details["because"] == WHY


def test_while_the_client_is_being_decided_nobody_is_moved(client: Client, rule: Rule) -> None:
    row = under_way.enrolment(rule, "ana@shop.test", NOW, 1)

    with lease.held(rule.store_id):
        page = press(client, rule, choice="move")

    row.refresh_from_db()
    assert "Press again" in page
    assert row.rule_version == 1


def test_whoever_may_not_change_rules_decides_nothing(rule: Rule, enter: Enter) -> None:
    row = under_way.enrolment(rule, "ana@shop.test", NOW, 1)
    rita = examples.colleague("rita", rule.store)
    rita.groups.clear()
    rita.user_permissions.set(examples.permissions("view_rule"))
    stranger = examples.colleague("sam", examples.store("Zebra Goods"))

    answers = [enter(user).post(url(rule), {"choice": "move"}).status_code for user in (rita, stranger)]

    row.refresh_from_db()
    assert answers == [403, 404]
    assert row.rule_version == 1


def test_a_crowd_costs_the_queries_of_one(rule: Rule) -> None:
    def moved(first: int, count: int) -> int:
        for number in range(first, first + count):
            under_way.enrolment(rule, f"{number}@shop.test", NOW, number)
        with CaptureQueriesContext(database) as queries:
            assert moving.move(rule, by="root", now=NOW) == count
        return len(queries)

    assert moved(100, 1) == moved(200, 40)


@pytest.mark.django_db
@given(hours=st.tuples(st.integers(2, 70), st.integers(2, 70)), ago=st.integers(-72, 72))
def test_a_moved_step_keeps_its_distance_and_is_never_put_into_the_past(
    hours: tuple[int, int], ago: int
) -> None:
    with transaction.atomic():
        rule = ruled.carts(examples.store(), *hours)
        planned = NOW - timedelta(hours=ago)
        row = under_way.enrolment(rule, "ana@shop.test", NOW, 1, planned_for=planned, due_at=planned)

        moving.move(rule, by="root", now=NOW)
        row.refresh_from_db()
        transaction.set_rollback(True)

    wanted = planned + timedelta(hours=hours[1] - hours[0])
    assert row.planned_for == row.due_at == max(wanted, min(planned, NOW))
