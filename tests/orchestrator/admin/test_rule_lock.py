"""Two people at one rule: the second is told, and nobody loses anything."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orchestrator.admin.rule_lock import SEEN
from orchestrator.models import RunLogEntry
from rules.models import Rule
from tests.orchestrator.admin import examples, pages, sent
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]


@pytest.fixture
def ben(ours: World, enter: Enter) -> Client:
    return enter(examples.colleague("ben", ours.store))


@pytest.fixture
def ada(maya: User, enter: Enter) -> Client:
    return enter(maya)


def opened(client: Client, rule: Rule) -> dict[str, Any]:
    """The form as it is on the page, to be sent back."""
    return sent.of(client.get(pages.change(rule)).content.decode()).dict()


def told(answer: Any) -> list[str]:
    return list(answer.context["adminform"].form.non_field_errors())


def test_the_second_is_told_what_changed_and_keeps_their_own(ours: World, ada: Client, ben: Client) -> None:
    mine, theirs = opened(ada, ours.rule), opened(ben, ours.rule)
    ben.post(pages.change(ours.rule), {**theirs, "param_max_age_days": 7})

    answer = ada.post(pages.change(ours.rule), {**mine, "param_grace_minutes": 45})

    assert answer.status_code == 200
    assert told(answer)[0].startswith("ben saved this rule while you had it open.")
    assert told(answer)[1:] == ["Max age days: now “7”; when you opened it, “30”."]
    assert answer.context["adminform"].form["param_grace_minutes"].value() == "45"
    ours.rule.refresh_from_db()
    assert (ours.rule.params["max_age_days"], ours.rule.params.get("grace_minutes", 0)) == (7, 0)


def test_saving_again_puts_ones_own_in_its_place(ours: World, ada: Client, ben: Client) -> None:
    mine, theirs = opened(ada, ours.rule), opened(ben, ours.rule)
    ben.post(pages.change(ours.rule), {**theirs, "param_max_age_days": 7})
    refused = ada.post(pages.change(ours.rule), {**mine, "param_grace_minutes": 45})
    seen = refused.context["adminform"].form[SEEN].value()

    answer = ada.post(pages.change(ours.rule), {**mine, "param_grace_minutes": 45, SEEN: seen})

    assert html.escape(seen) in refused.content.decode()
    assert answer.status_code == 302
    ours.rule.refresh_from_db()
    assert (ours.rule.params["max_age_days"], ours.rule.params["grace_minutes"]) == (30, 45)


def test_a_form_that_is_posted_twice_is_saved_and_not_refused(ours: World, ada: Client) -> None:
    mine = {**opened(ada, ours.rule), "name": "Renamed", "customers_per_hour": 20}

    statuses = [ada.post(pages.change(ours.rule), mine).status_code for _ in range(2)]

    assert statuses == [302, 302]
    ours.rule.refresh_from_db()
    assert (ours.rule.name, ours.rule.customers_per_hour) == ("Renamed", 20)


def test_limits_names_and_what_stands_in_rows_are_told_too(ours: World, ada: Client, ben: Client) -> None:
    mine, theirs = opened(ada, ours.custom), opened(ben, ours.custom)
    low = {"param_then-0-with-priority": "low"}
    ben.post(pages.change(ours.custom), {**theirs, "name": "Last", "approve_above": 9, **low})

    answer = ada.post(pages.change(ours.custom), {**mine, "name": "First"})

    assert sorted(told(answer)[1:]) == [
        "Approval above: now “9”; when you opened it, empty.",
        "Name: now “Last”; when you opened it, “Wholesale tickets first”.",
        "Then: now “[{action: set_priority, with: {priority: low}}]”; when you opened it, "
        "“[{action: set_priority, with: {priority: high}}]”.",
    ]


def test_mistakes_and_what_changed_are_told_at_once(ours: World, ada: Client, ben: Client) -> None:
    mine, theirs = opened(ada, ours.rule), opened(ben, ours.rule)
    ben.post(pages.change(ours.rule), {**theirs, "param_max_age_days": 7})

    answer = ada.post(pages.change(ours.rule), {**mine, "param_grace_minutes": "soon"})

    assert "param_grace_minutes" in answer.context["adminform"].form.errors
    assert "ben saved this rule" in told(answer)[0]


@pytest.mark.parametrize("seen", ["", "{", "[1]", "7"])
def test_a_form_that_says_nothing_of_what_it_saw_is_taken_as_it_is(
    seen: str, ours: World, ada: Client
) -> None:
    answer = ada.post(pages.change(ours.rule), {**opened(ada, ours.rule), "name": "Renamed", SEEN: seen})

    ours.rule.refresh_from_db()
    assert (answer.status_code, ours.rule.name) == (302, "Renamed")


def test_the_run_log_names_what_was_changed_and_not_the_lock(ours: World, ada: Client) -> None:
    ada.post(pages.change(ours.rule), {**opened(ada, ours.rule), "name": "Renamed"})

    line = RunLogEntry.objects.filter(code="rule_changed").latest("id")
    assert "name" in line.details["fields"]
    assert SEEN not in line.details["fields"]
