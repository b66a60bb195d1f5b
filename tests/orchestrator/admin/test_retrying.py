"""Failed effects by cause: what would be repeated, a few of them first, then the rest; and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from orchestrator.models import OutboxAction, RunLogEntry
from orchestrator.record import failures
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
CAUSES = reverse("admin:orchestrator_outboxaction_causes")


@pytest.fixture
def failed(ours: World) -> list[OutboxAction]:
    """Seven tags that the helpdesk refused, each ticket named in its reason, and one of another kind."""
    OutboxAction.objects.filter(store=ours.store).delete()
    examples.action(ours.klaviyo, 99, because="The key may not do this.")
    return [
        examples.action(ours.gorgias, number, because=f"There is no ticket {number}.", trace=f"{number:032x}")
        for number in range(7)
    ]


def cause(rows: list[OutboxAction]) -> str:
    return failures.cause_of(rows[0])


def post(client: Client, page: Any, do: str) -> list[str]:
    """The button of the page as it stood."""
    context = page.context
    sent = {"do": do, "first": context["first"], "seen": context["seen"]}
    answer: Any = client.post(f"{CAUSES}?{page.wsgi_request.GET.urlencode()}", sent)
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    return [answer["Location"], *told[-1:]]


def look(client: Client, rows: list[OutboxAction]) -> Any:
    return client.get(f"{CAUSES}?cause={cause(rows)}")


def waiting() -> int:
    return OutboxAction.objects.filter(state="waiting").count()


def test_failures_of_one_cause_are_one_line(failed: list[OutboxAction], maya: User, enter: Enter) -> None:
    groups = enter(maya).get(CAUSES).context["groups"]

    assert [(group.because, group.told) for group in groups] == [
        ("There is no ticket 6.", "7 actions"),
        ("The key may not do this.", "1 action"),
    ]


def test_looking_at_what_would_be_repeated_repeats_nothing(
    failed: list[OutboxAction], maya: User, enter: Enter
) -> None:
    page = look(enter(maya), failed).content.decode()

    assert "Try 3 of them first" in page
    assert "Try all 7" in page
    assert waiting() == 0


def test_a_few_are_tried_first_then_the_rest(failed: list[OutboxAction], maya: User, enter: Enter) -> None:
    client = enter(maya)
    place, told = post(client, look(client, failed), "first")
    after_few = client.get(place)

    first = waiting()
    _, told_rest = post(client, after_few, "rest")

    assert (first, waiting()) == (3, 7)
    assert told == "You asked for another try of 3 actions."
    assert told_rest == "You asked for another try of 4 actions."
    assert "Tried first" in after_few.content.decode()
    assert "Try the rest, 4" in after_few.content.decode()
    assert OutboxAction.objects.get(because="The key may not do this.").state == "failed"


def test_a_button_pressed_twice_repeats_once(failed: list[OutboxAction], maya: User, enter: Enter) -> None:
    client = enter(maya)
    page = look(client, failed)

    told = [post(client, page, "first")[1] for _ in range(2)]

    assert waiting() == 3
    assert told[1] == "There was nothing to do about these."


def test_what_failed_anew_since_the_page_was_loaded_is_not_meant(
    failed: list[OutboxAction], maya: User, enter: Enter
) -> None:
    client = enter(maya)
    page = look(client, failed)
    again = OutboxAction.objects.filter(pk=failed[0].pk)
    again.update(settled_at=NOW + timedelta(minutes=1))

    post(client, page, "rest")

    assert again.get().state == "failed"
    assert waiting() == 6


def test_its_trace_keeps_the_failure_and_says_who_asked(
    ours: World, failed: list[OutboxAction], maya: User, enter: Enter
) -> None:
    row, client = failed[0], enter(maya)
    before = examples.entry(ours.store, "action_failed", what="Tag it", because=row.because, trace=row.trace)

    post(client, look(client, failed), "first")

    kept, asked = RunLogEntry.objects.filter(trace=row.trace).order_by("pk")
    assert kept == before
    assert (asked.code, asked.kind, asked.details["by"]) == ("action_again", "staff", "maya")
    assert asked.details["because"] == "There is no ticket 0."


@time_machine.travel(NOW + timedelta(hours=30), tick=False)
def test_the_page_warns_of_what_would_be_left_out_or_arrive_twice(
    ours: World, failed: list[OutboxAction], maya: User, enter: Enter
) -> None:
    slack = examples.connection(ours.store, "slack", api_root="http://127.0.0.1:9")
    alert: Any = {"action": "alert", "arguments": '{"text": "Low"}', "was_in_doubt": True}
    rows = [examples.action(slack, 200, because="It may have been sent.", **alert)]
    client = enter(maya)

    late, doubtful = (look(client, each).content.decode() for each in (failed, rows))

    assert "7 of them were meant for more than a day ago" in late
    assert "may have arrived already" not in late
    assert "1 of them may have arrived already" in doubtful


def test_failures_of_another_client_are_neither_seen_nor_tried(
    theirs: World, failed: list[OutboxAction], maya: User, enter: Enter
) -> None:
    client = enter(maya)
    [row] = OutboxAction.objects.filter(store=theirs.store)

    page = client.get(CAUSES).content.decode()
    sent = {"do": "rest", "first": str(row.pk), "seen": NOW.isoformat()}
    client.post(f"{CAUSES}?cause={failures.cause_of(row)}", sent)
    tried = client.get(f"{CAUSES}?cause=x&first={row.pk}").content.decode()

    row.refresh_from_db()
    assert row.state == "failed"
    assert "zebra" not in (page + tried).lower()


def test_nonsense_tries_nothing(failed: list[OutboxAction], maya: User, enter: Enter) -> None:
    client = enter(maya)

    for sent in ({}, {"do": "rest", "seen": "yesterday"}, {"do": "first", "first": "a,9" * 99, "seen": "9"}):
        client.post(f"{CAUSES}?cause={cause(failed)}", sent)

    assert waiting() == 0
    assert pages.changelist(OutboxAction) in client.get(CAUSES + "?cause=x").content.decode()
