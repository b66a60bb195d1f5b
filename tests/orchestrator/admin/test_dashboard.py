"""The front page: what is well, what needs a person, every client at a glance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from connectors.models import Store
from orchestrator.record import rollout
from tests.orchestrator.admin import examples, pages, under_way
from tests.orchestrator.admin.examples import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(enter: Callable[[User], Client]) -> Any:
    """Looks at the dashboard at our moment, as an administrator."""

    def look() -> Any:
        with time_machine.travel(NOW, tick=False):
            return enter(examples.administrator()).get("/admin/")

    return look


def cards(answer: Any) -> dict[str, tuple[str, str]]:
    return {card.label: (card.value, card.note) for card in answer.context["dashboard"].cards}


def test_without_a_client_it_says_what_to_do(board: Callable[[], Any]) -> None:
    page = board().content.decode()

    assert "No client yet: add one, or run <code>make demo</code>" in page
    assert pages.add(Store) in page


def test_without_a_client_of_ones_own_it_says_whom_to_ask(enter: Callable[[User], Client]) -> None:
    page = enter(examples.colleague("maya")).get("/admin/").content.decode()

    assert "Add client" in page
    newcomer = User.objects.create_user("newcomer", password=examples.PASSWORD, is_staff=True)
    assert "Ask an administrator" in enter(newcomer).get("/admin/").content.decode()


def test_connections_are_counted_by_health(board: Callable[[], Any]) -> None:
    store = examples.store()
    examples.healthy(store, "gorgias")
    examples.failing(store, "klaviyo")
    examples.connection(examples.store("Idle"), "klaviyo", is_enabled=False)

    assert cards(board())["Connections healthy"] == ("1 of 2", "1 failing")


def test_a_person_with_two_causes_is_suppressed_once(board: Callable[[], Any]) -> None:
    rule = examples.rule(examples.store())
    examples.suppression(rule, "ana@shop.test", 1)
    examples.suppression(rule, "ana@shop.test", 2)
    examples.suppression(rule, "ben@shop.test", 3)
    examples.suppression(rule, "carl@shop.test", 4, closed_at=NOW)

    assert cards(board())["Suppressed now"][0] == "2"


def test_only_the_last_hour_and_the_last_day_count(board: Callable[[], Any]) -> None:
    store = examples.store()
    for hours in (0.2, 0.5, 3, 30):
        examples.entry(store, "event_heard", NOW - timedelta(hours=hours), what="Ticket")
        examples.entry(store, "action_failed", NOW - timedelta(hours=hours), what="Tag", because="no")

    shown = cards(board())

    assert shown["Events, last hour"][0] == "2"
    assert shown["Failed actions, 24 h"][0] == "3"


def test_waiting_actions_say_when_the_next_is_due(board: Callable[[], Any]) -> None:
    place = examples.healthy(examples.store(), "klaviyo")
    examples.action(place, 1, "waiting", due_at=NOW + timedelta(minutes=20))
    examples.action(place, 2, "in_doubt", due_at=NOW + timedelta(minutes=5))
    examples.action(place, 3, "done", due_at=NOW, settled_at=NOW)

    assert cards(board())["Waiting actions"] == ("2", "next due 10:35 UTC")


def test_overdue_actions_stand_out(board: Callable[[], Any]) -> None:
    place = examples.healthy(examples.store(), "klaviyo")
    examples.action(place, 1, "waiting", due_at=NOW - timedelta(minutes=20))

    assert cards(board())["Waiting actions"] == ("1", "overdue")


def test_what_needs_a_person_links_to_the_place_to_mend_it(board: Callable[[], Any]) -> None:
    row = examples.failing(examples.store(), "klaviyo")

    [cause] = board().context["needs"].waiting

    [item] = cause.items
    assert (item.url, item.since) == (pages.change(row), "2 h ago")


def test_what_needs_a_person_is_one_line_for_each_cause(board: Callable[[], Any]) -> None:
    for store in (examples.store("One"), examples.store("Two")):
        for number in range(5):
            examples.attention(store, "hold_lost", f"Hold {number} was lost.", reference=f"hold:{number}")
    examples.attention(None, "outage", "The disk was full.")

    answer = board()

    told = {cause.title: cause.told for cause in answer.context["needs"].waiting}
    page = answer.content.decode()
    assert told == {
        "Holds that somebody took away": "10 alarms of 2 clients",
        "Times when nothing could be stored": "1 alarm",
    }
    assert page.count("Hold 3 was lost.") == 2
    assert '<strong class="badge">11' in page


def test_every_client_has_a_line(board: Callable[[], Any]) -> None:
    busy, quiet = examples.store("Busy"), examples.store("Quiet")
    examples.failing(busy, "klaviyo")
    examples.suppression(examples.rule(busy), "ana@shop.test")
    examples.entry(busy, "event_heard", NOW - timedelta(minutes=7), what="Ticket")
    examples.entry(busy, "action_failed", NOW - timedelta(hours=2), what="Tag", because="no")

    lines = {line.store: line for line in board().context["dashboard"].lines}

    assert [each[:3] for each in lines[busy].connections] == [("Klaviyo", "✕", "bad")]
    assert (lines[busy].suppressed, lines[busy].failures, lines[busy].last_event) == (1, 1, "7 min ago")
    assert (lines[busy].events, lines[quiet].events) == (1, 0)
    assert (lines[quiet].suppressed, lines[quiet].failures, lines[quiet].last_event) == (0, 0, "never")


def test_a_client_says_when_its_next_step_is_due(board: Callable[[], Any]) -> None:
    busy, stopped = examples.store("Busy"), examples.store("Stopped")
    hold, paused = examples.rule(busy), examples.rule(stopped, "paused")
    under_way.enrolment(hold, "ana@shop.test", NOW, 1, due_at=NOW + timedelta(minutes=40))
    under_way.enrolment(hold, "ben@shop.test", NOW, 2, due_at=NOW + timedelta(hours=5))
    under_way.enrolment(hold, "cy@shop.test", NOW, 3, due_at=NOW, state="done", ended_at=NOW)
    under_way.enrolment(paused, "dan@shop.test", NOW, 4, due_at=NOW)

    answer = board()

    lines = {line.store: line.next_step for line in answer.context["dashboard"].lines}
    assert lines == {busy: "in 40 min", stopped: "none"}
    assert cards(answer)["Steps due, next hour"] == ("1", "first in 40 min")


def test_a_clients_progress_is_that_of_its_set_up_page(board: Callable[[], Any]) -> None:
    begun, new = examples.store("Begun"), examples.store("New")
    examples.healthy(begun, "gorgias")
    row = examples.suppression(examples.rule(begun), "ana@shop.test")
    examples.entry(begun, "hold_applied", trace=row.trace, vendor="klaviyo")

    lines = {line.store: line.set_up for line in board().context["dashboard"].lines}

    assert lines == {begun: 20, new: 0}
    assert sum(step.is_done for step in rollout.steps(begun, NOW)) == 2
