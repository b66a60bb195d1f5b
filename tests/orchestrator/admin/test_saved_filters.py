"""Filters of the run log under a name, each person's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from orchestrator.models import RunLogEntry, SavedFilter
from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import NOW, World

Enter = Callable[[User], Client]
LOG = pages.changelist(RunLogEntry)
FILTERS = reverse("admin:orchestrator_runlogentry_filters")


def save(client: Client, name: str, query: str) -> tuple[str, list[str]]:
    answer: Any = client.post(FILTERS, {"name": name, "query": query})
    return answer["Location"], [str(message) for message in get_messages(answer.wsgi_request)]


def test_filters_are_saved_under_a_name_and_found_again(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)

    place, told = save(client, "Lost <holds>", "?q=ana@shop.test&last=7d&look=holds&older=1~2")

    assert place == LOG + "?look=holds&last=7d&q=ana%40shop.test"
    assert told == ["Saved as “Lost <holds>”. It stands under My filters, for you alone."]
    page = client.get(LOG).content.decode()
    assert "?look=holds&amp;last=7d&amp;q=ana%40shop.test" in page
    assert "Lost &lt;holds&gt;" in page


def test_the_same_name_again_replaces_what_it_meant(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    save(client, "Mine", "?look=holds")

    for _ in range(2):
        save(client, "Mine", "?look=routing")

    assert SavedFilter.objects.get().query == "look=routing"


def test_nobody_sees_or_forgets_those_of_others(ours: World, maya: User, enter: Enter) -> None:
    save(enter(maya), "Of Maya", "?look=holds")
    others = enter(ours.root)

    page = others.get(LOG).content.decode()
    others.post(FILTERS, {"forget": SavedFilter.objects.get().pk})

    assert "Of Maya" not in page
    assert SavedFilter.objects.count() == 1


def test_one_is_forgotten(ours: World, maya: User, enter: Enter) -> None:
    client = enter(maya)
    save(client, "Mine", "?look=holds")

    for _ in range(2):
        client.post(FILTERS, {"forget": SavedFilter.objects.values_list("pk", flat=True).first() or 7})

    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        ("", "?look=holds", "This field is required."),
        ("x" * 61, "?look=holds", "at most 60 characters"),
        ("Mine", "?", "choose a filter first"),
        ("Mine", "?outcome__in=ok,failed&store__slug=x", "choose a filter first"),
    ],
)
def test_what_cannot_be_saved_says_why(
    name: str, query: str, told: str, ours: World, maya: User, enter: Enter
) -> None:
    _, messages = save(enter(maya), name, query)

    assert messages[0].startswith("Not saved. ")
    assert told in messages[0]
    assert not SavedFilter.objects.exists()


def test_a_missed_trigger_is_found_by_its_ready_made_filter(ours: World, maya: User, enter: Enter) -> None:
    missed = [
        examples.entry(ours.store, code, at=NOW) for code in ("event_set_aside", "condition_unreadable")
    ]
    examples.entry(ours.store, "action_failed", at=NOW)

    answer: Any = enter(maya).get(LOG + "?look=triggers")

    assert {row.pk for row in answer.context["cl"].result_list} == {row.pk for row in missed}
