"""Alarms are acknowledged, snoozed and brought back, by those who may, for their own clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from orchestrator.models import Attention, RunLogEntry
from tests.orchestrator.admin import examples, pages, people
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
CODE = "hold_lost"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def lost(world: World, count: int = 1) -> Attention:
    """So many holds that were taken away; answers with the last."""
    rows = [
        examples.attention(world.store, CODE, f"{world.store}: hold {number}", reference=f"hold:{number}")
        for number in range(count)
    ]
    return rows[-1]


def press(client: Client, verb: str, newest: int, on: str = "index") -> str:
    """A button of the list; answers with what the person is told."""
    sent = {"heed": f"{verb}:{CODE}:{newest}", "on": on}
    answer: Any = client.post(reverse("admin:needs_heed"), sent)
    assert answer["Location"] == reverse(f"admin:{on}")
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def waiting(client: Client) -> dict[str, int]:
    """What the front page calls attention to."""
    found = client.get(reverse("admin:index")).context["needs"].waiting
    return {cause.code: len(cause.items) for cause in found}


def test_all_of_a_cause_is_acknowledged_at_once_and_said_who_did_it(
    ours: World, maya: User, enter: Enter
) -> None:
    client, newest = enter(maya), lost(ours, 3).pk

    told = press(client, "acknowledge", newest)

    assert told == "You acknowledged 3 alarms: Holds that somebody took away."
    assert CODE not in waiting(client)
    page = client.get(reverse("admin:needs")).content.decode()
    assert "acknowledged by maya, " in page
    entry = RunLogEntry.objects.get(code="attention_heeded")
    assert (entry.kind, entry.store) == ("staff", ours.store)
    assert (
        entry.details["told"],
        entry.details["by"],
    ) == ("acknowledged 3 alarms: Holds that somebody took away", "maya")


def test_a_button_pressed_twice_does_it_once(ours: World, maya: User, enter: Enter) -> None:
    client, newest = enter(maya), lost(ours).pk
    press(client, "acknowledge", newest)
    before = Attention.objects.values().get(code=CODE)

    told = press(client, "hour", newest)

    assert told == "Nothing to do: somebody did it before, or the cause is gone."
    assert Attention.objects.values().get(code=CODE) == before
    assert RunLogEntry.objects.filter(code="attention_heeded").count() == 1


def test_what_came_after_the_page_was_loaded_waits_for_somebody(
    ours: World, maya: User, enter: Enter
) -> None:
    client, newest = enter(maya), lost(ours, 2).pk
    examples.attention(ours.store, CODE, "One more", reference="hold:99")

    press(client, "acknowledge", newest)

    assert waiting(client)[CODE] == 1


def test_a_snoozed_cause_says_until_when_and_comes_back(ours: World, maya: User, enter: Enter) -> None:
    client, newest = enter(maya), lost(ours).pk

    press(client, "tomorrow", newest, on="needs")

    page = client.get(reverse("admin:needs")).content.decode()
    assert "snoozed by maya until" in page
    assert "23 Nov 2026, 09:00" in page
    with time_machine.travel("2026-11-23T14:00+00:00", tick=False):
        assert waiting(client)[CODE] == 1


def test_what_somebody_heeded_can_be_brought_back(ours: World, maya: User, enter: Enter) -> None:
    client, newest = enter(maya), lost(ours, 2).pk
    press(client, "week", newest)

    told = press(client, "back", newest, on="needs")

    assert told == "You brought back 2 alarms: Holds that somebody took away."
    assert waiting(client)[CODE] == 2


def test_one_of_many_is_acknowledged_in_the_list(ours: World, maya: User, enter: Enter) -> None:
    client, row = enter(maya), lost(ours, 3)
    page = pages.changelist(Attention)

    client.post(page, {"action": "snooze_hour", "_selected_action": [row.pk]})

    listed = client.get(page).content.decode()
    aside = client.get(page + "?state=heeded&cause=" + CODE).content.decode()
    assert waiting(client)[CODE] == 2
    assert row.sentence not in listed
    assert row.sentence in aside
    assert "snoozed by maya until" in aside


def test_the_badge_counts_what_nobody_has_heeded(ours: World, maya: User, enter: Enter) -> None:
    client, newest = enter(maya), lost(ours, 4).pk
    before = client.get(reverse("admin:index")).content.decode()

    press(client, "acknowledge", newest)

    assert '<strong class="badge">6' in before
    assert '<strong class="badge">2' in client.get(reverse("admin:index")).content.decode()


def test_alarms_of_another_client_stay_as_they_are(
    ours: World, theirs: World, maya: User, enter: Enter
) -> None:
    newest = lost(theirs).pk

    press(enter(maya), "acknowledge", newest)

    assert Attention.objects.get(code=CODE).acknowledged_at is None


@pytest.mark.parametrize("role", ["Reviewer", "Client viewer"])
def test_who_only_reads_is_offered_no_button(role: str, ours: World, enter: Enter) -> None:
    client, newest = enter(people.in_role(role, "reader", ours.store)), lost(ours).pk

    answer = client.post(reverse("admin:needs_heed"), {"heed": f"acknowledge:{CODE}:{newest}"})

    assert answer.status_code == 403
    assert Attention.objects.get(code=CODE).acknowledged_at is None
    assert 'name="heed"' not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    "sent", ["", "acknowledge", "acknowledge::", "acknowledge:hold_lost:x", "eat:hold_lost:0"]
)
def test_nonsense_changes_nothing(sent: str, ours: World, maya: User, enter: Enter) -> None:
    lost(ours)

    answer = enter(maya).post(reverse("admin:needs_heed"), {"heed": sent, "on": "https://elsewhere.test"})

    assert answer["Location"] == reverse("admin:needs")
    assert Attention.objects.get(code=CODE).acknowledged_at is None
