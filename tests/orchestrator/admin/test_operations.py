"""The operations page: how the work goes, in words, and no figure that tells of others' clients."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.models import Connection
from orchestrator import vitals
from orchestrator.models import Enrolment, OutboxAction, Process, Stop
from rules.models import Rule
from tests.orchestrator.admin import asked, examples, pages, under_way
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]
PAGE = "admin:operations"


def process(part: str, seconds: float, **fields: Any) -> Process:
    then = timezone.now() - timedelta(seconds=seconds)
    told = {"host": "shire", "pid": 4711, "started_at": then, "beat_at": then, **fields}
    return Process.objects.create(part=part, **told)


@pytest.fixture
def look(ours: World, enter: Enter) -> Callable[[], str]:
    return lambda: enter(ours.root).get(reverse(PAGE)).content.decode()


def test_what_waits_is_told_with_its_reason(ours: World, look: Callable[[], str]) -> None:
    for number in range(3):
        examples.action(ours.klaviyo, 50 + number, state="waiting")

    page = look()

    assert "3 effects due" in page
    assert "for a person: The key is not accepted" in page


@pytest.mark.parametrize("scope", ["store", "everything"])
def test_work_that_a_stop_keeps_back_says_so(scope: str, ours: World, look: Callable[[], str]) -> None:
    Stop.objects.all().delete()
    examples.action(ours.gorgias, 60, state="waiting")
    examples.stop(ours.store if scope == "store" else None)

    assert "for the stop to be lifted" in look()


@pytest.fixture
def idle(ours: World, theirs: World) -> None:
    """Nobody is under way, and nothing is stopped."""
    Enrolment.objects.all().delete()
    Stop.objects.all().delete()


def due(rule: Rule, number: int, minutes: float, **fields: Any) -> Enrolment:
    then = timezone.now() - timedelta(minutes=minutes)
    given = {"planned_for": then, "due_at": then, "key": f"due:{number}", **fields}
    return under_way.enrolment(rule, "ana@shop.test", then, number, **given)


def test_steps_that_are_due_are_counted_with_the_oldest_and_lead_to_who_they_are_of(
    ours: World, idle: None, look: Callable[[], str]
) -> None:
    due(ours.rule, 9101, 7)
    due(ours.rule, 9102, 90)

    page = look()

    assert "2 steps due" in page
    assert "the oldest 1 h ago" in page
    assert "for their turn" in page
    assert pages.changelist(Enrolment) + f"?rule={ours.rule.pk}" in page


@pytest.mark.parametrize(
    ("kept_back", "told"),
    [
        ("stop", "for the stop to be lifted"),
        ("pause", "for the rule to go on"),
        ("unreadable", "for what they depend on; looked at again at "),
    ],
)
def test_steps_that_something_keeps_back_say_what(
    kept_back: str, told: str, ours: World, idle: None, look: Callable[[], str]
) -> None:
    row = due(ours.rule, 9101, 7)
    if kept_back == "stop":
        examples.stop(ours.store, ours.rule)
    elif kept_back == "pause":
        Rule.objects.filter(pk=ours.rule.pk).update(mode=Rule.Mode.PAUSED)
    else:
        Enrolment.objects.filter(pk=row.pk).update(due_at=timezone.now() + timedelta(minutes=5))

    page = look()

    assert told in page
    assert "for their turn" not in page


def test_a_step_that_waits_for_a_yes_is_not_due(ours: World, idle: None, enter: Enter) -> None:
    approval = asked.approval(ours.rule, timezone.now())
    due(ours.rule, 9101, 7, approval=approval)

    board = enter(ours.root).get(reverse(PAGE)).context["board"]

    assert {each.label: each.value for each in board.queues}["Steps of sequences"] == "0"
    assert board.steps == []


def test_switched_off_connection_with_work_says_so(ours: World, look: Callable[[], str]) -> None:
    examples.action(ours.gorgias, 60, state="waiting")
    Connection.objects.filter(pk=ours.gorgias.pk).update(is_enabled=False)

    assert "for somebody to switch the connection on" in look()


def test_processes_are_alive_then_gone_then_forgotten(ours: World, look: Callable[[], str]) -> None:
    process("worker", 5, pid=1)
    process("web", 90, pid=2, wake_failures=7)
    process("beat", 3600, pid=3)

    page = look()

    assert "shire, process 1" in page
    assert page.count("Alive") == 1
    assert page.count("Gone") == 1
    assert "shire, process 3" not in page


def test_signs_of_life_and_the_disk_are_shown(look: Callable[[], str], settings: Any) -> None:
    settings.WAKE, settings.DISK_FREE_LIMIT = True, 10**18
    vitals.beat(vitals.WORKER, timezone.now() - timedelta(seconds=500))

    page = look()

    assert "overdue" in page
    assert "the disk is nearly full: make room" in page


def test_staff_see_their_clients_only_and_nothing_of_the_whole(
    ours: World, theirs: World, idle: None, maya: User, enter: Enter
) -> None:
    process("worker", 5)
    OutboxAction.objects.all().delete()
    for number in range(5):
        examples.action(theirs.gorgias, 70 + number, state="waiting")
    due(theirs.rule, 9101, 7)

    board = enter(maya).get(reverse(PAGE))

    assert "zebra" not in board.content.decode().lower()
    figures = {each.label: each.value for each in board.context["board"].queues}
    assert figures["Effects to send"] == figures["Steps of sequences"] == "0"
    assert board.context["board"].system == board.context["board"].runners == []
    assert "Stop everything" not in board.content.decode()


def test_page_needs_the_permission_to_see_connections(ours: World, enter: Enter) -> None:
    newcomer = User.objects.create_user("newcomer", password=examples.PASSWORD, is_staff=True)

    assert enter(newcomer).get(reverse(PAGE)).status_code == 403
    assert Client().get(reverse(PAGE)).status_code == 302
